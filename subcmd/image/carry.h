/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_CARRY_H
#define IMAGE_CARRY_H

/*
 * A state is carried to another file: what it holds, its time, and the id by which others know it
 * (identity.h).
 *
 * Several states of one image, carried one after the other, share there what they shared: within a
 * file system each is a reflink of its own source.  To another one, the first is copied; each other
 * is a reflink of the one before, to which is written in what it differs from that (difference.h);
 * where there are no reflinks, it is a copy, too.
 */

#include "subcmd/image/replace.h"
#include "subcmd/image/identity.h"

/* What was carried before: TO is FROM's content, and both are as they were then. */
struct carried {
	const struct file *from, *to;
};

/* Fill the empty file TARGET with SOURCE, a regular file.  LAST is NULL for the first.  Whether all
 * sources are what they were when they were opened, file_require_unchanged() tells in the end. */
enum status carry_content(const struct file *source, const struct carried *last,
			  const struct file *target, struct clone_report *ret_report);

/* NEW, which is filled, gets the time of STATE, as far as the file system keeps it, and its id,
 * unless that is "".  Where there can be no id, that is a warning. */
enum status carry_identity(struct replacement *new, const struct identity *state);

#endif
