/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/grow.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/walk.h"
#include "subcmd/volume/entry.h"

/* A file of a volume, seen in the directory that is being read. */
struct seen {
	char *name; /* of the volume */
	enum image image;
	bool is_temp;
};

struct search {
	struct pool_list *list;
	struct seen *seen; /* in this directory */
	size_t n_seen;
};

static enum status see(const struct dir *dir, const char *path, const struct dirent *file,
		       void *data)
{
	struct search *search = data;
	struct entry entry;
	char *name;

	(void)dir;
	if (!entry_parse(file->d_name, &entry) ||
	    (entry.image >= IMAGES && file->d_type != DT_REG && file->d_type != DT_UNKNOWN))
		return DONE;
	if (grow(&search->seen, search->n_seen, sizeof(*search->seen)) != DONE)
		return FAILED;
	name = strndup(file->d_name, entry.name_length);
	if (!name)
		return msg_errno(FAILED, "cannot list %s", quote(NULL, path));
	search->seen[search->n_seen++] =
		(struct seen){.name = name, .image = entry.image, .is_temp = entry.is_temp};
	return DONE;
}

/* Examine the image, which may have vanished: RET_ST is ST, or NULL if it isn't there or isn't a
 * regular file. */
static enum status examine(const struct dir *dir, const char *name, enum image image,
			   struct stat *st, const struct stat **ret_st)
{
	char file[NAME_MAX + 1];

	entry_image_name(name, image, file);
	if (fstatat(dir->fd, file, st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? DONE
				       : msg_errno(FAILED, "cannot examine %s", quote(dir, file));
	*ret_st = S_ISREG(st->st_mode) ? st : NULL;
	return DONE;
}

/* Add the volume whose files are SEEN. */
static enum status add(const struct dir *dir, const char *path, const struct seen *seen,
		       size_t count, struct pool_list *list)
{
	struct pool_volume *volume;
	struct stat st[IMAGES];
	struct traces traces = {.dir = dir->path, .name = seen->name};
	size_t n_temps = 0;
	enum status status = DONE;

	if (grow(&list->volumes, list->count, sizeof(*list->volumes)) != DONE)
		return FAILED;
	volume = &list->volumes[list->count];
	for (size_t i = 0; i < count && status == DONE; i++) {
		const enum image image = seen[i].image;

		n_temps += seen[i].is_temp;
		if (seen[i].is_temp)
			continue;
		traces.n_revisions += image == REVISION;
		traces.has_import = traces.has_import || image == IMPORT;
		if (image == CLEAN)
			status = examine(dir, seen->name, image, &st[image], &traces.clean);
		else if (image == DIRTY)
			status = examine(dir, seen->name, image, &st[image], &traces.dirty);
	}
	if (status != DONE)
		return status;
	if (asprintf(&volume->vid, "%s/%s", path, seen->name) < 0)
		return msg_errno(FAILED, "cannot list %s", quote_dir(dir));
	volume->summary = state_summarize(&traces);
	volume->has_leftovers = n_temps || traces.has_import;
	list->count++;
	return DONE;
}

static int compare_seen(const void *a, const void *b)
{
	return strcmp(((const struct seen *)a)->name, ((const struct seen *)b)->name);
}

/* All files of the directory have been seen: make volumes of them. */
static enum status gather(const struct dir *dir, const char *path, void *data)
{
	struct search *search = data;
	enum status status = DONE;

	if (search->n_seen > 1)
		qsort(search->seen, search->n_seen, sizeof(*search->seen), compare_seen);
	for (size_t i = 0, next; i < search->n_seen && status == DONE; i = next) {
		for (next = i + 1; next < search->n_seen; next++)
			if (compare_seen(&search->seen[i], &search->seen[next]) != 0)
				break;
		status = add(dir, path, &search->seen[i], next - i, search->list);
	}
	while (search->n_seen)
		free(search->seen[--search->n_seen].name);
	return status;
}

static int compare_volumes(const void *a, const void *b)
{
	return strcmp(((const struct pool_volume *)a)->vid, ((const struct pool_volume *)b)->vid);
}

enum status pool_list(const struct dir *pool, struct pool_list *ret_list)
{
	struct search search = {.list = ret_list};
	const struct walker walker = {.file = see, .end = gather, .data = &search};
	enum status apps, templates;

	*ret_list = (struct pool_list){.volumes = NULL};
	apps = walk_tree(pool, "appvms", &walker);
	templates = walk_tree(pool, "vm-templates", &walker);
	free(search.seen);
	if (apps == MISSING && templates == MISSING)
		return msg_error(MISSING,
				 "cannot find a pool in %s: neither appvms nor vm-templates is there",
				 quote_dir(pool));
	if (ret_list->count > 1)
		qsort(ret_list->volumes, ret_list->count, sizeof(*ret_list->volumes),
		      compare_volumes);
	return apps != DONE && apps != MISSING ? apps : templates == MISSING ? DONE : templates;
}

struct pool_volume *pool_list_find(const struct pool_list *list, const char *vid)
{
	const struct pool_volume wanted = {.vid = (char *)vid};

	if (!list->count)
		return NULL;
	return bsearch(&wanted, list->volumes, list->count, sizeof(wanted), compare_volumes);
}

void pool_list_free(struct pool_list *list)
{
	while (list->count)
		free(list->volumes[--list->count].vid);
	free(list->volumes);
	list->volumes = NULL;
}
