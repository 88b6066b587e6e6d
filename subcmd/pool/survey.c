/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/survey.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/pool/walk.h"

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
	group = survey->group(survey, path, &file);
	survey->has_found_group = survey->has_found_group || group;
	return survey->status == DONE ? sharing_add(&survey->sharing, &file, group)
				      : survey->status;
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

static enum status read_once(struct survey *survey, const struct dir *pool)
{
	const struct walker walker = {.goes_everywhere = true, .file = look, .data = survey};
	enum status status;

	sharing_free(&survey->sharing);
	if (survey->begin)
		survey->begin(survey);
	status = walk_tree(pool, ".", &walker);
	if (status == DONE)
		status = survey->status;
	return status == DONE ? sharing_finish(&survey->sharing) : status;
}

enum status survey_read(struct survey *survey, const struct dir *pool)
{
	enum status status = extent_space_of(pool, &survey->space);

	if (status == DONE && survey->space.type == EXTENT_UNKNOWN)
		return NO;
	survey->sharing.type = survey->space.type;
	if (status == DONE)
		status = read_once(survey, pool);
	if (status == NO)
		status = read_once(survey, pool);
	survey->has_unknown = status == NO;
	return status == NO ? DONE : status;
}

static enum status look_again_at(struct survey *survey, const struct dir *dir, const char *path,
				 const struct dirent *entry)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	size_t group;
	enum status status;

	if (!sharing_may_be_held(&survey->sharing, entry->d_ino))
		return DONE;
	status = open_quietly(dir, entry, &file);
	group = status == DONE ? survey->group(survey, path, &file) : 0;
	if (!group)
		return status == NO ? DONE : status;
	return sharing_look_again(&survey->sharing, &file, group);
}

static enum status look_again(const struct dir *dir, const char *path, const struct dirent *entry,
			      void *data)
{
	struct survey *survey = data;

	if (survey->status == DONE)
		survey->status = look_again_at(survey, dir, path, entry);
	return DONE;
}

enum status survey_find_held(struct survey *survey, const struct dir *pool, bool *is_held)
{
	const struct walker walker = {.goes_everywhere = true, .file = look_again, .data = survey};
	enum status status;

	if (!survey->sharing.n_owners)
		return DONE;
	status = walk_tree(pool, ".", &walker);
	if (status == DONE)
		status = survey->status;
	return status == DONE ? sharing_find_held(&survey->sharing, is_held) : status;
}

void survey_free(struct survey *survey)
{
	sharing_free(&survey->sharing);
}
