/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_PRECACHE_H
#define VOLUME_PRECACHE_H

/*
 * The precache: a reflink of the clean image made after a stop, when nobody waits, so that the
 * next start is a rename.  It is good as long as its mtime (to the nanosecond) and size are those
 * of the clean image it was made from; a commit, revert or resize changes those, whoever does it.
 *
 * An mtime of a whole second was given to the file by a program, or by a file system that counts
 * no finer, so another state may have it as well.  Then the precache must be the younger by more
 * than FAT's two seconds: the rename that made another image the clean one changed its ctime.
 * (Not always: a snapshot that is started links the clean image of its template, which changes
 * that too.)  Commits remove it before the clean image is another.
 */

#include <stdbool.h>

#include "subcmd/volume/volume.h"

/* Is the volume's precache that of the clean image CLEAN? */
bool precache_is_good(const struct volume *volume, const struct stat *clean);

/* Make it, unless it is good already.  Not yet durable. */
enum status precache_make(struct volume *volume, const struct file *clean);

#endif
