/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_KIND_H
#define VOLUME_KIND_H

/*
 * The four kinds of volume, as the options of the command line state them:
 *
 *			 save_on_stop  snap_on_start
 *	ORIGIN		 yes	       no		(no option)
 *	SNAPSHOT	 no	       yes		--snap-on-start=SOURCE
 *	VOLATILE	 no	       no		--volatile
 *	ORIGIN_SNAPSHOT	 yes	       yes		--snap-on-start=SOURCE --save-on-stop
 */

#include <stdbool.h>

#include "subcmd/volume/volume.h"

enum kind { ORIGIN, SNAPSHOT, VOLATILE, ORIGIN_SNAPSHOT };

struct kind_options {
	const char *source; /* NULL: none */
	bool save_on_stop, is_volatile;
};

/* USAGE if the options contradict each other, or no volume can be called as SOURCE is. */
enum status kind_from_options(const struct kind_options *options, enum kind *ret_kind);

/* Nothing on the disk tells an origin without a revision from a snapshot whose source has lost that
 * inode meanwhile (a template that was updated) or isn't a template.  Could the volume in the
 * directory DIR (its complete path) be a snapshot?  CLEAN is NULL if it has no clean image. */
bool kind_may_be_snapshot(const char *dir, const struct stat *clean, size_t n_revisions);

/* Does the volume called NAME (so many bytes of it) look like a volatile one? */
bool kind_looks_volatile(const char *name, size_t length, bool has_clean, size_t n_revisions);

/* Does stop commit the dirty image? */
bool kind_is_saved(enum kind kind);

/* REFUSED if the volume has what a volume of this kind never has, a clean image of a volatile one
 * or revisions of one that isn't saved: a state must not be lost to a wrong option, least of all
 * the dirty image that is the only copy while snapshots are disabled. */
enum status kind_check(const struct volume *volume, enum kind kind);

#endif
