/* SPDX-License-Identifier: MIT */
#include "subcmd/base/copy.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/statfs.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/progress.h"

enum {
	BUFFER = 256 * 1024,      /* larger ones fall out of the cache and are slower */
	BLOCK = 4096,             /* what is left out if it is all zeros */
	BATCH = 8 * 1024 * 1024,  /* written back, and read ahead, at a time */
	ZFS_MAGIC = 0x2fc12fc1,
};

struct copy {
	const struct file *source, *target;
	struct progress *progress;
	bool is_sparse;   /* the target reads as zeros where nothing is written */
	int64_t data;     /* bytes written */
	int64_t unflushed; /* offset up to which writeback was started */
};

static _Alignas(BLOCK) unsigned char buffer[BUFFER];

/* Eight words ORed a step run several times faster than memcmp(p, p + 1) does in musl; a block of
 * data is recognised by its first words. */
static bool is_zero(const unsigned char *block, size_t length)
{
	uint64_t words[8];

	for (; length >= sizeof(words); block += sizeof(words), length -= sizeof(words)) {
		memcpy(words, block, sizeof(words));
		if (words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] |
		    words[7])
			return false;
	}
	while (length && !*block)
		block++, length--;
	return length == 0;
}

static enum status write_all(struct copy *copy, const unsigned char *from, size_t length,
			     int64_t offset)
{
	copy->data += (int64_t)length;
	while (length) {
		ssize_t n = pwrite(copy->target->fd, from, length, offset);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			errno = n < 0 ? errno : EIO;
			return msg_errno(FAILED, "cannot write %s", file_quote(copy->target));
		}
		from += n;
		offset += n;
		length -= (size_t)n;
	}
	return DONE;
}

/* Write the runs of blocks in buffer[0..LENGTH) that aren't zero. */
static enum status write_data(struct copy *copy, size_t length, int64_t offset)
{
	for (size_t start = 0, end; start < length; start = end) {
		bool is_hole = copy->is_sparse;
		enum status status = DONE;

		for (end = start; end < length; end += BLOCK) {
			size_t rest = length - end;
			bool is_empty = copy->is_sparse &&
					is_zero(buffer + end, rest < BLOCK ? rest : BLOCK);

			if (end == start)
				is_hole = is_empty;
			else if (is_empty != is_hole)
				break;
		}
		if (end > length)
			end = length;
		if (!is_hole)
			status = write_all(copy, buffer + start, end - start,
					   offset + (int64_t)start);
		if (status != DONE)
			return status;
	}
	return DONE;
}

/* Start the writeback of what was written, without waiting for it. */
static void write_back(struct copy *copy, int64_t upto)
{
	if (upto - copy->unflushed < BATCH)
		return;
	(void)sync_file_range(copy->target->fd, copy->unflushed, upto - copy->unflushed,
			      SYNC_FILE_RANGE_WRITE);
	copy->unflushed = upto;
}

static enum status copy_range(struct copy *copy, int64_t start, int64_t end)
{
	int64_t ahead = start;

	while (start < end) {
		size_t want = end - start < BUFFER ? (size_t)(end - start) : BUFFER;
		enum status status;
		ssize_t n;

		if (start >= ahead) {
			ahead = start + BATCH;
			(void)posix_fadvise(copy->source->fd, ahead, BATCH, POSIX_FADV_WILLNEED);
		}
		n = pread(copy->source->fd, buffer, want, start);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return msg_errno(FAILED, "cannot read %s", file_quote(copy->source));
		if (n == 0)
			return msg_error(FAILED, "cannot copy %s: it shrank while being read",
					 file_quote(copy->source));
		status = write_data(copy, (size_t)n, start);
		if (status != DONE)
			return status;
		start += n;
		write_back(copy, start);
		progress_update(copy->progress, start);
	}
	return DONE;
}

/* ZFS may report data that isn't on the disk yet as a hole (OpenZFS 15526). */
static bool tells_holes(const struct file *source)
{
	struct statfs fs;

	return S_ISREG(source->st.st_mode) && fstatfs(source->fd, &fs) == 0 &&
	       fs.f_type != ZFS_MAGIC;
}

static enum status copy_data(struct copy *copy, int64_t size)
{
	bool has_holes = tells_holes(copy->source);
	enum status status = DONE;

	for (int64_t end, start = 0; start < size && status == DONE; start = end) {
		int64_t data = has_holes ? lseek(copy->source->fd, start, SEEK_DATA) : start;

		if (data < 0 && errno == ENXIO)
			break; /* nothing but a hole from here to the end */
		end = data < 0 ? -1 : has_holes ? lseek(copy->source->fd, data, SEEK_HOLE) : size;
		if (end <= data) { /* holes aren't told here after all */
			has_holes = false;
			data = start;
			end = size;
		}
		if (end > size)
			end = size;
		if (data < end)
			status = copy_range(copy, data, end);
	}
	return status;
}

enum status copy_sparse(const struct file *source, int64_t size, const struct file *target,
			int64_t *ret_data)
{
	_cleanup_progress_ struct progress progress = progress_begin(target, size);
	struct copy copy = {
		.source = source,
		.target = target,
		.progress = &progress,
		.is_sparse = S_ISREG(target->st.st_mode),
	};
	enum status status = copy_data(&copy, size);
	struct stat now;

	*ret_data = copy.data;
	if (status != DONE)
		return status;
	if (copy.is_sparse && ftruncate(target->fd, size) < 0)
		return msg_errno(FAILED, "cannot resize %s", file_quote(target));
	if (fstat(source->fd, &now) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(source));
	if (S_ISREG(now.st_mode) && now.st_size != source->st.st_size)
		return msg_error(FAILED, "cannot copy %s: it %s while being read",
				 file_quote(source),
				 now.st_size < source->st.st_size ? "shrank" : "grew");
	return DONE;
}
