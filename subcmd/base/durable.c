/* SPDX-License-Identifier: MIT */
#include "subcmd/base/durable.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/tempname.h"

static int sync_retrying_signals(int fd)
{
	int result;

	/* A signal is no failure: the kernel waited for less, and lost nothing. */
	do
		result = fsync(fd);
	while (result < 0 && errno == EINTR);
	return result;
}

enum status durable_sync(struct dir *dir)
{
	if (msg_is_dry_run())
		return DONE;
	if (!dir->is_unsyncable && sync_retrying_signals(dir->fd) < 0) {
		if (errno != EINVAL)
			return msg_errno(FAILED, "cannot sync directory %s", quote_dir(dir));
		msg_warn("cannot sync directory %s, its file system doesn't do that:"
			 " a power cut may undo this",
			 quote_dir(dir));
		dir->is_unsyncable = true;
	}
	while (dir->n_held)
		(void)close(dir->held[--dir->n_held]);
	return DONE;
}

enum status durable_sync_file(int fd, const struct dir *dir, const char *name)
{
	if (msg_is_dry_run())
		return DONE;
	if (sync_retrying_signals(fd) < 0)
		return msg_errno(FAILED, "cannot sync %s", quote(dir, name));
	return DONE;
}

void durable_try_sync(int fd)
{
	(void)sync_retrying_signals(fd);
}

void durable_settle(const struct dir *dir)
{
	(void)syncfs(dir->fd);
}

/* Are there descriptors left for the work itself, behind FD? */
static bool leaves_room(int fd)
{
	struct rlimit limit;

	return getrlimit(RLIMIT_NOFILE, &limit) == 0 && (rlim_t)fd + 4 < limit.rlim_cur;
}

void durable_hold(struct dir *dir, const char *name)
{
	int fd;

	if (msg_is_dry_run() || dir->n_held == sizeof(dir->held) / sizeof(*dir->held))
		return;
	/* O_PATH opens nothing for use, so it can't hang, and keeps the inode all the same. */
	fd = openat(dir->fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (fd >= 0 && leaves_room(fd))
		dir->held[dir->n_held++] = fd;
	else if (fd >= 0)
		(void)close(fd);
}

/* Rename FROM to a name that has no links: reserved by an empty file, which goes if that fails. */
static int rename_to_reserved(int dirfd, const char *from, const char *to)
{
	int fd = openat(dirfd, to, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
	int saved;

	if (fd < 0)
		return -1;
	(void)close(fd);
	if (renameat(dirfd, from, dirfd, to) == 0)
		return 0;
	saved = errno;
	(void)unlinkat(dirfd, to, 0);
	errno = saved;
	return -1;
}

/* EEXIST if TO is taken. */
static int rename_new(int dirfd, const char *from, const char *to)
{
	if (kernel_rename_new(dirfd, from, to) == 0)
		return 0;
	if (errno != EINVAL && errno != ENOSYS)
		return -1;
	if (linkat(dirfd, from, dirfd, to, 0) == 0)
		return unlinkat(dirfd, from, 0);
	return errno == EPERM || errno == EOPNOTSUPP || errno == ENOSYS
		       ? rename_to_reserved(dirfd, from, to)
		       : -1;
}

static int rename_to(int dirfd, const char *from, const char *to, enum durable_target target)
{
	return target == DURABLE_NEW ? rename_new(dirfd, from, to)
				     : renameat(dirfd, from, dirfd, to);
}

/* What is taken that should be free is there in spite of what was seen in the directory. */
static enum status cannot(const char *verb, const struct dir *from_dir, const char *from,
			  const struct dir *to_dir, const char *to)
{
	return msg_errno(errno == EEXIST ? REFUSED : FAILED, "cannot %s %s to %s", verb,
			 quote(from_dir, from), quote(to_dir, to));
}

enum status durable_rename(const struct dir *dir, const char *from, const char *to,
			   enum durable_target target)
{
	if (!msg_is_dry_run() && rename_to(dir->fd, from, to, target) < 0)
		return errno == EXDEV ? NO : cannot("rename", dir, from, dir, to);
	msg_done("renamed %s -> %s", quote(dir, from), quote(dir, to));
	return DONE;
}

/* Link FROM to a tempname of TO. */
static int link_temp(const struct dir *from_dir, const char *from, const struct dir *to_dir,
		     const char *to, char ret_temp[static NAME_MAX + 1])
{
	int result;

	do {
		tempname_make(to, ret_temp);
		result = linkat(from_dir->fd, from, to_dir->fd, ret_temp, 0);
	} while (result < 0 && errno == EEXIST);
	return result;
}

/* What linkat(2) would say, as far as that can be told: EXDEV. */
static int would_link(const struct dir *from_dir, const struct dir *to_dir)
{
	struct stat from, to;

	if (fstat(from_dir->fd, &from) == 0 && fstat(to_dir->fd, &to) == 0 &&
	    from.st_dev == to.st_dev)
		return 0;
	errno = EXDEV;
	return -1;
}

enum status durable_link(const struct dir *from_dir, const char *from, const struct dir *to_dir,
			 const char *to, enum durable_target target)
{
	const bool is_replacing = target == DURABLE_REPLACE;
	char temp[NAME_MAX + 1];
	int result = msg_is_dry_run() ? would_link(from_dir, to_dir)
		     : is_replacing   ? link_temp(from_dir, from, to_dir, to, temp)
				      : linkat(from_dir->fd, from, to_dir->fd, to, 0);

	if (result < 0) {
		if (errno == EMLINK || errno == EPERM || errno == EXDEV || errno == EOPNOTSUPP)
			return NO;
		return cannot("link", from_dir, from, to_dir, to);
	}
	if (is_replacing && !msg_is_dry_run() && durable_move(to_dir, temp, to, target) != DONE) {
		durable_drop(to_dir, temp);
		return FAILED;
	}
	msg_done("linked %s -> %s", quote(from_dir, from), quote(to_dir, to));
	return DONE;
}

enum status durable_unlink(const struct dir *dir, const char *name)
{
	if (!msg_is_dry_run() && unlinkat(dir->fd, name, 0) < 0)
		return msg_errno(FAILED, "cannot remove %s", quote(dir, name));
	msg_done("removed %s", quote(dir, name));
	return DONE;
}

enum status durable_mkdir(const struct dir *parent, const char *name)
{
	if (!msg_is_dry_run() && mkdirat(parent->fd, name, 0777) < 0) {
		if (errno == EEXIST)
			return NO;
		return msg_errno(FAILED, "cannot create directory %s", quote(parent, name));
	}
	msg_done("created directory %s", quote(parent, name));
	return DONE;
}

/* What rmdir(2) would say of a directory that the caller has emptied, or perhaps made. */
static int would_rmdir(const struct dir *parent, const char *name)
{
	struct stat st;

	if (fstatat(parent->fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0 || S_ISDIR(st.st_mode))
		return 0;
	errno = ENOTDIR;
	return -1;
}

enum status durable_rmdir(const struct dir *parent, const char *name)
{
	int result = msg_is_dry_run() ? would_rmdir(parent, name)
				      : unlinkat(parent->fd, name, AT_REMOVEDIR);

	if (result < 0 && (errno == ENOTEMPTY || errno == EEXIST))
		return NO;
	if (result < 0 && errno != ENOTDIR && errno != EBUSY)
		return msg_errno(FAILED, "cannot remove directory %s", quote(parent, name));
	if (result == 0)
		msg_done("removed directory %s", quote(parent, name));
	return DONE;
}

enum status durable_name(int fd, const struct dir *dir, const char *name)
{
	char link[32];

	/* AT_EMPTY_PATH needs CAP_DAC_READ_SEARCH and answers ENOENT without; the way through
	 * /proc needs /proc.  See linkat(2). */
	if (linkat(fd, "", dir->fd, name, AT_EMPTY_PATH) == 0)
		return DONE;
	sprintf(link, "/proc/self/fd/%d", fd);
	if (errno == ENOENT && linkat(AT_FDCWD, link, dir->fd, name, AT_SYMLINK_FOLLOW) == 0)
		return DONE;
	if (errno == EEXIST)
		return NO;
	return msg_errno(FAILED, "cannot create %s", quote(dir, name));
}

enum status durable_move(const struct dir *dir, const char *temp, const char *name,
			 enum durable_target target)
{
	if (rename_to(dir->fd, temp, name, target) < 0)
		return cannot("rename", dir, temp, dir, name);
	return DONE;
}

void durable_drop(const struct dir *dir, const char *temp)
{
	int saved = errno;

	(void)unlinkat(dir->fd, temp, 0);
	errno = saved;
}
