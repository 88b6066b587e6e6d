/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_SOURCE_H
#define VOLUME_SOURCE_H

/*
 * The clean image of another volume, open for reading.  No lock is needed: what is open stays whole
 * when the image is replaced or removed.  It is written to only if a start with snapshots disabled
 * makes it the dirty image meanwhile; a reflink is of one moment even then, and a copy notices
 * (copy.h).
 */

#include "subcmd/volume/volume.h"

struct source {
	struct vid vid;
	struct dir dir;
	char name[NAME_MAX + 1];
	struct file clean; /* its names point into this struct, so don't move it */
};

/* VOLUME, unless it is NULL, is to take the image: no volume is its own source (USAGE).  MISSING
 * without a clean image.  SOURCE is to be closed whatever this returns. */
enum status source_open(const struct dir *pool, const char *vid, const struct volume *volume,
			struct source *source);

/* The same for a precache, which is used later: REFUSED while somebody writes to it.  A time of the
 * last write says nothing of what is written within the same tick. */
enum status source_open_idle(const struct dir *pool, const char *vid, const struct volume *volume,
			     struct source *source);

/* The same of its dirty image, the state of the moment; SOURCE->clean is that then. */
enum status source_open_dirty(const struct dir *pool, const char *vid, struct source *source);

/* What NAME means to who reads an image from anywhere: what exists by that very name, as
 * file_open_source() has it; else the clean image of the volume called so.  RET_FILE may have names
 * in SOURCE; both are to be closed whatever this returns. */
enum status source_open_any(const struct dir *pool, const char *name, bool may_stream,
			    struct source *source, struct file *ret_file);

/* The same for an image to share with (like.h); REFUSED if something of it may be lost. */
enum status source_open_like(const struct dir *pool, const char *name, struct source *source,
			     struct file *ret_file);

/* Call this before volume_open() with VOLUME_MAKE_DIR: if the directory of FOR_VID isn't there,
 * fail now when the source is missing, so that no directory is made for nothing. */
enum status source_check(const struct dir *pool, const char *vid, const char *for_vid);

/* Is the clean image of VOLUME a snapshot of the source as it is now?  It is a link to it; or,
 * where no link could be made, a copy that bears a mark of it (mark.h). */
enum status source_is_current(const struct source *source, const struct volume *volume,
			      bool *ret_is);

/* Is IMAGE of VOLUME, its clean one or its precache, the clean image of the volume VID, or one of
 * its revisions?  Then VOLUME only borrowed it, and must not keep it as a revision of its own.  No,
 * if there is no such volume. */
enum status source_has(const struct dir *pool, const char *vid, const struct volume *volume,
		       enum image image, bool *ret_has);

/* The source's clean image becomes that of VOLUME too, by a link; or where that is impossible, or
 * somebody still writes to it, by a clone that bears a mark of it: is-outdated knows either.  The
 * clone is one of VOLUME's precache, if that is a copy of it: from another file system it came
 * beforehand.  SOURCE tells of what was taken: a link is to what is called so now, which may be
 * another image than the one that is open. */
enum status source_take(struct source *source, struct volume *volume);

void source_close(struct source *source);

#define _cleanup_source_ _cleanup_(source_close)
#define SOURCE_CLOSED ((struct source){.dir = DIR_CLOSED, .clean = FILE_CLOSED})

#endif
