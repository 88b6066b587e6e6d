/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_COMMIT_H
#define VOLUME_COMMIT_H

/*
 * How a working image becomes the clean one, and how many older ones stay.
 *
 *	fsync of the image
 *	link clean -> revision N+1	crash: the link is recognised next time and not doubled
 *	remove the precache		crash: the next start takes a little longer
 *	rename image -> clean		crash: old or new clean image, the old one is a revision
 *	fsync of the directory		from here on the commit stands
 *	unlink the oldest revisions	crash: some more revisions than asked for
 *
 * KEEP is the number of revisions to keep: 0 for none, SNAPSHOTS_DISABLED to make none and leave
 * alone what is there.
 */

#include "subcmd/volume/volume.h"

enum { SNAPSHOTS_DISABLED = -1, KEEP_DEFAULT = 1 };

/* Commit the image FROM (DIRTY or IMPORT), durably. */
enum status commit_image(struct volume *volume, enum image from, int keep);

/* Remove all but the newest KEEP revisions, oldest first.  Not yet durable. */
enum status commit_prune(struct volume *volume, int keep);

/* What follows a durable commit: prune, and (if PRECACHES) prepare the next start, then make that
 * durable.  Its failures are warnings; the commit stands. */
void commit_tidy(struct volume *volume, int keep, bool precaches);

#endif
