/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_APPLY_H
#define IMAGE_APPLY_H

/*
 * A stream (stream.h) becomes a file: as replace.h has it, all at once or never.
 */

#include "subcmd/image/replace.h"
#include "subcmd/image/stream.h"

/* What the stream is written to. */
struct apply_target {
	const struct file *base; /* a clone of this image, on which it is based; or NULL */
	const struct file *like; /* if it is based on none: a reflink of this (like.h); or NULL */
	bool is_new;		 /* as in struct replacement */
};

/* NAME in DIR becomes what STREAM, of which stream_begin() has read the head, makes of TARGET.  It
 * has the time of the sender's image as far as the file system keeps it, and bears its id; where it
 * can't, that is a warning. */
enum status apply_stream(struct dir *dir, const char *name, const struct apply_target *target,
			 struct stream *stream, bool may_lack_sum);

#endif
