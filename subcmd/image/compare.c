/* SPDX-License-Identifier: MIT */
#include "subcmd/image/compare.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/block.h"
#include "subcmd/image/filesystem.h"

enum { CHUNK = 128 * 1024 }; /* two of them stay in the processor's cache */

BIG _Alignas(64) unsigned char compare_from[CHUNK], compare_to[CHUNK];

static int64_t least(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

static int64_t block_of(int64_t at)
{
	return at - at % BLOCK;
}

void compare_begin(struct compare *compare, const struct file *from, const struct file *to)
{
	compare->from = (struct compare_side){.file = from,
					      .lacks_holes = !filesystem_tells_holes(from->fd)};
	compare->to =
		(struct compare_side){.file = to, .lacks_holes = !filesystem_tells_holes(to->fd)};
}

/* Find out whether the side has data at AT, in whole blocks: one with any data in it has data. */
static void look(struct compare_side *side, int64_t at)
{
	const int fd = side->file->fd;
	int64_t data, hole;

	if (at < side->end)
		return;
	side->is_data = true;
	side->end = INT64_MAX;
	if (side->lacks_holes)
		return;
	data = lseek(fd, at, SEEK_DATA);
	if (data < 0 && errno == ENXIO) {
		side->is_data = false;
	} else if (data >= at && block_of(data) > at) {
		side->is_data = false;
		side->end = block_of(data);
	} else {
		hole = data < at ? -1 : lseek(fd, data, SEEK_HOLE);
		if (hole > data)
			side->end = hole % BLOCK ? block_of(hole) + BLOCK : hole;
		else
			side->lacks_holes = true;
	}
}

static enum status fill_buffer(const struct compare *compare, const struct compare_side *side,
			       unsigned char *buffer, int64_t start, int64_t end)
{
	if (!side->is_data && !compare->is_checking) {
		memset(buffer, 0, (size_t)(end - start));
		return DONE;
	}
	while (start < end) {
		const ssize_t n = pread(side->file->fd, buffer, (size_t)(end - start), start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return msg_errno(FAILED, "cannot read %s", file_quote(side->file));
		if (n == 0)
			return msg_error(FAILED, "cannot compare %s: it shrank while it was read",
					 file_quote(side->file));
		buffer += n;
		start += n;
	}
	return DONE;
}

static enum status tell(struct compare *compare, const struct difference *next)
{
	struct difference *last = &compare->pending;
	enum status status = DONE;

	if (last->length && last->start + last->length == next->start &&
	    last->is_zero == next->is_zero && last->is_data == next->is_data) {
		last->length += next->length;
		return DONE;
	}
	if (last->length)
		status = compare->visit(last, compare->data);
	*last = *next;
	return status;
}

/* What FROM and TO have from START on differs, and was said not to. */
static enum status complain(const struct compare *compare, int64_t start, size_t at)
{
	while (compare_from[at] == compare_to[at])
		at++;
	return msg_error(FAILED, "%s and %s differ at byte %lld, where they are said to be equal",
			 file_quote(compare->from.file), file_quote(compare->to.file),
			 (long long)start + (long long)at);
}

/* Compare what is in the buffers, block by block; only block by block, if IS_ALL is to be told. */
static enum status compare_chunk(struct compare *compare, int64_t start, int64_t end, bool is_equal,
				 bool is_all)
{
	enum status status = DONE;

	for (int64_t next, at = start; at < end && status == DONE; at = next) {
		const size_t i = (size_t)(at - start);
		struct difference difference = {.start = at};

		next = least(block_of(at) + BLOCK, end);
		difference.length = next - at;
		if (!is_all &&
		    block_is_same(compare_from + i, compare_to + i, (size_t)difference.length))
			continue;
		if (is_equal)
			return complain(compare, start, i);
		difference.is_zero = block_is_zero(compare_to + i, (size_t)difference.length);
		difference.is_data = compare->to.is_data || !difference.is_zero;
		status = tell(compare, &difference);
	}
	return status;
}

enum status compare_range(struct compare *compare, int64_t start, int64_t end, bool is_equal)
{
	enum status status = DONE;

	for (int64_t next; start < end && status == DONE; start = next) {
		bool is_nothing;

		look(&compare->from, start);
		look(&compare->to, start);
		is_nothing = !compare->from.is_data && !compare->to.is_data;
		next = least(end, least(compare->from.end, compare->to.end));
		if (is_nothing && !compare->is_checking)
			continue;
		next = least(next, block_of(start) + CHUNK);
		status = fill_buffer(compare, &compare->from, compare_from, start, next);
		if (status == DONE)
			status = fill_buffer(compare, &compare->to, compare_to, start, next);
		if (status == DONE)
			status = compare_chunk(compare, start, next, is_equal || is_nothing, false);
	}
	return status;
}

/* What TO has from START to END, where FROM has nothing any more. */
static enum status tell_all(struct compare *compare, int64_t start, int64_t end)
{
	enum status status = DONE;

	for (int64_t next; start < end && status == DONE; start = next) {
		look(&compare->to, start);
		next = least(end, compare->to.end);
		if (!compare->to.is_data && !compare->is_checking) {
			status = tell(compare, &(struct difference){.start = start,
								    .length = next - start,
								    .is_zero = true});
			continue;
		}
		next = least(next, block_of(start) + CHUNK);
		status = fill_buffer(compare, &compare->to, compare_to, start, next);
		if (status == DONE)
			status = compare_chunk(compare, start, next, false, true);
	}
	return status;
}

enum status compare_end(struct compare *compare)
{
	const int64_t from = file_size(compare->from.file), to = file_size(compare->to.file);
	enum status status = tell_all(compare, from, to);

	if (status == DONE && from > to)
		status = tell(compare, &(struct difference){
					       .start = to, .length = from - to, .is_zero = true});
	if (status == DONE && compare->pending.length)
		status = compare->visit(&compare->pending, compare->data);
	return status;
}
