/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LIKE_H
#define IMAGE_LIKE_H

/*
 * Content that comes from elsewhere becomes a file, as replace.h has it, all at once or never; and
 * shares with an image LIKE what equals it at the same offset, if there is such an image.
 *
 *	an unnamed reflink of LIKE, as it is at this moment: whoever writes to LIKE meanwhile
 *	  changes nothing of it
 *	cut or grown to the size of what comes
 *	what comes is compared with it, and written where it differs (SINK_LIKE of sink.h)
 *
 * So the content is what came, to the byte, whatever LIKE is, and of whatever size.  Where there
 * can be no reflink of LIKE, that is REFUSED before anything is read of what comes: who asks for
 * sharing may have no room for a copy.  On btrfs the file is NOCOW if LIKE is (clone.h).
 */

#include "subcmd/image/replace.h"

/* The empty TARGET becomes a reflink of LIKE; or REFUSED. */
enum status like_begin(const struct file *like, const struct file *target);

/* NAME becomes what comes out of SOURCE, a regular file, a block device or a stream, sharing with
 * LIKE (NULL: with nothing; then SOURCE is a stream).  SIZE bytes or it is no success; -1: any
 * number but 0 of a stream, all of anything else.  FLAGS: REPLACE_NEW or 0.  RET_SIZE: how many
 * came. */
enum status like_replace(struct dir *dir, const char *name, const struct file *source,
			 const struct file *like, unsigned flags, int64_t size, int64_t *ret_size);

#endif
