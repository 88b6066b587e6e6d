/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/item.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/entries.h"
#include "subcmd/base/kernel.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/oddity.h"
#include "subcmd/volume/vid.h"

/* The length of what is before PART in NAME, if a volume may be called so; else 0. */
static size_t length_before(const char *name, const char *part)
{
	const char *found = strstr(name, part);
	const size_t length = found ? (size_t)(found - name) : 0;

	return quote_has_control(name) || vid_name_fault(name, length) ? 0 : length;
}

/* Is there a clean image of the volume that is the first LENGTH bytes of NAME? */
static bool has_image(const struct dir *dir, const char *name, size_t length)
{
	char image[NAME_MAX + 1];

	snprintf(image, sizeof(image), "%.*s.img", (int)length, name);
	return faccessat(dir->fd, image, F_OK, AT_SYMLINK_NOFOLLOW) == 0;
}

/* Does it look like a revision of some volume? */
static enum item_class classify_oddity(const char *name, size_t *ret_volume)
{
	static const char *const parts[] = {".img.", ".img@"};

	for (size_t i = 0; i < sizeof(parts) / sizeof(*parts); i++) {
		const size_t length = length_before(name, parts[i]);
		const enum item_class class =
			length ? oddity_classify(name + length) : ITEM_FOREIGN;

		*ret_volume = length;
		if (class != ITEM_FOREIGN)
			return class;
	}
	*ret_volume = 0;
	return ITEM_FOREIGN;
}

/* The driver "file" kept what differs from a template's root.img beside no image of that name; but
 * a volume may be called "data-cow". */
static bool is_cow(const struct dir *dir, const char *name, size_t length)
{
	static const char *const names[] = {"root", "private", "volatile"};
	const char *const tail = name + length;

	if (!length || strcmp(tail, "-cow.img.old") == 0)
		return length;
	if (has_image(dir, name, length))
		return true;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strlen(names[i]) == length && memcmp(name, names[i], length) == 0)
			return strcmp(tail, "-cow.img") == 0;
	return false;
}

/* Where there are other files of the volume "root-cow", it is one. */
static void reclassify(const struct dir *dir, struct items *items, struct item *cow)
{
	struct entry entry;

	if (cow->class != ITEM_COW || !entry_parse(cow->name, &entry) ||
	    has_image(dir, cow->name, cow->name_length))
		return;
	for (size_t i = 0; i < items->count; i++) {
		const struct item *other = &items->items[i];

		if (other->class == ITEM_OURS && other->name_length == entry.name_length &&
		    memcmp(other->name, cow->name, other->name_length) == 0) {
			cow->class = ITEM_OURS;
			cow->entry = entry;
			cow->name_length = entry.name_length;
			return;
		}
	}
}

static void classify(const struct dir *dir, struct item *item)
{
	const char *const name = item->name;

	item->class = ITEM_COW;
	item->name_length = length_before(name, "-cow.img");
	if (is_cow(dir, name, item->name_length))
		return;
	item->class = ITEM_OURS;
	if (entry_parse(name, &item->entry))
		item->name_length = item->entry.name_length;
	else
		item->class = classify_oddity(name, &item->name_length);
}

bool item_is_sibling(const struct item *a, const struct item *b)
{
	return a->name_length && a->name_length == b->name_length &&
	       memcmp(a->name, b->name, a->name_length) == 0;
}

bool item_is_qubes(const struct item *item)
{
	return strcmp(item->name, "firewall.xml") == 0 || strcmp(item->name, "icon.png") == 0;
}

bool item_is_image(const struct item *item)
{
	return item->class == ITEM_OURS && !item->entry.is_temp && S_ISREG(item->st.st_mode);
}

/* For qsort(3) */
static int compare_items(const void *left, const void *right)
{
	const struct item *a = left, *b = right;
	const size_t shorter = a->name_length < b->name_length ? a->name_length : b->name_length;
	int result = memcmp(a->name, b->name, shorter);

	if (result == 0 && a->name_length != b->name_length)
		return a->name_length < b->name_length ? -1 : 1;
	if (result == 0)
		result = (int)a->class - (int)b->class;
	if (result == 0 && a->class == ITEM_OURS) {
		result = (int)a->entry.is_temp - (int)b->entry.is_temp;
		if (result == 0)
			result = (int)a->entry.image - (int)b->entry.image;
		if (result == 0 && a->entry.image >= IMAGES)
			result = revision_compare(&a->entry.revision, &b->entry.revision);
	}
	return result ? result : strcmp(a->name, b->name);
}

struct reading {
	const struct dir *dir;
	struct items *items;
};

static bool leads_to_file(const struct dir *dir, const struct item *item)
{
	struct stat st;

	return item->class == ITEM_OURS && S_ISLNK(item->st.st_mode) &&
	       fstatat(dir->fd, item->name, &st, 0) == 0 && S_ISREG(st.st_mode);
}

static enum status add_item(const struct dirent *entry, void *data)
{
	const struct reading *reading = data;
	struct items *items = reading->items;
	const char *name = entry->d_name;
	struct item *item;
	enum status status = grow(&items->items, items->count, sizeof(*items->items));

	if (status != DONE)
		return status;
	item = &items->items[items->count];
	memset(item, 0, sizeof(*item));
	if (birth_stat(reading->dir->fd, name, &item->st, &item->born) < 0)
		return errno == ENOENT
			       ? DONE
			       : msg_errno(FAILED, "cannot examine %s", quote(reading->dir, name));
	strcpy(item->name, name);
	classify(reading->dir, item);
	item->has_target = leads_to_file(reading->dir, item);
	items->count++;
	return DONE;
}

enum status items_read(const struct dir *dir, struct items *ret_items)
{
	struct reading reading = {.dir = dir, .items = ret_items};
	enum status status;

	*ret_items = (struct items){.items = NULL};
	status = entries_read_anew(dir, add_item, &reading);
	for (size_t i = 0; i < ret_items->count; i++)
		reclassify(dir, ret_items, &ret_items->items[i]);
	if (ret_items->count > 1)
		qsort(ret_items->items, ret_items->count, sizeof(*ret_items->items), compare_items);
	return status;
}

enum status item_examine(const struct dir *dir, struct item *item)
{
	enum { FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };
	_cleanup_file_ struct file file = {.dir = dir, .name = item->name, .st = item->st};

	file.fd = openat(dir->fd, item->name, FLAGS);
	if (file.fd < 0) /* perhaps it vanished */
		return errno == ENOENT
			       ? DONE
			       : msg_errno(FAILED, "cannot open %s", quote(dir, item->name));
	item->use = use_of(&file);
	item->is_lost = mark_is_lost(file.fd);
	if (item->entry.image == PRECACHE)
		item->mark = mark_read(file.fd);
	item->has_flags = kernel_get_nocow(file.fd, &item->is_nocow) == 0;
	/* Where the file system has no flags, ntfs-3g says EINVAL. */
	if (item->has_flags || errno == ENOTTY || errno == EOPNOTSUPP || errno == EINVAL)
		return DONE;
	return msg_errno(FAILED, "cannot read the flags of %s", quote(dir, item->name));
}

void items_free(struct items *items)
{
	free(items->items);
}
