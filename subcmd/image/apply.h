/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_APPLY_H
#define IMAGE_APPLY_H

/*
 * A stream (stream.h) becomes a file: as replace.h has it, all at once or never.
 */

#include "subcmd/image/replace.h"
#include "subcmd/image/stream.h"

/* NAME in DIR becomes what STREAM, of which stream_begin() has read the head, makes of BASE, an
 * image that is its base (NULL: of nothing).  It has the time of the sender's image as far as the
 * file system keeps it, and bears its id; where it can't, that is a warning.  IS_NEW: as in struct
 * replacement. */
enum status apply_stream(struct dir *dir, const char *name, const struct file *base,
			 struct stream *stream, bool may_lack_sum, bool is_new);

#endif
