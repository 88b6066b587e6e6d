/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/filesystem.h"
#include "subcmd/pool/links.h"
#include "subcmd/pool/walk.h"
#include "subcmd/volume/layout.h"

/* A file of a volume. */
struct seen {
	char *name; /* of the volume */
	struct entry entry;
	dev_t dev; /* these two beneath vm-templates/ alone */
	ino_t ino;
};

struct search {
	struct pool_list *list;
	struct seen *seen;   /* in the directory that is being read */
	size_t n_seen, room; /* how many, and the most in any so far */
	bool in_templates;
	struct stat itself; /* the directory that is being read */
	bool tells_inodes;  /* is its file system familiar? */
	struct links links; /* of images and revisions of templates */
};

/* The directory says what its files' inodes are: no need to examine a thousand revisions. */
static enum status identify(const struct dir *dir, const struct dirent *file, struct search *search,
			    struct seen *ret_seen)
{
	struct stat st;

	if (!search->n_seen) {
		if (fstat(dir->fd, &search->itself) < 0)
			return msg_errno(FAILED, "cannot examine %s", quote_dir(dir));
		search->tells_inodes = filesystem_is_familiar(dir->fd);
	}
	st = search->itself;
	st.st_ino = file->d_ino;
	if (!search->tells_inodes)
		(void)fstatat(dir->fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW);
	ret_seen->dev = st.st_dev;
	ret_seen->ino = st.st_ino;
	return DONE;
}

static enum status see_file(const struct dir *dir, const char *path, const struct dirent *file,
			    void *data)
{
	struct search *search = data;
	struct seen seen = {.name = NULL};
	const struct entry *entry = &seen.entry;

	if (!entry_parse(file->d_name, &seen.entry) ||
	    (entry->image >= IMAGES && file->d_type != DT_REG && file->d_type != DT_UNKNOWN))
		return DONE;
	if (search->n_seen == search->room) {
		if (grow(&search->seen, search->room, sizeof(*search->seen)) != DONE)
			return FAILED;
		search->room++;
	}
	if (search->in_templates && identify(dir, file, search, &seen) != DONE)
		return FAILED;
	seen.name = strndup(file->d_name, entry->name_length);
	if (!seen.name)
		return msg_errno(FAILED, "cannot list %s", quote(NULL, path));
	search->seen[search->n_seen++] = seen;
	return DONE;
}

/* Examine the image, which may have vanished: RET_ST is ST, or NULL if it isn't there or isn't a
 * regular file. */
static enum status examine_image(const struct dir *dir, const char *name, enum image image,
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

/* What takes an open image to know. */
static enum status look_inside(const struct dir *dir, bool has_precache, struct traces *traces)
{
	char file[NAME_MAX + 1];

	if (traces->dirty) {
		entry_image_name(traces->name, DIRTY, file);
		traces->use = use_of_name(dir, file);
	} else if (has_precache && !traces->clean) {
		return state_is_prepared(dir, traces->name, &traces->is_prepared);
	}
	return DONE;
}

/* Find out what state_summarize() needs to know of the volume whose files are SEEN. */
static enum status summarize(const struct dir *dir, const struct seen *seen, size_t count,
			     const struct links *links, struct pool_volume *volume)
{
	struct traces traces = {.dir = dir->path, .name = seen->name};
	const struct revision *last = NULL;
	bool has[PIN + 1] = {false};
	struct stat dirty, clean;
	enum status status = DONE;

	volume->has_leftovers = false;
	for (size_t i = 0; i < count; i++) {
		const struct entry *entry = &seen[i].entry;

		volume->has_leftovers |= entry->is_temp || entry->image == IMPORT;
		if (entry->is_temp)
			continue;
		has[entry->image] = true;
		if (entry->image < IMAGES || (last && revision_is_state(last, &entry->revision)))
			continue;
		last = &entry->revision;
		traces.n_revisions++;
	}
	traces.has_import = has[IMPORT];
	if (has[DIRTY])
		status = examine_image(dir, seen->name, DIRTY, &dirty, &traces.dirty);
	if (status == DONE && has[CLEAN] && !(traces.dirty && last)) /* says it all */
		status = examine_image(dir, seen->name, CLEAN, &clean, &traces.clean);
	if (status == DONE)
		status = look_inside(dir, has[PRECACHE], &traces);
	traces.is_of_template =
		state_depends_on_templates(&traces) && links_are_of_template(links, traces.clean);
	volume->summary = state_summarize(&traces);
	return status;
}

/* Add the volume whose files are SEEN. */
static enum status add_volume(const struct dir *dir, const char *path, const struct seen *seen,
			      size_t count, const struct search *search)
{
	struct pool_list *list = search->list;
	struct pool_volume *volume;
	enum status status;

	if (grow(&list->volumes, list->count, sizeof(*list->volumes)) != DONE)
		return FAILED;
	volume = &list->volumes[list->count];
	volume->vid = path_join(path, seen->name);
	if (!volume->vid)
		return FAILED;
	status = summarize(dir, seen, count, &search->links, volume);
	if (status == DONE)
		list->count++;
	else
		free(volume->vid);
	return status;
}

/* For qsort(3): by volume; the names of a state lie together. */
static int compare_seen(const void *a, const void *b)
{
	const struct seen *left = a, *right = b;
	const int result = strcmp(left->name, right->name);

	if (result || left->entry.image < IMAGES || right->entry.image < IMAGES)
		return result ? result : (int)left->entry.image - (int)right->entry.image;
	return revision_compare(&left->entry.revision, &right->entry.revision);
}

/* All files of the directory have been seen: make volumes of them. */
static enum status gather_volumes(const struct dir *dir, const char *path, void *data)
{
	struct search *search = data;
	const size_t count = search->n_seen;
	struct seen *seen = search->seen;
	enum status status = DONE;

	for (size_t i = 0; i < count && search->in_templates && status == DONE; i++)
		if (!seen[i].entry.is_temp)
			status = links_add(&search->links, seen[i].dev, seen[i].ino, true);
	if (count > 1)
		qsort(seen, count, sizeof(*seen), compare_seen);
	for (size_t i = 0, next; i < count && status == DONE; i = next) {
		for (next = i + 1; next < count; next++)
			if (strcmp(seen[i].name, seen[next].name) != 0)
				break;
		status = add_volume(dir, path, &seen[i], next - i, search);
	}
	while (search->n_seen)
		free(seen[--search->n_seen].name);
	return status;
}

static int compare_volumes(const void *a, const void *b)
{
	return strcmp(((const struct pool_volume *)a)->vid, ((const struct pool_volume *)b)->vid);
}

enum status pool_list(const struct dir *pool, struct pool_list *ret_list)
{
	struct search search = {.list = ret_list, .in_templates = true};
	const struct walker walker = {
		.tells_links = true, .file = see_file, .end = gather_volumes, .data = &search};
	enum status apps, templates;

	*ret_list = (struct pool_list){.volumes = NULL};
	/* Templates come first: snapshots link to them. */
	templates = walk_tree(pool, layout_tops[VM_TEMPLATES], &walker);
	links_unite(&search.links);
	search.in_templates = false;
	apps = walk_tree(pool, layout_tops[APPVMS], &walker);
	links_free(&search.links);
	free(search.seen);
	if (apps == ABSENT && templates == ABSENT)
		return layout_report_no_pool(pool);
	if (ret_list->count > 1)
		qsort(ret_list->volumes, ret_list->count, sizeof(*ret_list->volumes),
		      compare_volumes);
	if (apps != DONE && apps != ABSENT)
		return apps;
	return templates == ABSENT ? DONE : templates;
}

struct pool_volume *pool_list_find(const struct pool_list *list, const char *vid)
{
	const struct pool_volume wanted = {.vid = (char *)vid};

	return bsearch(&wanted, list->volumes, list->count, sizeof(wanted), compare_volumes);
}

size_t pool_list_find_file(const struct pool_list *list, const char *path, const char *name,
			   const struct entry *entry)
{
	char vid[PATH_MAX + NAME_MAX + 2];
	const struct pool_volume *volume;

	snprintf(vid, sizeof(vid), "%s/%.*s", path, (int)entry->name_length, name);
	volume = pool_list_find(list, vid);
	return volume ? (size_t)(volume - list->volumes) : (size_t)-1;
}

void pool_list_free(struct pool_list *list)
{
	while (list->count)
		free(list->volumes[--list->count].vid);
	free(list->volumes);
	list->volumes = NULL;
}
