/* SPDX-License-Identifier: MIT */
#include "subcmd/base/walk.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "subcmd/base/grow.h"
#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

struct walk {
	const struct dir *top;
	const struct walker *walker;
	char **pending; /* directories still to be seen */
	size_t n_pending;
	enum status status; /* the first that wasn't DONE */
	/* Of the directory being seen.  A stream of readdir(3) for each would cost three more
	 * system calls, and now and then a mapping of its own. */
	_Alignas(struct dirent) char entries[16384];
};

static void note(struct walk *walk, enum status status)
{
	if (walk->status == DONE)
		walk->status = status;
}

/* See the directory NAME in PATH later. */
static enum status push(struct walk *walk, const char *path, const char *name)
{
	const bool is_top = strcmp(path, ".") == 0;
	enum status status = grow(&walk->pending, walk->n_pending, sizeof(*walk->pending));
	char *below = malloc(strlen(path) + strlen(name) + sizeof("/"));

	if (!below)
		return msg_errno(FAILED, "cannot list %s", quote(walk->top, path));
	stpcpy(stpcpy(stpcpy(below, is_top ? "" : path), is_top ? "" : "/"), name);
	if (status != DONE) {
		free(below);
		return status;
	}
	walk->pending[walk->n_pending++] = below;
	return DONE;
}

static bool is_directory(const struct dir *dir, const struct dirent *file)
{
	struct stat st;

	if (file->d_type != DT_UNKNOWN)
		return file->d_type == DT_DIR;
	return fstatat(dir->fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISDIR(st.st_mode);
}

static void tell_link(const struct walk *walk, const struct dir *dir, const char *path,
		      const struct dirent *file)
{
	char below[2 * PATH_MAX]; /* large: not for every file */

	snprintf(below, sizeof(below), "%s/%s", path, file->d_name);
	if (dir_is_beneath(walk->top, below))
		msg_note("not following %s, a link to a directory", quote(dir, file->d_name));
}

static void see(struct walk *walk, const struct dir *dir, const char *path,
		const struct dirent *file)
{
	const struct walker *walker = walk->walker;

	if (strcmp(file->d_name, ".") == 0 || strcmp(file->d_name, "..") == 0)
		return;
	if (is_directory(dir, file)) {
		note(walk, push(walk, path, file->d_name));
		return;
	}
	if (walker->tells_links && (file->d_type == DT_LNK || file->d_type == DT_UNKNOWN))
		tell_link(walk, dir, path, file);
	note(walk, walker->file(dir, path, file, walker->data));
}

static enum status walk_directory(struct walk *walk, const char *path)
{
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	enum status status = dir_open_beneath(walk->top, path, true, &dir);
	ssize_t n;

	if (status != DONE)
		return status;
	while ((n = kernel_read_directory(dir.fd, walk->entries, sizeof(walk->entries))) > 0)
		for (const char *at = walk->entries; at < walk->entries + n;) {
			const struct dirent *file = (const struct dirent *)at;

			see(walk, &dir, path, file);
			at += file->d_reclen;
		}
	if (n < 0)
		note(walk, msg_errno(FAILED, "cannot list directory %s", quote_dir(&dir)));
	if (walk->walker->end)
		note(walk, walk->walker->end(&dir, path, walk->walker->data));
	return DONE;
}

enum status walk_tree(const struct dir *top, const char *path, const struct walker *walker)
{
	struct walk walk = {.top = top, .walker = walker, .status = DONE};
	enum status status = walk_directory(&walk, path);

	note(&walk, status);
	while (walk.n_pending) {
		_cleanup_free_ char *next = walk.pending[--walk.n_pending];

		status = walk_directory(&walk, next);
		note(&walk, status == MISSING ? DONE : status);
	}
	free(walk.pending);
	return walk.status;
}
