/* SPDX-License-Identifier: MIT */
#include "subcmd/image/difference.h"

#include <fcntl.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/block.h"
#include "subcmd/image/compare.h"
#include "subcmd/image/map.h"
#include "subcmd/image/mark.h"

enum {
	TRIES = 3,  /* at reading extents that stay where they are */
	AHEAD = 32, /* ranges that are on their way into memory */
	XFS_FEW = 2000,
	XFS_LOOKUP = 16 * 1024, /* see is_faster_by_bytes() */
};

/* What may differ: START to END of each, in whole blocks but for the end of the file. */
struct candidates {
	struct range {
		int64_t start, end;
	} * ranges;
	size_t count;
	int64_t end; /* of the shorter file, behind which there are none */
};

static void candidates_free(struct candidates *candidates)
{
	free(candidates->ranges);
}

static enum status add_range(struct candidates *candidates, int64_t start, int64_t end)
{
	enum status status;

	if (start == end)
		return DONE;
	if (candidates->count && start <= candidates->ranges[candidates->count - 1].end) {
		candidates->ranges[candidates->count - 1].end = end;
		return DONE;
	}
	status = grow(&candidates->ranges, candidates->count, sizeof(*candidates->ranges));
	if (status == DONE)
		candidates->ranges[candidates->count++] = (struct range){start, end};
	return status;
}

/* Have what was written to the file so far in its extents.  fsync(2) is not enough: on btrfs it
 * returns when the data and a log of the extents are on the disk, and the tree that is read here
 * may lag behind; extent_settle() waits for that. */
static enum status settle(const struct file *file, enum extent_type type)
{
	enum status status = mark_sync(file);

	return status == DONE && type != EXTENT_UNKNOWN ? extent_settle(file) : status;
}

/* If all data of a file on XFS is in memory, how much is it, and in how many extents? */
static bool is_in_memory(const struct file *file, uint64_t *ret_bytes, uint32_t *ret_extents)
{
	bool is_realtime;
	uint64_t cached;

	*ret_bytes = (uint64_t)file->st.st_blocks * 512;
	return kernel_xfs_extents(file->fd, &is_realtime, ret_extents) == 0 &&
	       kernel_cached(file->fd, &cached) == 0 && cached >= *ret_bytes - *ret_bytes / 16;
}

/* XFS looks up with whom each extent is shared, which takes as long as to compare 16 KiB that are
 * in memory, and the maps are read three times. */
static bool is_faster_by_bytes(const struct file *from, const struct file *to)
{
	uint64_t bytes, more_bytes;
	uint32_t extents, more_extents;

	return is_in_memory(from, &bytes, &extents) &&
	       is_in_memory(to, &more_bytes, &more_extents) && extents + more_extents > XFS_FEW &&
	       bytes + more_bytes < (2 * (uint64_t)extents + more_extents) * XFS_LOOKUP;
}

/* Whole blocks, but for the end of the file. */
static enum status add_stretch(int64_t start, int64_t end, void *data)
{
	struct candidates *candidates = data;
	const int64_t last = end % BLOCK ? end - end % BLOCK + BLOCK : end;

	return add_range(candidates, start - start % BLOCK,
			 last < candidates->end ? last : candidates->end);
}

static enum status find_candidates(const struct file *from, const struct file *to,
				   enum extent_type type, struct candidates *candidates)
{
	enum status status = NO;

	if (type == EXTENT_XFS && is_faster_by_bytes(from, to))
		type = EXTENT_UNKNOWN;
	for (int i = 0; type != EXTENT_UNKNOWN && i < TRIES && status == NO; i++) {
		candidates->count = 0;
		status = map_each_difference(from, to, type, candidates->end, add_stretch,
					     candidates);
	}
	if (status != NO)
		return status;
	candidates->count = 0;
	return add_range(candidates, 0, candidates->end);
}

/* Have the range at INDEX read while those before it are compared. */
static void read_ahead(const struct file *from, const struct file *to,
		       const struct candidates *candidates, size_t index)
{
	const struct range *range;

	if (index >= candidates->count)
		return;
	range = &candidates->ranges[index];
	if (range->end - range->start > 1 << 20)
		return; /* the kernel reads ahead by itself */
	(void)posix_fadvise(from->fd, range->start, range->end - range->start, POSIX_FADV_WILLNEED);
	(void)posix_fadvise(to->fd, range->start, range->end - range->start, POSIX_FADV_WILLNEED);
}

static enum status compare_all(struct compare *compare, const struct candidates *candidates)
{
	const struct file *from = compare->from.file, *to = compare->to.file;
	int64_t at = 0;
	enum status status = DONE;

	for (size_t i = 0; i < AHEAD; i++)
		read_ahead(from, to, candidates, i);
	for (size_t i = 0; i < candidates->count && status == DONE; i++) {
		const struct range *range = &candidates->ranges[i];

		read_ahead(from, to, candidates, i + AHEAD);
		if (compare->is_checking)
			status = compare_range(compare, at, range->start, true);
		if (status == DONE)
			status = compare_range(compare, range->start, range->end, false);
		at = range->end;
	}
	if (status == DONE && compare->is_checking)
		status = compare_range(compare, at, candidates->end, true);
	return status == DONE ? compare_end(compare) : status;
}

enum status difference_each(const struct file *from, const struct file *to, bool is_checking,
			    difference_fn *visit, void *data)
{
	_cleanup_(candidates_free) struct candidates candidates = {.count = 0};
	struct file a = *from, b = *to; /* as they are now */
	struct compare compare = {.is_checking = is_checking, .visit = visit, .data = data};
	enum extent_type type;
	enum status status;

	if (fstat(a.fd, &a.st) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(&a));
	if (fstat(b.fd, &b.st) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(&b));
	type = msg_is_dry_run() ? EXTENT_UNKNOWN : extent_type_of_both(&a, &b);
	candidates.end = a.st.st_size < b.st.st_size ? a.st.st_size : b.st.st_size;
	compare_begin(&compare, &a, &b);
	status = settle(&a, type);
	if (status == DONE)
		status = settle(&b, type);
	if (status == DONE)
		status = find_candidates(&a, &b, type, &candidates);
	if (status == DONE)
		status = compare_all(&compare, &candidates);
	if (status == DONE)
		status = file_require_unchanged(&a, "compare");
	return status == DONE ? file_require_unchanged(&b, "compare") : status;
}

static enum status stop_at_first(const struct difference *difference, void *data)
{
	(void)difference;
	(void)data;
	return NO;
}

enum status difference_is_none(const struct file *from, const struct file *to, bool *ret_is)
{
	const enum status status = difference_each(from, to, false, stop_at_first, NULL);

	*ret_is = status == DONE;
	return status == NO ? DONE : status;
}
