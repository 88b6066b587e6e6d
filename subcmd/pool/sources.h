/* SPDX-License-Identifier: MIT */
#ifndef POOL_SOURCES_H
#define POOL_SOURCES_H

/*
 * Precaches for snapshots whose source isn't what it was.
 *
 * Of which source's image one is a copy, its mark (mark.h) doesn't say to who hasn't that image;
 * but the two have one time and size.  So of a precache that has those of no image in the pool,
 * the image is gone.
 */

#include <sys/stat.h>

#include "subcmd/base/dir.h"

/* The times and sizes of all clean images, revisions and pins. */
struct sources {
	struct source_time {
		struct timespec mtime;
		off_t size;
	} * times;
	size_t count;
};

/* RET_SOURCES is to be freed whatever this returns; errors are reported. */
enum status sources_read(const struct dir *pool, struct sources *ret_sources);
void sources_free(struct sources *sources);

/* Is NAME in DIR, the file ST, a precache of a source's image that is gone? */
enum status sources_lack(const struct sources *sources, const struct dir *dir, const char *name,
			 const struct stat *st, bool *ret_is);

#endif
