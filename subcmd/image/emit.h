/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_EMIT_H
#define IMAGE_EMIT_H

/*
 * Writing a stream (stream.h):
 *
 *	emit_begin	the head: what it is based on, what it makes, of what size
 *	emit_all	what isn't zeros of a file, or
 *	emit_changes	what differs from another (difference.h)
 *	emit_end	e, and the sum
 *
 * A stream without e is no stream: whatever fails before, a file that was written to meanwhile say,
 * leaves one that nobody takes for whole.  Errors are reported.  A dry run reads and counts, but
 * writes nothing.
 */

#include "subcmd/base/sha256.h"
#include "subcmd/image/sink.h"

struct emit {
	struct sink sink;
	struct progress progress;
	struct sha256 sum;
	int64_t size, data; /* bytes of the image; of w records */
};

/* OUTPUT takes it, and FROM (NULL: none) and TO are the names of states, identity.h.  SIZE is that
 * of the image TO. */
enum status emit_begin(struct emit *emit, const struct file *output, const char *from,
		       const char *to, int64_t size);

enum status emit_all(struct emit *emit, const struct file *file);
enum status emit_changes(struct emit *emit, const struct file *from, const struct file *to);

enum status emit_end(struct emit *emit);

#endif
