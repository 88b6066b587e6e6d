/* SPDX-License-Identifier: MIT */
#ifndef BASE_COPY_H
#define BASE_COPY_H

/*
 * Copying where reflinks can't: every byte through memory, holes and blocks of zeros left out,
 * early on its way to the disk so that the fsync(2) at the end is short.
 *
 * One thread and one buffer: two threads, O_DIRECT, mmap and copy_file_range were measured and
 * won nothing (t/bench).  Progress is shown while it lasts (progress.h).
 *
 * Errors are reported with the names of both files.  Besides failing system calls, a source that
 * shrinks or grows while being read is one.
 */

#include <stdbool.h>
#include <stdint.h>

#include "subcmd/base/file.h"

/* Fill the empty regular file TARGET (or, at its beginning, a block device, where zeros are
 * written too) with the first SIZE bytes of SOURCE, which is a regular file or a block device.
 * RET_DATA: bytes that were not left out. */
enum status copy_sparse(const struct file *source, int64_t size, const struct file *target,
			int64_t *ret_data);

/* The same from something that can only be read through: a pipe, a terminal.  SIZE is what must
 * come, no more and no less; -1: whatever comes.  RET_SIZE: what came, and TARGET's size then. */
enum status copy_stream(const struct file *source, int64_t size, const struct file *target,
			int64_t *ret_size, int64_t *ret_data);

#endif
