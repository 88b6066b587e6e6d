/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/source.h"

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

static bool is_same_dir(const struct dir *a, const struct dir *b)
{
	struct stat left, right;

	return fstat(a->fd, &left) == 0 && fstat(b->fd, &right) == 0 &&
	       left.st_ino == right.st_ino && left.st_dev == right.st_dev;
}

enum status source_open(const struct dir *pool, const char *vid, const struct volume *volume,
			struct source *source)
{
	enum status status;

	*source = SOURCE_CLOSED;
	status = vid_parse(vid, &source->vid);
	if (status == DONE)
		status = volume_open_dir(pool, source->vid.dir, false, &source->dir);
	if (status != DONE)
		return status;
	if (volume && strcmp(source->vid.name, volume->vid.name) == 0 &&
	    is_same_dir(&source->dir, &volume->dir))
		return msg_error(USAGE, "a volume cannot be its own source: %s", quote(NULL, vid));
	entry_image_name(source->vid.name, CLEAN, source->name);
	return file_open(&source->dir, source->name, O_RDONLY, &source->clean);
}

void source_close(struct source *source)
{
	file_close(&source->clean);
	dir_close(&source->dir);
}
