/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/entry.h"

struct walk {
	const struct dir *pool;
	enum status (*visit)(const char *vid, void *data);
	void *data;
	enum status status; /* the first that wasn't DONE */
};

static void note(struct walk *walk, enum status status)
{
	if (walk->status == DONE)
		walk->status = status;
}

static int compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Visit each of the volumes once; their names come sorted. */
static void visit_volumes(struct walk *walk, const char *path, char **names, size_t count)
{
	char vid[PATH_MAX + NAME_MAX + 2];

	if (count > 1)
		qsort(names, count, sizeof(*names), compare);
	for (size_t i = 0; i < count; i++) {
		snprintf(vid, sizeof(vid), "%s/%s", path, names[i]);
		if (i == 0 || strcmp(names[i], names[i - 1]) != 0)
			note(walk, walk->visit(vid, walk->data));
	}
}

static void walk_directory(struct walk *walk, const char *path);

static void walk_entry(struct walk *walk, const char *path, const struct dirent *file,
		       char ***names, size_t *count)
{
	char below[PATH_MAX], *name;
	struct entry entry;

	if (file->d_type == DT_DIR && strcmp(file->d_name, ".") != 0 &&
	    strcmp(file->d_name, "..") != 0 &&
	    snprintf(below, sizeof(below), "%s/%s", path, file->d_name) < PATH_MAX)
		walk_directory(walk, below);
	if (file->d_type == DT_DIR || !entry_parse(file->d_name, &entry))
		return;
	if (!(*count & (*count - 1))) {
		char **more = reallocarray(*names, *count ? 2 * *count : 1, sizeof(**names));

		if (!more) {
			note(walk, msg_errno(FAILED, "cannot list %s", quote(walk->pool, path)));
			return;
		}
		*names = more;
	}
	name = strndup(file->d_name, entry.name_length);
	if (name)
		(*names)[(*count)++] = name;
	else
		note(walk, msg_errno(FAILED, "cannot list %s", quote(walk->pool, path)));
}

static void walk_directory(struct walk *walk, const char *path)
{
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	_cleanup_closedir_ DIR *stream = NULL;
	const struct dirent *file;
	char **names = NULL;
	size_t count = 0;
	enum status status = dir_open_beneath(walk->pool, path, true, &dir);

	if (status != DONE) {
		note(walk, status == MISSING ? DONE : status);
		return;
	}
	stream = fdopendir(dir.fd);
	if (!stream) {
		note(walk, msg_errno(FAILED, "cannot list directory %s", quote_dir(&dir)));
		return;
	}
	dir.fd = -1; /* the stream's now */
	while ((file = readdir(stream)))
		walk_entry(walk, path, file, &names, &count);
	visit_volumes(walk, path, names, count);
	while (count)
		free(names[--count]);
	free(names);
}

enum status pool_each_volume(const struct dir *pool,
			     enum status (*visit)(const char *vid, void *data), void *data)
{
	struct walk walk = {.pool = pool, .visit = visit, .data = data, .status = DONE};

	walk_directory(&walk, "appvms");
	walk_directory(&walk, "vm-templates");
	return walk.status;
}
