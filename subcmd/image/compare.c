/* SPDX-License-Identifier: MIT */
#include "subcmd/image/compare.h"

#include <errno.h>
#include <string.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"

enum { ROOM = 128 * 1024 };

BIG unsigned char compare_buffers[2][ROOM];

/* Read ROOM bytes, or what is left of the file; RET_LENGTH is less at its end alone. */
static enum status fill(const struct file *file, int64_t offset, unsigned char *buffer,
			size_t *ret_length)
{
	size_t length = 0;

	while (length < ROOM) {
		const ssize_t n =
			pread(file->fd, buffer + length, ROOM - length, offset + (int64_t)length);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return msg_errno(FAILED, "cannot read %s", file_quote(file));
		if (n == 0)
			break;
		length += (size_t)n;
	}
	*ret_length = length;
	return DONE;
}

enum status compare_files(const struct file *a, const struct file *b, bool *ret_is_equal)
{
	size_t left, right;
	int64_t offset = 0;

	do {
		enum status status = fill(a, offset, compare_buffers[0], &left);

		if (status == DONE)
			status = fill(b, offset, compare_buffers[1], &right);
		if (status != DONE)
			return status;
		*ret_is_equal =
			left == right && memcmp(compare_buffers[0], compare_buffers[1], left) == 0;
		offset += ROOM;
	} while (*ret_is_equal && left == ROOM);
	return DONE;
}
