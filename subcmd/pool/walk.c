/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/entries.h"
#include "subcmd/base/kernel.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"

struct walk {
	const struct dir *top;
	const struct walker *walker;
	char **pending; /* directories still to be seen */
	size_t n_pending;
	enum status status; /* the first that wasn't DONE */
};

/* A directory being seen. */
struct view {
	struct walk *walk;
	const struct dir *dir;
	const char *path;
	bool is_first; /* where the walk begins */
};

static void note_status(struct walk *walk, enum status status)
{
	if (walk->status == DONE)
		walk->status = status;
}

/* See the directory NAME in PATH later. */
static enum status push_directory(struct walk *walk, const char *path, const char *name)
{
	const bool is_top = strcmp(path, ".") == 0;
	enum status status = grow(&walk->pending, walk->n_pending, sizeof(*walk->pending));
	char *below;

	if (status != DONE)
		return status;
	below = is_top ? path_join(name, "") : path_join(path, name);
	if (!below)
		return FAILED;
	walk->pending[walk->n_pending++] = below;
	return DONE;
}

static bool is_directory(const struct dir *dir, const struct dirent *file)
{
	struct stat st;

	if (file->d_type != DT_UNKNOWN)
		return file->d_type == DT_DIR;
	return fstatat(dir->fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static void tell_link(const struct walk *walk, const struct dir *dir, const char *path,
		      const struct dirent *file)
{
	char below[2 * PATH_MAX]; /* large: not for every file */

	snprintf(below, sizeof(below), "%s/%s", path, file->d_name);
	if (dir_is_beneath(walk->top, below))
		msg_note("not following %s, a link to a directory", quote(dir, file->d_name));
}

/* ABSENT, for "." of a snapshot: there is no more to see. */
static enum status see_itself(const struct view *view, const struct dirent *itself)
{
	if (view->is_first || view->walk->walker->goes_everywhere ||
	    itself->d_ino != KERNEL_SUBVOLUME_INODE)
		return DONE;
	return kernel_is_read_only_subvolume(view->dir->fd) ? ABSENT : DONE;
}

static enum status see_entry(const struct dirent *file, void *data)
{
	const struct view *view = data;
	struct walk *walk = view->walk;
	const struct walker *walker = walk->walker;

	if (strcmp(file->d_name, ".") == 0)
		return see_itself(view, file);
	if (is_directory(view->dir, file)) {
		if (*file->d_name != '.' || walker->goes_everywhere)
			note_status(walk, push_directory(walk, view->path, file->d_name));
		return DONE;
	}
	if (walker->tells_links && (file->d_type == DT_LNK || file->d_type == DT_UNKNOWN))
		tell_link(walk, view->dir, view->path, file);
	note_status(walk, walker->file(view->dir, view->path, file, walker->data));
	return DONE;
}

static enum status walk_directory(struct walk *walk, const char *path, bool is_first)
{
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	struct view view = {.walk = walk, .dir = &dir, .path = path, .is_first = is_first};
	enum status status = dir_open_beneath(walk->top, path, DIR_MAY_LACK, &dir);

	if (status != DONE)
		return status;
	status = entries_read_with_itself(&dir, see_entry, &view);
	if (status == ABSENT)
		return ABSENT;
	note_status(walk, status);
	if (walk->walker->end)
		note_status(walk, walk->walker->end(&dir, path, walk->walker->data));
	return DONE;
}

enum status walk_tree(const struct dir *top, const char *path, const struct walker *walker)
{
	struct walk walk = {.top = top, .walker = walker, .status = DONE};
	enum status status = walk_directory(&walk, path, true);

	note_status(&walk, status);
	while (walk.n_pending) {
		_cleanup_free_ char *next = walk.pending[--walk.n_pending];

		status = walk_directory(&walk, next, false);
		note_status(&walk, status == ABSENT ? DONE : status);
	}
	free(walk.pending);
	return walk.status;
}

enum status walk_examine(const struct dir *dir, const char *name, struct stat *ret_st,
			 struct timespec *ret_born)
{
	struct timespec born;

	if (birth_stat(dir->fd, name, ret_st, ret_born ? ret_born : &born) < 0)
		return errno == ENOENT ? NO
				       : msg_errno(FAILED, "cannot examine %s", quote(dir, name));
	return S_ISREG(ret_st->st_mode) ? DONE : NO;
}
