/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_SHARING_H
#define IMAGE_SHARING_H

/*
 * How much data each of several groups of files shares with nothing outside the group: what
 * removing all of the group would free.
 *
 *	struct sharing sharing = {.type = type, .n_groups = 2};
 *	for each file: extent_settle(file)
 *	for each name of each file: sharing_add(&sharing, file, group)
 *	sharing_measure(&sharing, bytes)
 *	sharing_free(&sharing)
 *
 * Groups have numbers from 1; group 0 is all the other files.  A file that has names in two groups,
 * or one that nobody told of, counts into group 0: removing a group doesn't remove it.  XFS tells
 * that blocks are shared even if nobody told with whom; those aren't freed either.  What it has set
 * aside for a file, and tells in no extent, is freed with it.
 */

#include <stddef.h>

#include "subcmd/image/extent.h"

struct sharing {
	enum extent_type type;
	size_t n_groups;

	struct sharer *sharers; /* the files */
	size_t n_sharers;
	size_t *linked; /* indices of those with several names */
	size_t n_linked;
	struct edge *edges; /* where extents begin and end */
	size_t n_edges;
};

/* FILE has a name in GROUP. */
enum status sharing_add(struct sharing *sharing, const struct file *file, size_t group);

/* RET_BYTES has an element for each group, from group 1 on. */
enum status sharing_measure(struct sharing *sharing, int64_t *ret_bytes);

void sharing_free(struct sharing *sharing);

#endif
