/* SPDX-License-Identifier: MIT */
#include "subcmd/image/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/block.h"

enum { BATCH = 8 * 1024 * 1024 }; /* written back at a time */

/* Nobody writes to it; a constant would be part of the program's file. */
BIG unsigned char sink_zeros[64 * 1024];

BIG _Alignas(64) unsigned char sink_there[64 * 1024]; /* what the target has already */

static enum status write_all(struct sink *sink, const unsigned char *from, size_t length,
			     int64_t offset)
{
	const int fd = sink->target->fd;

	sink->data += (int64_t)length;
	while (length && !msg_is_dry_run()) {
		ssize_t n = sink->kind == SINK_STREAM ? write(fd, from, length)
						      : pwrite(fd, from, length, offset);

		if (n < 0 && file_may_retry(sink->target, POLLOUT))
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			return msg_errno(FAILED, "cannot write %s", file_quote(sink->target));
		}
		from += n;
		offset += n;
		length -= (size_t)n;
	}
	return DONE;
}

/* Start the writeback of what was written, without waiting for it. */
static void write_back(struct sink *sink, int64_t upto)
{
	if (sink->kind == SINK_STREAM || upto - sink->started < BATCH || msg_is_dry_run())
		return;
	(void)sync_file_range(sink->target->fd, sink->started, upto - sink->started,
			      SYNC_FILE_RANGE_WRITE);
	sink->started = upto;
}

/* Where holes can't be punched. */
static enum status write_zeros(struct sink *sink, int64_t offset, int64_t length)
{
	enum status status = DONE;

	for (size_t n; length && status == DONE; length -= (int64_t)n) {
		n = length < (int64_t)sizeof(sink_zeros) ? (size_t)length : sizeof(sink_zeros);
		status = write_all(sink, sink_zeros, n, offset);
		offset += (int64_t)n;
	}
	return status;
}

/* Zeros where there may be something. */
static enum status punch(struct sink *sink, int64_t offset, int64_t length)
{
	int result;

	if (msg_is_dry_run())
		return DONE;
	do
		result = fallocate(sink->target->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				   offset, length);
	while (result < 0 && errno == EINTR);
	if (result < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
		return write_zeros(sink, offset, length);
	return result < 0 ? msg_errno(FAILED, "cannot write %s", file_quote(sink->target)) : DONE;
}

/* What comes next is LENGTH bytes at OFFSET.  Up to there nothing came, which means zeros. */
static enum status go_to(struct sink *sink, int64_t offset, int64_t length)
{
	const int64_t end = sink->end;

	sink->end = offset + length;
	return sink->kind == SINK_LIKE && offset > end ? punch(sink, end, offset - end) : DONE;
}

static enum status write_sparsely(struct sink *sink, const unsigned char *from, size_t length,
				  int64_t offset)
{
	enum status status = DONE;

	for (size_t run; length && status == DONE; length -= run) {
		bool is_zero;

		run = block_run(from, length, &is_zero);
		if (!is_zero)
			status = write_all(sink, from, run, offset);
		else if (sink->kind == SINK_LIKE)
			status = punch(sink, offset, (int64_t)run);
		from += run;
		offset += (int64_t)run;
	}
	return status;
}

/* Read LENGTH bytes at OFFSET that the target has, or in a dry run would have; behind the end of
 * the image that it is a reflink of, zeros. */
static enum status read_there(const struct sink *sink, size_t length, int64_t offset)
{
	const struct file *file = msg_is_dry_run() ? sink->like : sink->target;
	size_t came = 0;

	while (came < length) {
		const ssize_t n =
			pread(file->fd, sink_there + came, length - came, offset + (int64_t)came);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return msg_errno(FAILED, "cannot read %s", file_quote(file));
		if (n == 0)
			break;
		came += (size_t)n;
	}
	memset(sink_there + came, 0, length - came);
	return DONE;
}

static enum status write_differing(struct sink *sink, const unsigned char *from, size_t length,
				   int64_t offset)
{
	enum status status = DONE;

	for (size_t n; length && status == DONE; length -= n) {
		n = length < sizeof(sink_there) ? length : sizeof(sink_there);
		status = read_there(sink, n, offset);
		for (size_t run, at = 0; at < n && status == DONE; at += run) {
			bool is_same;

			run = block_run_same(from + at, sink_there + at, n - at, &is_same);
			if (!is_same)
				status = write_sparsely(sink, from + at, run, offset + (int64_t)at);
		}
		from += n;
		offset += (int64_t)n;
	}
	return status;
}

enum status sink_write(struct sink *sink, const unsigned char *from, size_t length, int64_t offset)
{
	enum status status = go_to(sink, offset, (int64_t)length);

	if (status != DONE)
		return status;
	if (sink->kind == SINK_SPARSE)
		status = write_sparsely(sink, from, length, offset);
	else if (sink->kind == SINK_LIKE)
		status = write_differing(sink, from, length, offset);
	else
		status = write_all(sink, from, length, offset);
	write_back(sink, sink->end);
	progress_update(sink->progress, sink->end);
	return status;
}

enum status sink_zero(struct sink *sink, int64_t offset, int64_t length)
{
	enum status status = go_to(sink, offset, length);

	if (status == DONE && (sink->kind == SINK_FILLED || sink->kind == SINK_LIKE))
		status = punch(sink, offset, length);
	progress_update(sink->progress, sink->end);
	return status;
}

enum status sink_finish(struct sink *sink, int64_t size)
{
	return go_to(sink, size, 0);
}

enum status sink_set_size(const struct sink *sink, int64_t size)
{
	return sink->kind <= SINK_FILLED && !msg_is_dry_run() ? file_set_size(sink->target, size)
							      : DONE;
}
