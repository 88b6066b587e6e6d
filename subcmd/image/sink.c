/* SPDX-License-Identifier: MIT */
#include "subcmd/image/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/block.h"

enum { BATCH = 8 * 1024 * 1024 }; /* written back at a time */

/* Nobody writes to it; a constant would be part of the program's file. */
BIG unsigned char sink_zeros[64 * 1024];

/* Whoever made a pipe non-blocking for himself has made it so for us. */
static bool may_retry(int fd)
{
	struct pollfd room = {.fd = fd, .events = POLLOUT};

	return errno == EINTR || (errno == EAGAIN && poll(&room, 1, -1) > 0);
}

static enum status write_all(struct sink *sink, const unsigned char *from, size_t length,
			     int64_t offset)
{
	const int fd = sink->target->fd;

	sink->data += (int64_t)length;
	while (length && !msg_is_dry_run()) {
		ssize_t n = sink->kind == SINK_STREAM ? write(fd, from, length)
						      : pwrite(fd, from, length, offset);

		if (n < 0 && may_retry(fd))
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

enum status sink_write(struct sink *sink, const unsigned char *from, size_t length, int64_t offset)
{
	enum status status = DONE;

	while (length && status == DONE) {
		bool is_hole = false;
		size_t run = sink->kind == SINK_SPARSE ? block_run(from, length, &is_hole) : length;

		if (!is_hole)
			status = write_all(sink, from, run, offset);
		from += run;
		offset += (int64_t)run;
		length -= run;
	}
	write_back(sink, offset);
	progress_update(sink->progress, offset);
	return status;
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

enum status sink_zero(struct sink *sink, int64_t offset, int64_t length)
{
	int result = 0;
	enum status status = DONE;

	if (sink->kind == SINK_FILLED && !msg_is_dry_run()) {
		do
			result = fallocate(sink->target->fd,
					   FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, offset,
					   length);
		while (result < 0 && errno == EINTR);
		if (result < 0 && (errno == EOPNOTSUPP || errno == ENOSYS))
			status = write_zeros(sink, offset, length);
		else if (result < 0)
			status = msg_errno(FAILED, "cannot write %s", file_quote(sink->target));
	}
	progress_update(sink->progress, offset + length);
	return status;
}

enum status sink_set_size(const struct sink *sink, int64_t size)
{
	if (sink->kind <= SINK_FILLED && !msg_is_dry_run() && ftruncate(sink->target->fd, size) < 0)
		return msg_errno(FAILED, "cannot resize %s", file_quote(sink->target));
	return DONE;
}
