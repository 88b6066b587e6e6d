/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_MAP_H
#define IMAGE_MAP_H

/*
 * The extents of one file (extent.h) in memory, and where those of two files say that the files
 * are equal:
 *
 *	struct map_side from = {.map = &map}, to = {.map = &other};
 *	for (at = 0; at < end; at = next)
 *		next = map_stretch(&from, &to, at, end, &is_equal);
 *
 * Equal are stretches in which neither file has data (a hole, what is set aside and not written,
 * what lies beyond the end), and those in which both have the same place of the same extent.
 * Whatever else there is may differ.
 *
 * A map tells what was: extents move (balance, defragmentation, deduplication), and the place
 * they had is written to again.  So two maps say that files are equal only if one of them was read
 * before the other and again after it, and was the same.  A map that is kept is worth nothing.
 */

#include "subcmd/image/extent.h"

struct map {
	struct extent *extents; /* ascending; neighbours of which one continues the other are one */
	size_t count;
};

/* Read the map of a file whose data is on the disk (extent_settle()).  NO, without a message, if
 * the disk tells what can't be: extents that overlap, or go beyond what numbers can say. */
enum status map_read(const struct file *file, enum extent_type type, struct map *ret_map);

bool map_is_same(const struct map *a, const struct map *b);

void map_free(struct map *map);

#define _cleanup_map_ _cleanup_(map_free)

/* How far someone has got in a map. */
struct map_side {
	const struct map *map;
	size_t next; /* the first extent that isn't behind */
};

/* From AT on, up to where (END at most) is all equal, or may all differ?  AT never decreases from
 * call to call. */
uint64_t map_stretch(struct map_side *a, struct map_side *b, uint64_t at, uint64_t end,
		     bool *ret_is_equal);

#endif
