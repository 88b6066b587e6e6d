/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_DIFFERENCE_H
#define IMAGE_DIFFERENCE_H

/*
 * What must be written to a file FROM to make it the file TO: each range that differs, in the form
 * of "qemu-img map", ascending, no two overlapping, and two that touch are of two kinds.
 *
 * Only what differs is told, in blocks of 4 KiB from the beginning of the file on: a block is told
 * if any of its bytes differs.  What lies beyond the end of the shorter file differs by that alone,
 * zeros or not, and is told to the byte: if TO is the longer, with what it has there; else as zeros
 * that aren't data.  So nothing is told only of files that are equal in size and content.  Who
 * writes all ranges to a copy of FROM and then gives it TO's size has TO.
 *
 * Which blocks may differ is told by the extents of both files (map.h), and then they are compared
 * byte by byte; all of the file is, where extents can't be told: on other file systems than btrfs
 * and XFS, on two, on btrfs without CAP_SYS_ADMIN, and in a dry run, which writes nothing back.
 * Also on XFS where what isn't in holes is in memory, and in so many extents that comparing is
 * faster than to have XFS look up each.
 *
 *	1. look at sizes and times
 *	2. fsync both, and wait for the extents that come of that: until then they aren't told
 *	3. read the map of FROM, of TO, of FROM again: three times at most, until FROM's are the
 *	   same.  If it never is (balance, defragmentation), all of the file may differ.
 *	4. compare what may differ, and visit what does
 *	5. look at sizes and times again: a file that was written to meanwhile is an error, and what
 *	   was visited means nothing
 */

#include <stdbool.h>
#include <stdint.h>

#include "subcmd/image/file.h"

/* Bytes of TO.  IS_ZERO: they are all zeros.  IS_DATA: not in a hole, nor merely set aside, as
 * lseek(2) has it; what is zeros may be data. */
struct difference {
	int64_t start, length;
	bool is_zero, is_data;
};

/* Whatever it returns but DONE ends it all, and is returned. */
typedef enum status difference_fn(const struct difference *difference, void *data);

/* Call VISIT for each range in which the regular files FROM and TO differ.  IS_CHECKING: read what
 * is said to be equal too, holes included, and fail, after a message with the offset, if it isn't.
 * Errors are reported. */
enum status difference_each(const struct file *from, const struct file *to, bool is_checking,
			    difference_fn *visit, void *data);

/* Are they equal?  Reading ends at the first difference. */
enum status difference_is_none(const struct file *from, const struct file *to, bool *ret_is);

#endif
