/* SPDX-License-Identifier: MIT */
#ifndef POOL_SOURCES_H
#define POOL_SOURCES_H

/*
 * Snapshots and precaches for them whose source isn't what it was.
 *
 * Of which source's image one is a copy, its mark (mark.h) doesn't say to who hasn't that image.
 * So the image is gone if that is the mark of none in the pool.
 */

#include <sys/stat.h>

#include "subcmd/base/dir.h"

/* All clean images, revisions and pins. */
struct sources {
	struct source_image {
		struct stat st;
		struct timespec born;
	} * images;
	size_t count;
};

/* RET_SOURCES is to be freed whatever this returns; errors are reported. */
enum status sources_read(const struct dir *pool, struct sources *ret_sources);
void sources_free(struct sources *sources);

/* Is NAME in DIR, the file ST, a precache of a source's image that is gone?  Or if it IS_IMAGE, no
 * copy of one that is there? */
enum status sources_lack(const struct sources *sources, const struct dir *dir, const char *name,
			 bool is_image, const struct stat *st, bool *ret_is);

#endif
