/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_STREAM_H
#define IMAGE_STREAM_H

/*
 * The stream of send and receive: "rbd diff v1", the format of Ceph's export-diff (doc/dev/
 * rbd-diff.rst there), and one line more.  Numbers are little-endian.
 *
 *	"rbd diff v1\n"
 *	f  u32 length, bytes	the state that it is based on, called as identity.h says; a stream
 *				of all of a state has no such record
 *	t  u32 length, bytes	the state that it makes
 *	s  u64 size		of that
 *	w  u64 offset, u64 length, data		bytes; at most 1 MiB
 *	z  u64 offset, u64 length		zeros
 *	e					the end
 *	"sha256 " 64 hexadecimal digits "\n"	of all before it; Ceph's tools look no further
 *						than e
 *
 * Records come in this order, f, t and s once; w and z ascend and don't overlap.
 *
 * This is the reader, and emit.h the writer.  What comes is from elsewhere and may be anything: a
 * record is looked at in full before anything is written, nothing is written outside of the size,
 * and whoever calls gives the file no name before all of it has come and the sum is right.
 * Whatever is wrong is REFUSED, with the place in the stream.
 */

#include "subcmd/base/sha256.h"
#include "subcmd/image/identity.h"
#include "subcmd/image/sink.h"

struct stream {
	const struct file *source;
	struct sha256 sum;
	int64_t at;	   /* bytes of it that were looked at */
	size_t next, came; /* what of the buffer wasn't yet */

	char from[IDENTITY_TEXT], to[IDENTITY_TEXT]; /* FROM is "" if it is all of a state */
	struct identity base, state;		     /* the same, understood */
	int64_t size;
};

/* Read all before the first w, z or e out of SOURCE, which is read from where it is. */
enum status stream_begin(struct stream *stream, const struct file *source);

/* Read the rest, and write it INTO a sink like that: its target is an empty file or a reflink
 * (SINK_LIKE), or has the base in it (SINK_FILLED).  NULL: just look whether it is right.  A stream
 * without a sum is refused, unless it MAY_LACK_SUM; a wrong one always is.  RET_DATA: bytes that
 * were written. */
enum status stream_apply(struct stream *stream, const struct sink *into, bool may_lack_sum,
			 int64_t *ret_data);

#endif
