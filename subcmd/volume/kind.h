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

/* USAGE if the options contradict each other.  SOURCE may be NULL. */
enum status kind_from_options(const char *source, bool save_on_stop, bool is_volatile,
			      enum kind *ret_kind);

/* Does stop commit the dirty image? */
bool kind_is_saved(enum kind kind);

/* REFUSED if the volume has what a volume of this kind never has, a clean image of a volatile one
 * or revisions of one that isn't saved: a state must not be lost to a wrong option, least of all
 * the dirty image that is the only copy while snapshots are disabled. */
enum status kind_check(const struct volume *volume, enum kind kind);

#endif
