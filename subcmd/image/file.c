/* SPDX-License-Identifier: MIT */
#include "subcmd/base/file.h"

#include <errno.h>
#include <fcntl.h>

#include "subcmd/base/msg.h"

enum status file_open(const struct dir *dir, const char *name, int flags, struct file *ret_file)
{
	const int dirfd = dir ? dir->fd : AT_FDCWD;

	*ret_file = (struct file){.fd = -1, .dir = dir, .name = name};
	if (msg_is_dry_run())
		flags = O_RDONLY;
	/* Look before opening, since the mere opening of a device can do things; and look again
	 * after, since it may have changed.  O_NONBLOCK keeps a FIFO from holding us up. */
	if (fstatat(dirfd, name, &ret_file->st, AT_SYMLINK_NOFOLLOW) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	if (S_ISREG(ret_file->st.st_mode)) {
		ret_file->fd = openat(dirfd, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
		if (ret_file->fd < 0)
			return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
		if (fstat(ret_file->fd, &ret_file->st) < 0)
			return msg_errno(FAILED, "cannot examine %s", file_quote(ret_file));
	}
	if (!S_ISREG(ret_file->st.st_mode))
		return msg_error(REFUSED, "cannot open %s: not a regular file",
				 file_quote(ret_file));
	return DONE;
}

int64_t file_size(const struct file *file)
{
	if (S_ISREG(file->st.st_mode))
		return file->st.st_size;
	if (S_ISBLK(file->st.st_mode)) {
		off_t here = lseek(file->fd, 0, SEEK_CUR), size = lseek(file->fd, 0, SEEK_END);

		return lseek(file->fd, here, SEEK_SET) == here ? size : -1;
	}
	return -1;
}

bool file_is_dated_copy(const struct stat *copy, const struct stat *of)
{
	return copy->st_nlink == 1 && copy->st_size == of->st_size &&
	       copy->st_mtim.tv_sec == of->st_mtim.tv_sec &&
	       copy->st_mtim.tv_nsec == of->st_mtim.tv_nsec;
}

void file_close(struct file *file)
{
	cleanup_close(&file->fd);
	file->fd = -1;
}
