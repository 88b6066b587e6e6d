/* SPDX-License-Identifier: MIT */
#include "subcmd/image/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/clock.h"
#include "subcmd/base/msg.h"

enum status file_refuse(const struct dir *dir, const char *name, const struct stat *st)
{
	char target[PATH_MAX];

	if (!S_ISLNK(st->st_mode))
		return msg_error(REFUSED, "cannot use %s: not a regular file", quote(dir, name));
	dir_read_link(dir, name, target);
	return msg_error(REFUSED, "cannot use %s: a symbolic link to %s", quote(dir, name),
			 quote(NULL, target));
}

enum status file_open_seen(const struct dir *dir, const char *name, int flags,
			   struct file *ret_file)
{
	*ret_file = (struct file){.dir = dir, .name = name};
	if (msg_is_dry_run())
		flags = O_RDONLY;
	/* O_NONBLOCK keeps a FIFO that has taken the file's place from holding us up. */
	ret_file->fd =
		openat(dir ? dir->fd : AT_FDCWD, name, flags | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (ret_file->fd < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	if (birth_stat(ret_file->fd, "", &ret_file->st, &ret_file->born) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(ret_file));
	return S_ISREG(ret_file->st.st_mode) ? DONE : file_refuse(dir, name, &ret_file->st);
}

enum status file_open(const struct dir *dir, const char *name, int flags, struct file *ret_file)
{
	*ret_file = (struct file){.fd = -1, .dir = dir, .name = name};
	/* Look before opening, since the mere opening of a device can do things; it is looked at
	 * again after, since it may have changed. */
	if (fstatat(dir ? dir->fd : AT_FDCWD, name, &ret_file->st, AT_SYMLINK_NOFOLLOW) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	if (!S_ISREG(ret_file->st.st_mode))
		return file_refuse(dir, name, &ret_file->st);
	return file_open_seen(dir, name, flags, ret_file);
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

bool file_may_be_copy(const struct stat *copy, const struct stat *of)
{
	return copy->st_size == of->st_size && clock_is_same(&copy->st_mtim, &of->st_mtim);
}

static enum status check_type(const struct file *file, bool may_stream)
{
	const mode_t mode = file->st.st_mode;

	if (S_ISREG(mode) || S_ISBLK(mode) || (may_stream && S_ISFIFO(mode)))
		return DONE;
	return msg_error(REFUSED, "cannot read %s: neither a regular file nor a block device%s",
			 file_quote(file), may_stream ? " nor a FIFO" : "");
}

enum status file_open_source(const struct dir *dir, const char *name, bool may_stream,
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
	if (ret_file->fd < 0 || birth_stat(ret_file->fd, "", &ret_file->st, &ret_file->born) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	status = check_type(ret_file, may_stream && !(flags & O_NONBLOCK));
	if (status == DONE && S_ISBLK(ret_file->st.st_mode) && file_size(ret_file) == 0)
		return msg_error(REFUSED, "cannot read %s: there is nothing behind that device",
				 file_quote(ret_file));
	return status;
}

enum status file_open_stdin(struct file *ret_file)
{
	*ret_file = (struct file){.name = "/dev/stdin"};
	ret_file->fd = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	if (ret_file->fd < 0 || fstat(ret_file->fd, &ret_file->st) < 0)
		return msg_errno(FAILED, "cannot open %s", file_quote(ret_file));
	return DONE;
}

bool file_may_retry(const struct file *file, short events)
{
	struct pollfd pipe = {.fd = file->fd, .events = events};

	return errno == EINTR || (errno == EAGAIN && poll(&pipe, 1, -1) > 0);
}

bool file_is_stream(const struct file *file)
{
	bool is_file = S_ISREG(file->st.st_mode) || S_ISBLK(file->st.st_mode);

	return !is_file || lseek(file->fd, 0, SEEK_CUR) != 0;
}

bool file_is_allocated(const struct file *file, int64_t size)
{
	struct stat st;

	return size > 0 && fstat(file->fd, &st) == 0 && S_ISREG(st.st_mode) &&
	       st.st_size == size && (int64_t)st.st_blocks * 512 >= size;
}

enum status file_set_size(const struct file *file, int64_t size)
{
	if (ftruncate(file->fd, size) < 0)
		return msg_errno(FAILED, "cannot resize %s", file_quote(file));
	return DONE;
}

enum status file_require_unchanged(const struct file *file, const char *deed)
{
	struct stat now;

	if (fstat(file->fd, &now) < 0)
		return msg_errno(FAILED, "cannot examine %s", file_quote(file));
	if (file_may_be_copy(&now, &file->st))
		return DONE;
	return msg_error(FAILED, "cannot %s %s: it was written to while it was read", deed,
			 file_quote(file));
}

void file_close(struct file *file)
{
	cleanup_close(&file->fd);
	file->fd = -1;
}
