/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_MAP_H
#define IMAGE_MAP_H

/*
 * Where two files are equal, by what their extents (extent.h) tell.
 *
 * Equal are stretches in which neither file has data (a hole, what is set aside and not written,
 * what lies beyond the end), and those in which both have the same place of the same extent.
 * Whatever else there is may differ.
 *
 * Where a file has its data is what was: extents move (balance, defragmentation, deduplication),
 * and the place that they had is written to again.  So the two say that they are equal only if the
 * extents of one were read before those of the other and again after them, and were the same.
 * That is so for each part of a file by itself; and parts it is, of some thousand extents, that no
 * image takes more memory than another.  What is kept is worth nothing.
 */

#include "subcmd/image/extent.h"

/* A stretch in which the files may differ. */
typedef enum status map_fn(int64_t start, int64_t end, void *data);

/* Call VISIT for all before END in which A and B, whose data is on the disk (extent_settle()), may
 * differ: ascending, one right behind the other perhaps.  NO, without a message, if that can't be
 * told: extents moved meanwhile, or the disk tells what can't be (extents that overlap, or go
 * beyond what numbers can say).  VISIT may have been called before that. */
enum status map_each_difference(const struct file *a, const struct file *b, enum extent_type type,
				int64_t end, map_fn *visit, void *data);

#endif
