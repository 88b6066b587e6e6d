/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_SINK_H
#define IMAGE_SINK_H

/*
 * Where the bytes of a copy go: without its blocks of zeros if holes will do, and early on their
 * way to the disk.  A dry run counts and writes nothing.  Errors are reported with the target's
 * name.
 *
 * A target that is a reflink of another image at first (SINK_LIKE) goes on sharing with it whatever
 * is the same: what comes is compared with what is there, and written only where it differs.  The
 * target is nobody else's, so what it is compared with can't change meanwhile.  It takes what an
 * empty file takes: where nothing was written it is zeros in the end.
 */

#include <stddef.h>
#include <stdint.h>

#include "subcmd/image/file.h"
#include "subcmd/image/progress.h"

enum sink_kind {
	SINK_SPARSE, /* an empty regular file: zeros become holes */
	SINK_LIKE,   /* a reflink: the same stays, zeros become holes, also where nothing comes */
	SINK_FILLED, /* a regular file with something in it: zeros are written */
	SINK_DEVICE, /* a block device, with whatever is on it: zeros are written */
	SINK_STREAM, /* takes one byte after the other, from where it is: zeros are written */
};

struct sink {
	const struct file *target;
	enum sink_kind kind;
	struct progress *progress;
	const struct file *like; /* of SINK_LIKE: the image itself, for a dry run */
	int64_t data;		 /* bytes written */
	int64_t end;		 /* of what came last */
	int64_t started;	 /* offset up to which writeback was started */
};

/* Write FROM[0..LENGTH), which belongs at OFFSET.  OFFSET never decreases from call to call, and
 * is a multiple of 4 KiB unless the source is an odd one: holes are found in blocks from it on. */
enum status sink_write(struct sink *sink, const unsigned char *from, size_t length, int64_t offset);

/* Make LENGTH bytes from OFFSET on zeros, of a regular file; where there is something, a hole if
 * that can be.  OFFSET as above. */
enum status sink_zero(struct sink *sink, int64_t offset, int64_t length);

/* Nothing comes any more: up to SIZE, the target's, there are zeros. */
enum status sink_finish(struct sink *sink, int64_t size);

/* Give the target its SIZE; best before that much is written: where a file grows with each write
 * XFS allocates more than is asked for, and fills holes with that. */
enum status sink_set_size(const struct sink *sink, int64_t size);

#endif
