/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/item.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "subcmd/base/grow.h"
#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/vid.h"

/* The length of what is before PART in NAME, if a volume may be called so; else 0. */
static size_t before(const char *name, const char *part)
{
	const char *found = strstr(name, part);
	const size_t length = found ? (size_t)(found - name) : 0;

	return quote_has_control(name) || vid_name_fault(name, length) ? 0 : length;
}

static void classify(struct item *item)
{
	const char *name = item->name;
	const size_t length = strlen(name);
	const bool ends_in_z = length && name[length - 1] == 'Z';

	item->class = ITEM_COW;
	item->volume = before(name, "-cow.img");
	if (item->volume)
		return;
	item->class = ITEM_OURS;
	if (entry_parse(name, &item->entry)) {
		item->volume = item->entry.name_length;
		return;
	}
	item->class = ITEM_ODD;
	item->volume = before(name, ".img.");
	if (item->volume && ends_in_z && strchr(name + item->volume, '@'))
		return;
	item->volume = before(name, ".img@");
	if (item->volume && ends_in_z)
		return;
	item->class = ITEM_FOREIGN;
	item->volume = 0;
}

bool item_is_sibling(const struct item *a, const struct item *b)
{
	return a->volume && a->volume == b->volume && memcmp(a->name, b->name, a->volume) == 0;
}

bool item_is_image(const struct item *item)
{
	return item->class == ITEM_OURS && !item->entry.is_temp && S_ISREG(item->st.st_mode);
}

/* For qsort(3) */
static int compare(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	const size_t shorter = a->volume < b->volume ? a->volume : b->volume;
	int result = memcmp(a->name, b->name, shorter);

	if (result == 0 && a->volume != b->volume)
		return a->volume < b->volume ? -1 : 1;
	if (result == 0)
		result = (int)a->class - (int)b->class;
	if (result == 0 && a->class == ITEM_OURS) {
		result = (int)a->entry.is_temp - (int)b->entry.is_temp;
		if (result == 0)
			result = (int)a->entry.image - (int)b->entry.image;
		if (result == 0 && a->entry.image == REVISION)
			result = revision_compare(&a->entry.revision, &b->entry.revision);
	}
	return result ? result : strcmp(a->name, b->name);
}

static enum status add(const struct dir *dir, const char *name, struct items *items)
{
	struct item *item;
	enum status status = grow(&items->items, items->count, sizeof(*items->items));

	if (status != DONE)
		return status;
	item = &items->items[items->count];
	memset(item, 0, sizeof(*item));
	if (fstatat(dir->fd, name, &item->st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? DONE
				       : msg_errno(FAILED, "cannot examine %s", quote(dir, name));
	strcpy(item->name, name);
	classify(item);
	items->count++;
	return DONE;
}

enum status items_read(const struct dir *dir, struct items *ret_items)
{
	/* A descriptor of its own, because closedir(3) closes it. */
	int fd = openat(dir->fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	_cleanup_closedir_ DIR *stream = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *file;
	enum status status = DONE;

	*ret_items = (struct items){.items = NULL};
	if (!stream) {
		cleanup_close(&fd);
		return msg_errno(FAILED, "cannot list directory %s", quote_dir(dir));
	}
	errno = 0;
	while (status == DONE && (file = readdir(stream))) {
		if (strcmp(file->d_name, ".") != 0 && strcmp(file->d_name, "..") != 0)
			status = add(dir, file->d_name, ret_items);
		errno = 0;
	}
	if (status == DONE && errno)
		status = msg_errno(FAILED, "cannot list directory %s", quote_dir(dir));
	if (ret_items->count > 1)
		qsort(ret_items->items, ret_items->count, sizeof(*ret_items->items), compare);
	return status;
}

enum status item_read_flags(const struct dir *dir, struct item *item)
{
	enum { FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };
	_cleanup_close_ int fd = openat(dir->fd, item->name, FLAGS);

	item->has_flags = fd >= 0 && kernel_get_nocow(fd, &item->is_nocow) == 0;
	/* It vanished, or the file system has no flags. */
	if (item->has_flags || errno == ENOENT || errno == ENOTTY || errno == EOPNOTSUPP)
		return DONE;
	return msg_errno(FAILED, "cannot read the flags of %s", quote(dir, item->name));
}

void items_free(struct items *items)
{
	free(items->items);
}
