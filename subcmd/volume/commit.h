/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_COMMIT_H
#define VOLUME_COMMIT_H

/*
 * How a working image becomes the clean one, how many older ones stay, and what is prepared for the
 * next start.
 *
 *	fsync of the image
 *	link clean -> revision N+1	crash: the link is recognised next time and not doubled
 *	remove the precache		crash: the next start takes a little longer
 *	rename image -> clean		crash: old or new clean image, the old one is a revision
 *	fsync of the directory		from here on the commit stands
 *	unlink the oldest revisions	crash: some more revisions than asked for
 *
 * Where no link can be made, or somebody still writes to the clean image (use.h), the revision is a
 * clone of it, with its mtime and a mark (mark.h) by which an interrupted commit is recognised.
 *
 * The precache is a reflink of the clean image made after a stop, when nobody waits, so that the
 * next start is a rename.  It bears a mark of the image that it is a copy of, and is used only
 * while that is the clean image, and while it still has its mtime and size itself: else somebody
 * has written to one of the two.
 */

#include <stdbool.h>

#include "subcmd/image/mark.h"
#include "subcmd/volume/retention.h"
#include "subcmd/volume/volume.h"

struct commit {
	enum image from;  /* DIRTY or IMPORT */
	bool keeps_clean; /* what is clean now becomes a revision */
	bool forces;	  /* even an image of which something may be lost (mark.h) */
	const char *ways; /* else: what to do about such a one, for the refusal */
};

/* Make the image the clean one, durably.  RET_CLEAN is that then, open; to be closed whatever this
 * returns. */
enum status commit_image(struct volume *volume, const struct commit *commit,
			 struct file *ret_clean);

/* Which revisions doesn't RETENTION keep?  One that is pinned stays, and isn't counted.
 * RET_IS_DROPPED has an element for each. */
void commit_choose(const struct volume *volume, const struct retention *retention,
		   bool *ret_is_dropped);

/* The same, but a revision that is the clean image, after a commit that was interrupted, isn't
 * counted: it is no older state. */
enum status commit_choose_older(const struct volume *volume, const struct retention *retention,
				bool *ret_is_dropped);

/* Remove the revisions that RETENTION doesn't keep, oldest first.  Goes on after a failure, and
 * returns it.  Not yet durable. */
enum status commit_prune(struct volume *volume, const struct retention *retention);

/* What follows a durable commit: prune, and (unless PRECACHED is NULL) prepare the next start from
 * that, the clean image or SOURCE's, then make that durable.  Its failures are warnings; the commit
 * stands. */
void commit_tidy(struct volume *volume, const struct retention *retention,
		 const struct file *precached);

/* Is the volume's precache a copy of the image ST, born at BORN: its own clean one
 * (MARK_PRECACHE), or that of its source (MARK_SOURCE)? */
bool commit_has_precache(const struct volume *volume, enum mark_role role, const struct stat *st,
			 const struct timespec *born);

/* Make it, of the image OF, unless it is good already.  NO, without a message: it can't be marked
 * here, and so would never be used.  Not yet durable. */
enum status commit_precache(struct volume *volume, const struct file *of);

/*
 * An import is content from outside that becomes the clean image, as a commit of the import image.
 * A dirty image is left alone: the VM that runs on it doesn't notice, and its stop commits over
 * what was imported, which then is a revision.
 */

/* May there be an import?  REFUSED if stop would lose what was imported, because it makes no
 * revision: with a dirty image if RETENTION keeps none, or if start has made the clean image the
 * dirty one because snapshots are disabled. */
enum status commit_check_import(const struct volume *volume, const struct retention *retention);

/* Commit the import image, durably; then prune and, if IS_PREPARED, prepare the next start, whose
 * failures are warnings. */
enum status commit_import(struct volume *volume, const struct retention *retention,
			  bool is_prepared);

/* Remove the import image, which commit_import() couldn't commit.  On a share it stays if it was
 * to replace one: a rename that fails may have removed that (replace.c). */
void commit_drop_import(struct volume *volume);

#endif
