/* SPDX-License-Identifier: MIT */
#include "subcmd/image/map.h"

#include <stdlib.h>

#include "subcmd/base/memory.h"

/* Do A and B, which both have the byte AT of their files, have it at the same place?  Of btrfs that
 * is one only within an extent, as compressed ones lie closer together than their bytes do, and of
 * one generation; on XFS there is nothing to an extent but its blocks. */
static bool is_same_place(const struct extent *a, const struct extent *b, uint64_t at)
{
	const bool is_btrfs = a->generation || b->generation;

	return a->kind == EXTENT_DATA && b->kind == EXTENT_DATA && a->generation == b->generation &&
	       a->compression == b->compression && (!is_btrfs || a->start == b->start) &&
	       a->start + a->distance + (at - a->offset) ==
		       b->start + b->distance + (at - b->offset);
}

/* Does NEXT, which begins where LAST ends, only go on with it? */
static bool continues(const struct extent *last, const struct extent *next)
{
	return last->kind == next->kind &&
	       (last->kind != EXTENT_DATA || is_same_place(last, next, next->offset));
}

static enum status add(const struct extent *extent, void *data)
{
	struct map *map = data;
	struct extent *last = map->count ? &map->extents[map->count - 1] : NULL;
	const uint64_t end = last ? last->offset + last->size : 0;
	enum status status;

	if (extent->offset < end || extent->size > UINT64_MAX - extent->offset)
		return NO;
	if (last && extent->offset == end && continues(last, extent)) {
		last->size += extent->size;
		return DONE;
	}
	status = grow(&map->extents, map->count, sizeof(*map->extents));
	if (status == DONE)
		map->extents[map->count++] = *extent;
	return status;
}

enum status map_read(const struct file *file, enum extent_type type, struct map *ret_map)
{
	*ret_map = (struct map){.count = 0};
	return extent_each(file, type, add, ret_map);
}

/* Neither with whom an extent is shared, nor how much of it there is besides, is what the file has
 * there. */
bool map_is_same(const struct map *a, const struct map *b)
{
	if (a->count != b->count)
		return false;
	for (size_t i = 0; i < a->count; i++) {
		const struct extent *x = &a->extents[i], *y = &b->extents[i];

		if (x->kind != y->kind || x->offset != y->offset || x->size != y->size ||
		    (x->kind == EXTENT_DATA && !is_same_place(x, y, x->offset)))
			return false;
	}
	return true;
}

void map_free(struct map *map)
{
	free(map->extents);
	*map = (struct map){.count = 0};
}

/* The extent that the side has at AT, or NULL.  RET_END: how far it goes, or to which the next is
 * away. */
static const struct extent *find(struct map_side *side, uint64_t at, uint64_t *ret_end)
{
	const struct extent *extent;

	while (side->next < side->map->count &&
	       side->map->extents[side->next].offset + side->map->extents[side->next].size <= at)
		side->next++;
	*ret_end = UINT64_MAX;
	if (side->next == side->map->count)
		return NULL;
	extent = &side->map->extents[side->next];
	*ret_end = extent->offset > at ? extent->offset : extent->offset + extent->size;
	return extent->offset > at || extent->kind == EXTENT_ZEROS ? NULL : extent;
}

uint64_t map_stretch(struct map_side *a, struct map_side *b, uint64_t at, uint64_t end,
		     bool *ret_is_equal)
{
	for (bool is_first = true; at < end; is_first = false) {
		uint64_t a_end, b_end;
		const struct extent *x = find(a, at, &a_end), *y = find(b, at, &b_end);
		const bool is_equal = x && y ? is_same_place(x, y, at) : !x && !y;

		if (is_first)
			*ret_is_equal = is_equal;
		else if (is_equal != *ret_is_equal)
			return at;
		at = a_end < b_end ? a_end : b_end;
	}
	return end;
}
