/* SPDX-License-Identifier: MIT */
#include "subcmd/image/emit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/block.h"
#include "subcmd/image/copy.h"
#include "subcmd/image/difference.h"
#include "subcmd/image/filesystem.h"

enum { PIECE = 256 * 1024, RANGE = 17, ROOM = 64 }; /* RANGE: a tag and two numbers of 8 bytes */

/* In front of the data there is room for what a record begins with, so that one write(2) does. */
BIG _Alignas(64) unsigned char emit_buffer[ROOM + PIECE];

/* AT is how far it has got in the image. */
static enum status put(struct emit *emit, const void *bytes, size_t length, int64_t at)
{
	sha256_add(&emit->sum, bytes, length);
	return sink_write(&emit->sink, bytes, length, at);
}

static void little_endian(unsigned char *into, uint64_t number, int size)
{
	for (int i = 0; i < size; i++)
		into[i] = (unsigned char)(number >> 8 * i);
}

static void fill_range(unsigned char *into, char tag, int64_t offset, int64_t length)
{
	into[0] = (unsigned char)tag;
	little_endian(into + 1, (uint64_t)offset, 8);
	little_endian(into + 9, (uint64_t)length, 8);
}

static enum status put_state(struct emit *emit, char tag, const char *name)
{
	unsigned char head[5] = {(unsigned char)tag};
	enum status status;

	little_endian(head + 1, strlen(name), 4);
	status = put(emit, head, sizeof(head), 0);
	return status == DONE ? put(emit, name, strlen(name), 0) : status;
}

enum status emit_begin(struct emit *emit, const struct file *output, const char *from,
		       const char *to, int64_t size)
{
	static const char magic[] = "rbd diff v1\n";
	unsigned char head[9] = "s";
	enum status status;

	*emit = (struct emit){.size = size};
	emit->progress = progress_begin(output, size);
	emit->sink =
		(struct sink){.target = output, .kind = SINK_STREAM, .progress = &emit->progress};
	sha256_begin(&emit->sum);
	status = put(emit, magic, strlen(magic), 0);
	if (status == DONE && from)
		status = put_state(emit, 'f', from);
	if (status == DONE)
		status = put_state(emit, 't', to);
	little_endian(head + 1, (uint64_t)size, 8);
	return status == DONE ? put(emit, head, sizeof(head), 0) : status;
}

/* What LENGTH bytes of the buffer's data from START on have, which belong at OFFSET. */
static enum status put_data(struct emit *emit, size_t start, size_t length, int64_t offset)
{
	unsigned char *record = emit_buffer + ROOM + start - RANGE;

	fill_range(record, 'w', offset, (int64_t)length);
	emit->data += (int64_t)length;
	return put(emit, record, RANGE + length, offset + (int64_t)length);
}

static enum status put_piece(struct emit *emit, size_t length, int64_t offset, bool skips_zeros)
{
	enum status status = DONE;

	for (size_t run, at = 0; at < length && status == DONE; at += run) {
		bool is_zero = false;

		run = skips_zeros ? block_run(emit_buffer + ROOM + at, length - at, &is_zero)
				  : length;
		if (!is_zero)
			status = put_data(emit, at, run, offset + (int64_t)at);
	}
	return status;
}

static enum status put_range(struct emit *emit, const struct file *file, int64_t start, int64_t end,
			     bool skips_zeros)
{
	enum status status = DONE;

	while (start < end && status == DONE) {
		const size_t want = end - start < PIECE ? (size_t)(end - start) : PIECE;
		const ssize_t n = pread(file->fd, emit_buffer + ROOM, want, start);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return msg_errno(FAILED, "cannot read %s", file_quote(file));
		if (n == 0)
			return msg_error(FAILED, "cannot send %s: it shrank while it was read",
					 file_quote(file));
		status = put_piece(emit, (size_t)n, start, skips_zeros);
		start += n;
	}
	return status;
}

enum status emit_all(struct emit *emit, const struct file *file)
{
	bool has_holes = filesystem_tells_holes(file->fd);
	enum status status = DONE;

	for (int64_t end, at = 0;
	     status == DONE && copy_find_data(file, emit->size, &has_holes, &at, &end); at = end)
		status = put_range(emit, file, at, end, true);
	return status == DONE ? file_require_unchanged(file, "send") : status;
}

struct changes {
	struct emit *emit;
	const struct file *to;
};

/* What lies beyond TO's end is told too, and goes with its size. */
static enum status put_change(const struct difference *difference, void *data)
{
	const struct changes *changes = data;
	const int64_t size = changes->emit->size, start = difference->start;
	const int64_t end = start + difference->length < size ? start + difference->length : size;
	unsigned char record[RANGE];

	if (start >= end)
		return DONE;
	if (!difference->is_zero)
		return put_range(changes->emit, changes->to, start, end, false);
	fill_range(record, 'z', start, end - start);
	return put(changes->emit, record, sizeof(record), end);
}

enum status emit_changes(struct emit *emit, const struct file *from, const struct file *to)
{
	struct changes changes = {.emit = emit, .to = to};
	enum status status = difference_each(from, to, false, put_change, &changes);

	if (status == DONE)
		status = file_require_unchanged(from, "send");
	return status == DONE ? file_require_unchanged(to, "send") : status;
}

enum status emit_end(struct emit *emit)
{
	char hex[SHA256_HEX], line[8 + SHA256_HEX];
	enum status status = put(emit, "e", 1, emit->size);

	sha256_end(&emit->sum, hex);
	snprintf(line, sizeof(line), "sha256 %s\n", hex);
	if (status == DONE)
		status = sink_write(&emit->sink, (const unsigned char *)line, strlen(line),
				    emit->size);
	progress_end(&emit->progress);
	return status;
}
