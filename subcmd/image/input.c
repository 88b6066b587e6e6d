/* SPDX-License-Identifier: MIT */
#include "subcmd/base/input.h"

#include <fcntl.h>
#include <unistd.h>

#include "subcmd/base/msg.h"

static enum status check_type(const struct file *file, bool may_stream)
{
	const mode_t mode = file->st.st_mode;

	if (S_ISREG(mode) || S_ISBLK(mode) || (may_stream && S_ISFIFO(mode)))
		return DONE;
	return msg_error(REFUSED, "cannot read %s: neither a regular file nor a block device%s",
			 file_quote(file), may_stream ? " nor a FIFO" : "");
}

enum status input_open(const struct dir *dir, const char *name, bool may_stream,
		       struct file *ret_file)
{
	int flags = O_RDONLY | O_NOCTTY | O_CLOEXEC;
	enum status status;

	*ret_file = (struct file){.fd = -1, .dir = dir, .name = name};
	/* Look before opening, since the mere opening of a device can do things; and look again
	 * after, since it may have changed.  O_NONBLOCK keeps a FIFO that has taken the place of a
	 * file from holding us up; to a device it might mean something. */
	if (fstatat(dir->fd, name, &ret_file->st, 0) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	status = check_type(ret_file, may_stream);
	if (status != DONE)
		return status;
	if (S_ISREG(ret_file->st.st_mode))
		flags |= O_NONBLOCK;
	ret_file->fd = openat(dir->fd, name, flags);
	if (ret_file->fd < 0 || fstat(ret_file->fd, &ret_file->st) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	status = check_type(ret_file, may_stream && !(flags & O_NONBLOCK));
	if (status == DONE && S_ISBLK(ret_file->st.st_mode) && file_size(ret_file) == 0)
		return msg_error(REFUSED, "cannot read %s: there is nothing behind that device",
				 file_quote(ret_file));
	return status;
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
