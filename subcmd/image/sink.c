/* SPDX-License-Identifier: MIT */
#include "subcmd/image/sink.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/block.h"

enum { BATCH = 8 * 1024 * 1024 }; /* written back at a time */

/* How long is the run of blocks, all zeros or all not, that FROM[0..LENGTH) begins with? */
static size_t run_length(const unsigned char *from, size_t length, bool *ret_is_hole)
{
	size_t end = 0;

	do {
		size_t rest = length - end;
		bool is_hole = block_is_zero(from + end, rest < BLOCK ? rest : BLOCK);

		if (end == 0)
			*ret_is_hole = is_hole;
		else if (is_hole != *ret_is_hole)
			return end;
		end += BLOCK;
	} while (end < length);
	return length;
}

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
		size_t run =
			sink->kind == SINK_SPARSE ? run_length(from, length, &is_hole) : length;

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

enum status sink_set_size(const struct sink *sink, int64_t size)
{
	if (sink->kind == SINK_SPARSE && !msg_is_dry_run() && ftruncate(sink->target->fd, size) < 0)
		return msg_errno(FAILED, "cannot resize %s", file_quote(sink->target));
	return DONE;
}
