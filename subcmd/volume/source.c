/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/source.h"

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

static bool is_same_dir(const struct dir *a, const struct dir *b)
{
	struct stat left, right;

	return fstat(a->fd, &left) == 0 && fstat(b->fd, &right) == 0 && file_is_same(&left, &right);
}

enum status source_open(const struct dir *pool, const char *vid, const struct volume *volume,
			struct source *source)
{
	enum status status;

	*source = SOURCE_CLOSED;
	status = vid_parse(vid, &source->vid);
	if (status == DONE)
		status = vid_open_dir(pool, &source->vid, DIR_MUST_EXIST, &source->dir);
	if (status != DONE)
		return status;
	if (volume && !volume->is_new && strcmp(source->vid.name, volume->vid.name) == 0 &&
	    is_same_dir(&source->dir, &volume->dir))
		return msg_error(USAGE, "a volume cannot be its own source: %s", quote(NULL, vid));
	entry_image_name(source->vid.name, CLEAN, source->name);
	return file_open(&source->dir, source->name, O_RDONLY, &source->clean);
}

enum status source_check(const struct dir *pool, const char *vid, const char *for_vid)
{
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	struct vid volume;
	enum status status = vid_parse(for_vid, &volume);

	if (status != DONE || faccessat(pool->fd, volume.dir, F_OK, 0) == 0)
		return status;
	return source_open(pool, vid, NULL, &source);
}

/* A link to it or, where no link could be made, a copy. */
static bool is_snapshot_of(const struct stat *source, const struct stat *clean)
{
	return file_is_same(clean, source) || file_is_dated_copy(clean, source);
}

bool source_is_current(const struct source *source, const struct stat *clean)
{
	return is_snapshot_of(&source->clean.st, clean);
}

enum status source_has(const struct dir *pool, const char *vid, const struct stat *clean,
		       bool *ret_has)
{
	_cleanup_volume_ struct volume source = VOLUME_CLOSED;
	struct stat before;
	enum status status = volume_open(pool, vid, VOLUME_READ | VOLUME_MAY_LACK_DIR, 0, &source);

	*ret_has = false;
	if (status != DONE)
		return status == ABSENT ? DONE : status;
	*ret_has = source.image[CLEAN].exists && is_snapshot_of(&source.image[CLEAN].st, clean);
	for (size_t i = source.n_revisions; !*ret_has && i-- > 0;) {
		status = volume_stat_revision(&source, i, &before);
		if (status != DONE && status != ABSENT) /* it was pruned meanwhile */
			return status;
		*ret_has = status == DONE && file_is_same(clean, &before);
	}
	return DONE;
}

void source_close(struct source *source)
{
	file_close(&source->clean);
	dir_close(&source->dir);
}
