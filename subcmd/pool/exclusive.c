/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/exclusive.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/sharing.h"
#include "subcmd/pool/walk.h"
#include "subcmd/volume/layout.h"
#include "subcmd/volume/pin.h"

struct survey {
	struct extent_space space;
	struct sharing sharing;
	bool is_settling;     /* the first time round */
	dev_t dev;	      /* of the last file */
	bool is_comparable;   /* is that in the same space? */
	bool has_found_group; /* is any group but 0 there? */
	enum status status;   /* of the first file that wasn't DONE */

	/* The group of a file; DATA is below. */
	size_t (*group)(const struct survey *survey, const struct dir *dir, const char *path,
			const char *name);
	const struct volume *volume;
	const struct pool_list *list;
	const bool *is_removed; /* of the volume's revisions */
	const struct revision **states;
	size_t n_states;
};

static enum status open_quietly(const struct dir *dir, const struct dirent *entry,
				struct file *ret_file)
{
	enum { FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };

	*ret_file = (struct file){.fd = -1, .dir = dir, .name = entry->d_name};
	if (entry->d_type != DT_REG && entry->d_type != DT_UNKNOWN)
		return NO;
	ret_file->fd = openat(dir->fd, entry->d_name, FLAGS);
	if (ret_file->fd < 0 && (errno == ENOENT || errno == ELOOP || errno == ENXIO))
		return NO;
	if (ret_file->fd < 0 || fstat(ret_file->fd, &ret_file->st) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	return S_ISREG(ret_file->st.st_mode) ? DONE : NO;
}

/* Can the extents of a file in DIR be compared with the others? */
static enum status compare_space(struct survey *survey, const struct dir *dir,
				 const struct file *file)
{
	struct extent_space space;
	enum status status;

	if (survey->dev == file->st.st_dev)
		return DONE;
	status = extent_space_of(dir, &space);
	survey->dev = file->st.st_dev;
	survey->is_comparable =
		status == DONE && memcmp(&space, &survey->space, sizeof(space)) == 0;
	return status;
}

static enum status look_at(struct survey *survey, const struct dir *dir, const char *path,
			   const struct dirent *entry)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	size_t group;
	enum status status = open_quietly(dir, entry, &file);

	if (status == DONE)
		status = compare_space(survey, dir, &file);
	if (status != DONE || !survey->is_comparable)
		return status == NO ? DONE : status;
	if (survey->is_settling)
		return extent_settle(&file);
	group = survey->group(survey, dir, path, entry->d_name);
	survey->has_found_group = survey->has_found_group || group;
	return sharing_add(&survey->sharing, &file, group);
}

/* One file that can't be measured makes every figure wrong: say so once, and give up. */
static enum status look(const struct dir *dir, const char *path, const struct dirent *entry,
			void *data)
{
	struct survey *survey = data;

	if (survey->status == DONE)
		survey->status = look_at(survey, dir, path, entry);
	return DONE;
}

/* Look at every file in POOL, twice. */
static enum status measure(struct survey *survey, const struct dir *pool, size_t n_groups,
			   int64_t *ret_bytes)
{
	const struct walker walker = {.goes_everywhere = true, .file = look, .data = survey};
	enum status status = extent_space_of(pool, &survey->space);

	for (size_t i = 0; i < n_groups; i++)
		ret_bytes[i] = -1;
	if (status != DONE || survey->space.type == EXTENT_UNKNOWN || !n_groups)
		return status;
	survey->sharing = (struct sharing){.type = survey->space.type, .n_groups = n_groups};
	survey->is_settling = true;
	status = walk_tree(pool, ".", &walker);
	survey->is_settling = false;
	if (status == DONE)
		status = walk_tree(pool, ".", &walker);
	if (status == DONE)
		status = survey->status;
	if (status == DONE && survey->has_found_group)
		status = sharing_measure(&survey->sharing, ret_bytes);
	sharing_free(&survey->sharing);
	return status;
}

static size_t group_by_vid(const struct survey *survey, const struct dir *dir, const char *path,
			   const char *name)
{
	char vid[PATH_MAX + NAME_MAX + 2];
	const struct pool_volume *volume;
	struct entry entry;

	(void)dir;
	if (!entry_parse(name, &entry))
		return 0;
	snprintf(vid, sizeof(vid), "%s/%.*s", path, (int)entry.name_length, name);
	volume = pool_list_find(survey->list, vid);
	return volume ? (size_t)(volume - survey->list->volumes) + 1 : 0;
}

enum status exclusive_of_volumes(const struct dir *pool, const struct pool_list *list,
				 int64_t *ret_bytes)
{
	struct survey survey = {.group = group_by_vid, .list = list};

	return measure(&survey, pool, list->count, ret_bytes);
}

/* Is the file one of the volume's? */
static bool is_of_volume(const struct survey *survey, const struct dir *dir, const char *name,
			 struct entry *ret_entry)
{
	const struct volume *volume = survey->volume;
	struct stat here, there;

	return entry_parse(name, ret_entry) && ret_entry->name_length == strlen(volume->vid.name) &&
	       memcmp(name, volume->vid.name, ret_entry->name_length) == 0 &&
	       fstat(dir->fd, &here) == 0 && fstat(volume->dir.fd, &there) == 0 &&
	       file_is_same(&here, &there);
}

static size_t group_whole(const struct survey *survey, const struct dir *dir, const char *path,
			  const char *name)
{
	struct entry entry;

	(void)path;
	return is_of_volume(survey, dir, name, &entry);
}

static size_t group_by_revision(const struct survey *survey, const struct dir *dir,
				const char *path, const char *name)
{
	const struct volume *volume = survey->volume;
	const struct revision *found;
	struct entry entry;

	(void)path;
	if (!is_of_volume(survey, dir, name, &entry) || entry.image != REVISION || entry.is_temp)
		return 0;
	found = bsearch(&entry.revision, volume->revisions, volume->n_revisions, sizeof(*found),
			revision_compare);
	return found && survey->is_removed[found - volume->revisions];
}

static int compare_state(const void *wanted, const void *state)
{
	const struct revision *a = wanted, *b = *(const struct revision *const *)state;

	return revision_is_state(a, b) ? 0 : revision_compare(a, b);
}

/* A state has all its names: removing one of several frees nothing. */
static size_t group_by_state(const struct survey *survey, const struct dir *dir, const char *path,
			     const char *name)
{
	const struct revision **found;
	struct entry entry;

	(void)path;
	if (!is_of_volume(survey, dir, name, &entry) || entry.image < IMAGES || entry.is_temp)
		return 0;
	found = bsearch(&entry.revision, survey->states, survey->n_states, sizeof(*found),
			compare_state);
	return found ? (size_t)(found - survey->states) + 1 : 0;
}

/* The pool that the volume is in; else what -C says, else nothing but the VM's directory. */
static enum status open_pool(const struct volume *volume, struct dir *ret_pool)
{
	enum status status = layout_open_pool(volume->pool, volume->dir.path, ret_pool);

	if (status != ABSENT)
		return status;
	return dir_open(*volume->vid.dir == '/' ? &volume->dir : volume->pool, ".", DIR_MUST_EXIST,
			ret_pool);
}

static enum status measure_volume(struct survey *survey, size_t n_groups, int64_t *ret_bytes)
{
	_cleanup_dir_ struct dir pool = DIR_CLOSED;
	enum status status;

	for (size_t i = 0; i < n_groups; i++)
		ret_bytes[i] = -1;
	status = open_pool(survey->volume, &pool);
	return status == DONE ? measure(survey, &pool, n_groups, ret_bytes) : status;
}

enum status exclusive_of_volume(const struct volume *volume, int64_t *ret_bytes)
{
	struct survey survey = {.group = group_whole, .volume = volume};

	return measure_volume(&survey, 1, ret_bytes);
}

enum status exclusive_of_states(const struct volume *volume, int64_t *ret_bytes)
{
	struct survey survey = {.group = group_by_state, .volume = volume};
	_cleanup_free_ const struct revision **states =
		calloc(volume->n_revisions + volume->n_pins + 1, sizeof(*states));

	if (!states)
		return msg_errno(FAILED, "cannot measure revisions");
	survey.states = states;
	survey.n_states = pin_states(volume, states);
	return measure_volume(&survey, survey.n_states, ret_bytes);
}

enum status exclusive_of_several(const struct volume *volume, const bool *is_removed,
				 int64_t *ret_bytes)
{
	struct survey survey = {
		.group = group_by_revision, .volume = volume, .is_removed = is_removed};

	return measure_volume(&survey, 1, ret_bytes);
}
