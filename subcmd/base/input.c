/* SPDX-License-Identifier: MIT */
#include "subcmd/base/input.h"

#include <fcntl.h>
#include <unistd.h>

#include "subcmd/base/msg.h"

enum status input_open(const struct dir *dir, const char *name, bool may_stream,
		       struct file *ret_file)
{
	const struct stat *st = &ret_file->st;

	*ret_file = (struct file){.fd = -1, .dir = dir, .name = name};
	/* Look before opening, since the mere opening of a device can do things. */
	if (fstatat(dir->fd, name, &ret_file->st, 0) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	if (!S_ISREG(st->st_mode) && !S_ISBLK(st->st_mode) &&
	    !(may_stream && S_ISFIFO(st->st_mode)))
		return msg_error(REFUSED,
				 "cannot read %s: neither a regular file nor a block device%s",
				 file_quote(ret_file), may_stream ? " nor a FIFO" : "");
	ret_file->fd = openat(dir->fd, name, O_RDONLY | O_NOCTTY | O_CLOEXEC);
	if (ret_file->fd < 0 || fstat(ret_file->fd, &ret_file->st) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	return DONE;
}

enum status input_open_stdin(struct file *ret_file)
{
	*ret_file = (struct file){.name = "/dev/stdin"};
	ret_file->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (ret_file->fd < 0 || fstat(ret_file->fd, &ret_file->st) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	return DONE;
}

bool input_is_stream(const struct file *file)
{
	bool is_file = S_ISREG(file->st.st_mode) || S_ISBLK(file->st.st_mode);

	return !is_file || lseek(file->fd, 0, SEEK_CUR) != 0;
}
