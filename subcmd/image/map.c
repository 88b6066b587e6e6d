/* SPDX-License-Identifier: MIT */
#include "subcmd/image/map.h"

#include "subcmd/base/memory.h"

enum { PART = 4096 }; /* extents */

BIG struct extent map_part[PART], map_rooms[3][EXTENT_ROOM];

/* How far a file's extents are read. */
struct reader {
	const struct file *file;
	enum extent_type type;
	bool is_joining;      /* extents of which one continues the other are told as one */
	struct extent extent; /* that it has got to; NONE at the end */
	struct extent *room;  /* for those behind it, which are NEXT to COUNT */
	int next, count;
	uint64_t offset; /* behind all of them */
};

static const struct extent none = {.kind = EXTENT_ZEROS, .offset = UINT64_MAX};

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

/* Neither with whom an extent is shared, nor how much of it there is besides, is what the file has
 * there. */
static bool is_same(const struct extent *a, const struct extent *b)
{
	return a->kind == b->kind && a->offset == b->offset && a->size == b->size &&
	       (a->kind != EXTENT_DATA || is_same_place(a, b, a->offset));
}

static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static uint64_t end_of(const struct extent *extent)
{
	return extent->offset + extent->size;
}

/* Have the next extent, or NONE, in ROOM[NEXT]. */
static enum status look(struct reader *reader)
{
	if (reader->next < reader->count)
		return DONE;
	reader->next = 0;
	reader->count = extent_read(reader->file, reader->type, &reader->offset, reader->room);
	if (reader->count == 0)
		reader->room[reader->count++] = none;
	return reader->count < 0 ? FAILED : DONE;
}

/* Go to the next extent. */
static enum status advance(struct reader *reader)
{
	const uint64_t end = end_of(&reader->extent);
	struct extent *extent = &reader->extent;
	enum status status = look(reader);

	if (status != DONE)
		return status;
	*extent = reader->room[reader->next++];
	if (extent->offset < end || extent->size > UINT64_MAX - extent->offset)
		return NO;
	while (reader->is_joining && (status = look(reader)) == DONE) {
		const struct extent *next = &reader->room[reader->next];

		if (!next->size || next->offset != end_of(extent) || !continues(extent, next) ||
		    next->size > UINT64_MAX - next->offset)
			break;
		extent->size += next->size;
		reader->next++;
	}
	return status;
}

/* Read from OFFSET on, which is 0, or where an extent begins. */
static enum status begin(struct reader *reader, uint64_t offset)
{
	reader->extent = (struct extent){.offset = offset};
	reader->next = reader->count = 0;
	reader->offset = offset;
	return advance(reader);
}

/* The next PART of the extents before END, behind the first COUNT that are there already. */
static enum status take_part(struct reader *a, uint64_t end, size_t *count)
{
	enum status status = DONE;

	while (status == DONE && *count < PART && a->extent.offset < end) {
		map_part[(*count)++] = a->extent;
		status = advance(a);
	}
	return status;
}

/* Has the extent data at AT, perhaps?  RET_END: up to where it is so. */
static bool has_data(const struct extent *extent, uint64_t at, uint64_t *ret_end)
{
	*ret_end = extent->offset > at ? extent->offset : end_of(extent);
	return extent->offset <= at && extent->kind != EXTENT_ZEROS;
}

/* Compare the part, of COUNT extents and the bytes START to END, with what the other file has now.
 * Where an extent of that began, up to END, is kept in *FROM: if one begins there still, there is
 * none across it which would be missed. */
static enum status compare_part(size_t count, struct reader *b, uint64_t *from, uint64_t start,
				uint64_t end, map_fn *visit, void *data)
{
	enum status status = begin(b, *from);

	if (status == DONE && *from && b->extent.offset != *from)
		return NO;
	for (size_t i = 0; start < end && status == DONE;) {
		const struct extent *x = i < count ? &map_part[i] : &none, *y = &b->extent;
		uint64_t x_end, y_end, next;
		bool is_x, is_y;

		if (end_of(x) <= start) {
			i++;
			continue;
		}
		if (end_of(y) <= start) {
			status = advance(b);
			*from = y->offset <= end ? y->offset : *from;
			continue;
		}
		is_x = has_data(x, start, &x_end);
		is_y = has_data(y, start, &y_end);
		next = least(end, least(x_end, y_end));
		if (is_x && is_y ? !is_same_place(x, y, start) : is_x || is_y)
			status = visit((int64_t)start, (int64_t)next, data);
		start = next;
	}
	return status;
}

/* Are the COUNT extents of the part still what the file has up to END? */
static enum status check_part(size_t count, struct reader *again, uint64_t end)
{
	enum status status = begin(again, count ? map_part[0].offset : 0);

	for (size_t i = 0; i < count && status == DONE; i++)
		status = is_same(&map_part[i], &again->extent) ? advance(again) : NO;
	return status == DONE && again->extent.offset < end ? NO : status;
}

enum status map_each_difference(const struct file *a, const struct file *b, enum extent_type type,
				int64_t end, map_fn *visit, void *data)
{
	struct reader first = {.file = a, .type = type, .is_joining = true, .room = map_rooms[0]};
	struct reader again = first, other = {.file = b, .type = type, .room = map_rooms[1]};
	enum status status = begin(&first, 0);
	uint64_t from = 0, to;
	size_t count = 0;

	again.room = map_rooms[2];
	for (uint64_t at = 0; at < (uint64_t)end && status == DONE; at = to) {
		status = take_part(&first, (uint64_t)end, &count);
		to = least((uint64_t)end, first.extent.offset);
		if (status == DONE)
			status = compare_part(count, &other, &from, at, to, visit, data);
		if (status == DONE)
			status = check_part(count, &again, to);
		if (count) { /* the last one says again that none lies across the beginning */
			map_part[0] = map_part[count - 1];
			count = 1;
		}
	}
	return status;
}
