/* SPDX-License-Identifier: MIT */
#include "subcmd/image/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdbool.h>
#include <unistd.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/filesystem.h"

enum { BUFFER = 256 * 1024 }; /* larger ones fall out of the processor's cache and are slower */

static const int64_t AHEAD = 1 << 30; /* size of a target beyond what has come of a stream */

BIG _Alignas(64) unsigned char copy_buffer[BUFFER];

enum status copy_range(const struct file *source, struct sink *sink, int64_t start, int64_t end)
{
	enum status status = DONE;

	while (start < end && status == DONE) {
		size_t want = end - start < BUFFER ? (size_t)(end - start) : BUFFER;
		ssize_t n;

		n = pread(source->fd, copy_buffer, want, start);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return msg_errno(FAILED, "cannot read %s", file_quote(source));
		if (n == 0)
			return msg_error(FAILED, "cannot copy %s: it shrank while it was read",
					 file_quote(source));
		status = sink_write(sink, copy_buffer, (size_t)n, start);
		start += n;
	}
	return status;
}

bool copy_find_data(const struct file *source, int64_t size, bool *has_holes, int64_t *at,
		    int64_t *ret_end)
{
	const int64_t start = *at;
	int64_t end = size;

	if (start >= size)
		return false;
	if (*has_holes) {
		*at = lseek(source->fd, start, SEEK_DATA);
		if (*at < 0 && errno == ENXIO)
			return false; /* nothing but a hole from here to the end */
		end = *at < start ? -1 : lseek(source->fd, *at, SEEK_HOLE);
	}
	if (end <= *at) { /* holes aren't told here after all */
		*has_holes = false;
		*at = start;
		end = size;
	}
	*ret_end = end < size ? end : size;
	return true;
}

static enum status copy_ranges(const struct file *source, struct sink *sink, int64_t size)
{
	bool has_holes = sink->kind <= SINK_LIKE && S_ISREG(source->st.st_mode) &&
			 filesystem_tells_holes(source->fd);
	enum status status = DONE;

	for (int64_t end, at = 0;
	     status == DONE && copy_find_data(source, size, &has_holes, &at, &end); at = end)
		status = copy_range(source, sink, at, end);
	return status;
}

/* SOURCE was BEFORE when reading began. */
static enum status check_unchanged(const struct file *source, const struct stat *before)
{
	const char *what = NULL;
	struct stat now;

	if (fstat(source->fd, &now) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(source));
	if (!S_ISREG(now.st_mode))
		return DONE;
	if (now.st_size != source->st.st_size)
		what = now.st_size < source->st.st_size ? "shrank" : "grew";
	else if (!clock_is_same(&now.st_mtim, &before->st_mtim))
		what = "was written to";
	if (what)
		return msg_error(FAILED, "cannot copy %s: it %s while it was read",
				 file_quote(source), what);
	return DONE;
}

static enum status fill_target(const struct file *source, int64_t size, struct sink sink,
			       int64_t *ret_data)
{
	_cleanup_progress_ struct progress progress = progress_begin(sink.target, size);
	bool is_allocated;
	struct stat before;
	enum status status;

	if (fstat(source->fd, &before) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(source));
	(void)posix_fadvise(source->fd, 0, 0, POSIX_FADV_SEQUENTIAL); /* read further ahead */
	sink.progress = &progress;
	status = sink_set_size(&sink, size);
	is_allocated = sink.kind == SINK_SPARSE && file_is_allocated(sink.target, size);
	if (status == DONE)
		status = copy_ranges(source, &sink, size);
	if (status == DONE)
		status = sink_finish(&sink, size);
	*ret_data = is_allocated ? size : sink.data;
	return status == DONE ? check_unchanged(source, &before) : status;
}

enum status copy_file(const struct file *source, int64_t size, const struct file *target,
		      enum sink_kind kind, int64_t *ret_data)
{
	return fill_target(source, size, (struct sink){.target = target, .kind = kind}, ret_data);
}

enum status copy_file_like(const struct file *source, int64_t size, const struct file *like,
			   const struct file *target, int64_t *ret_data)
{
	const struct sink sink = {.target = target, .kind = SINK_LIKE, .like = like};

	return fill_target(source, size, sink, ret_data);
}

/* Read until the buffer is full, so that its blocks are those of the target, or to the end. */
static enum status fill_buffer(const struct file *source, size_t *ret_length)
{
	size_t length = 0;

	while (length < BUFFER) {
		ssize_t n = read(source->fd, copy_buffer + length, BUFFER - length);

		if (n < 0 && file_may_retry(source, POLLIN))
			continue;
		if (n < 0)
			return msg_errno(FAILED, "cannot read %s", file_quote(source));
		if (n == 0)
			break;
		length += (size_t)n;
	}
	*ret_length = length;
	return DONE;
}

enum status copy_stream(const struct file *source, int64_t size, const struct file *like,
			const struct file *target, int64_t *ret_size, int64_t *ret_data)
{
	_cleanup_progress_ struct progress progress = progress_begin(target, size);
	struct sink sink = {.target = target,
			    .kind = like ? SINK_LIKE : SINK_SPARSE,
			    .progress = &progress,
			    .like = like};
	int64_t came = 0, room = size >= 0 ? size : like ? file_size(like) : 0;
	size_t length = BUFFER;
	enum status status = sink_set_size(&sink, room);

	while (length == BUFFER && status == DONE) {
		status = fill_buffer(source, &length);
		if (status != DONE)
			break;
		if (size >= 0 && came + (int64_t)length > size)
			return msg_error(FAILED, "cannot copy %s: more than %lld bytes came",
					 file_quote(source), (long long)size);
		if (came + (int64_t)length > room) {
			room = came + AHEAD;
			status = sink_set_size(&sink, room);
		}
		if (status == DONE)
			status = sink_write(&sink, copy_buffer, length, came);
		came += (int64_t)length;
	}
	if (status == DONE && came < size)
		return msg_error(FAILED, "cannot copy %s: only %lld of %lld bytes came",
				 file_quote(source), (long long)came, (long long)size);
	*ret_size = came;
	*ret_data = sink.data;
	return status == DONE ? sink_set_size(&sink, came) : status;
}
