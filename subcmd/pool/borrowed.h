/* SPDX-License-Identifier: MIT */
#ifndef POOL_BORROWED_H
#define POOL_BORROWED_H

/*
 * What a snapshot has of its source: its clean image, a link to SOURCE's or a copy, and its
 * precache.  SOURCE has that state too, or an older one that nobody wants; unless somebody has
 * taken away the image of SOURCE, or of the source that the snapshot had before (held.h).  Then
 * this may be all that is left of it, and isn't dropped in passing.
 *
 * Another name of the same inode is enough.  While SOURCE is there, a name costs no look at it
 * but the one whether it is; all of the pool is read only for an image that has one name and is no
 * state of SOURCE.
 */

#include "subcmd/volume/volume.h"

/* May IMAGE of VOLUME be all that is left of a state?  Then a warning says that it is kept. */
enum status borrowed_is_last(const struct volume *volume, const char *source, enum image image,
			     bool *ret_is);

/* Remove IMAGE, if it exists; unless it may be all that is left of a state. */
enum status borrowed_drop(struct volume *volume, const char *source, enum image image);

/* The same of a precache that isn't wanted, or the volume's own (SOURCE is NULL); failures are
 * warnings. */
void borrowed_tidy_precache(struct volume *volume, const char *source);

/* REFUSED, with the message "cannot DEED it: ...", if IMAGE may be all that is left of a state of
 * another volume than SOURCE, which has its image. */
enum status borrowed_require_none(const struct volume *volume, const char *source,
				  enum image image, const char *deed);

#endif
