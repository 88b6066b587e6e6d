/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_KEEP_H
#define VOLUME_KEEP_H

/* How the clean image becomes a revision, so that it isn't lost when it is replaced. */

#include "subcmd/volume/volume.h"

/* Is the clean image the newest revision already, by a link or a clone that an interrupted commit
 * made?  Then that is no older state. */
enum status keep_is_done(const struct volume *volume, bool *ret_is);

/* The revision that IMAGE, which exists, would be next; REFUSED where numbers end. */
enum status keep_number(const struct volume *volume, enum image image,
			struct revision *ret_revision);

/* Link the file FROM to the name TO, which is free.  NO, and a clone is what is left to do: links
 * can't be made here; or, with a warning, somebody writes to FROM and would change TO with it. */
enum status keep_link(const struct volume *volume, const char *from, const char *to);

/* IMAGE, which exists, gets a name as the next revision too.  A step like those of step.h. */
enum status keep_image(struct volume *volume, enum image image);

/* The clean image gets a name as revision too, and so is not lost when it is replaced.  Where
 * somebody has removed it, its precache is what is left of it and gets that name, unless there is a
 * dirty image, which is younger.  Nothing happens if there is neither, or if it is the newest
 * revision already: an interrupted commit.  What its precache alone has is saved first
 * (salvage.h). */
enum status keep_clean(struct volume *volume);

#endif
