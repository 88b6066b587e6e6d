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
 * KEEP is the number of revisions to keep: 0 for none, SNAPSHOTS_DISABLED to make none and leave
 * alone what is there.
 *
 * The precache is a reflink of the clean image made after a stop, when nobody waits, so that the
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

enum { SNAPSHOTS_DISABLED = -1, KEEP_DEFAULT = 1, KEEP_UNSET = -2 };

/* Commit the image FROM (DIRTY or IMPORT), durably. */
enum status commit_image(struct volume *volume, enum image from, int keep);

/* The clean image gets a name as revision too, and so is not lost when it is replaced: by a link,
 * or where links fail by a clone with its mtime.  Nothing happens if there is no clean image, or if
 * it is the newest revision already: an interrupted commit.  A step like those of step.h. */
enum status commit_keep(struct volume *volume);

/* Remove all but the newest KEEP revisions, oldest first.  Not yet durable. */
enum status commit_prune(struct volume *volume, int keep);

/* What follows a durable commit: prune, and (if PRECACHES) prepare the next start, then make that
 * durable.  Its failures are warnings; the commit stands. */
void commit_tidy(struct volume *volume, int keep, bool precaches);

/* Is the volume's precache that of the clean image CLEAN? */
bool commit_has_precache(const struct volume *volume, const struct stat *clean);

/* Make it, unless it is good already.  Not yet durable. */
enum status commit_precache(struct volume *volume, const struct file *clean);

/*
 * An import is content from outside that becomes the clean image, as a commit of the import image.
 * A dirty image is left alone: the VM that runs on it doesn't notice, and its stop commits over
 * what was imported, which then is a revision.
 */

/* May there be an import?  REFUSED if stop would lose what was imported, because it makes no
 * revision: with a dirty image if KEEP is none, or if start has made the clean image the dirty one
 * because snapshots are disabled. */
enum status commit_check_import(const struct volume *volume, int keep);

/* Commit the import image, durably; then prune and prepare the next start, whose failures are
 * warnings. */
enum status commit_import(struct volume *volume, int keep);

#endif
