/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_COPY_H
#define IMAGE_COPY_H

/*
 * Copying where reflinks can't: every byte through memory, holes and blocks of zeros left out,
 * early on its way to the disk so that the fsync(2) at the end is short.
 *
 * One thread and one buffer: two threads, O_DIRECT, mmap and copy_file_range were measured and
 * won nothing.  The kernel reads ahead of its own accord, as then it reads into large folios: pages
 * asked for by POSIX_FADV_WILLNEED are single ones, which on XFS took 2.4 times the processor time.
 * Progress is shown while it lasts (progress.h).
 *
 * A dry run reads and counts, but writes nothing.
 *
 * Errors are reported with the name of the file.  Besides failing system calls, a source that
 * shrinks, grows or is written to while it is read is one: what would arrive was never there.
 */

#include "subcmd/image/sink.h"

/* Fill TARGET, which is of KIND, with the first SIZE bytes of SOURCE, a regular file or a block
 * device.  RET_DATA: bytes that were not left out. */
enum status copy_file(const struct file *source, int64_t size, const struct file *target,
		      enum sink_kind kind, int64_t *ret_data);

/* The same, where TARGET is a reflink of the image LIKE, and is to share with it what is the same
 * (SINK_LIKE). */
enum status copy_file_like(const struct file *source, int64_t size, const struct file *like,
			   const struct file *target, int64_t *ret_data);

/* Fill the regular file TARGET, which is empty or (unless that is NULL) a reflink of LIKE, with
 * what SOURCE, which can only be read through (a pipe, a terminal), still has.  SIZE is what must
 * come, no more and no less; -1: whatever comes.  RET_SIZE: what came, and TARGET's size then. */
enum status copy_stream(const struct file *source, int64_t size, const struct file *like,
			const struct file *target, int64_t *ret_size, int64_t *ret_data);

/* Where is there data in SOURCE, from *AT on and before SIZE?  It begins at *AT then, and goes on
 * to RET_END; false: there is none.  *HAS_HOLES is false where holes aren't told, which may turn
 * out here: then all is data.  This always gets further, so that it ends whatever others do to the
 * file meanwhile. */
bool copy_find_data(const struct file *source, int64_t size, bool *has_holes, int64_t *at,
		    int64_t *ret_end);

/* Take START to END of SOURCE, a regular file or a block device, to SINK. */
enum status copy_range(const struct file *source, struct sink *sink, int64_t start, int64_t end);

#endif
