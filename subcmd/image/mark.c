/* SPDX-License-Identifier: MIT */
#include "subcmd/image/mark.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/xattr.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"

static const char *const roles[] = {
	[MARK_PRECACHE] = "",
	[MARK_SOURCE] = " source",
	[MARK_STATE] = " state",
};

static const char OF[] = "user.reflinkctl.of", LOST[] = "user.reflinkctl.lost";

struct mark mark_make(enum mark_role role, const struct stat *st, const struct timespec *born)
{
	struct mark mark = {.text = ""};

	if (!born->tv_sec && !born->tv_nsec)
		return mark;
	snprintf(mark.text, sizeof(mark.text), "1 %llu %lld.%09ld %lld.%09ld %lld%s",
		 (unsigned long long)st->st_ino, (long long)st->st_mtim.tv_sec, st->st_mtim.tv_nsec,
		 (long long)born->tv_sec, born->tv_nsec, (long long)st->st_size, roles[role]);
	return mark;
}

struct mark mark_of(enum mark_role role, const struct file *file)
{
	return mark_make(role, &file->st, &file->born);
}

/* errno of fsetxattr(2): not here, not for us, or no room left for it. */
static bool means_no_mark(int error)
{
	return error == EOPNOTSUPP || error == ENOSYS || error == EPERM || error == EACCES ||
	       error == ENOSPC || error == EDQUOT || error == E2BIG || error == ERANGE;
}

enum status mark_put(const struct file *file, const struct mark *mark)
{
	if (!*mark->text)
		return NO;
	if (fsetxattr(file->fd, OF, mark->text, strlen(mark->text), 0) == 0)
		return DONE;
	if (means_no_mark(errno))
		return NO;
	return msg_errno(FAILED, "cannot mark %s", file_quote(file));
}

struct mark mark_read(int fd)
{
	struct mark mark = {.text = ""};
	const ssize_t length = fd < 0 ? 0 : fgetxattr(fd, OF, mark.text, sizeof(mark.text) - 1);

	mark.text[length < 0 ? 0 : length] = '\0';
	return mark;
}

enum status mark_read_name(const struct dir *dir, const char *name, struct mark *ret_mark)
{
	enum { FLAGS = O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC };
	_cleanup_close_ int fd = openat(dir->fd, name, FLAGS);

	*ret_mark = mark_read(fd);
	return fd < 0 && errno != ENOENT ? FAILED : DONE;
}

bool mark_is_of_source(const struct mark *mark)
{
	const size_t length = strlen(mark->text), end = strlen(roles[MARK_SOURCE]);

	return length >= end && strcmp(mark->text + length - end, roles[MARK_SOURCE]) == 0;
}

bool mark_is_of_precache(const struct mark *mark, const struct stat *st)
{
	unsigned long long ino;
	long long sec;
	long nsec;
	struct stat of = *st;
	struct mark wanted;

	if (sscanf(mark->text, "1 %llu %*d.%*d %lld.%ld ", &ino, &sec, &nsec) != 3)
		return false;
	of.st_ino = ino;
	wanted = mark_make(MARK_PRECACHE, &of, &(struct timespec){sec, nsec});
	return mark_is_equal(mark, &wanted);
}

enum status mark_find_of_source(const struct dir *dir, const char *name, bool *ret_is)
{
	struct mark mark;

	if (mark_read_name(dir, name, &mark) != DONE)
		return msg_errno(FAILED, "cannot open %s", quote(dir, name));
	*ret_is = mark_is_of_source(&mark);
	return DONE;
}

bool mark_is_equal(const struct mark *a, const struct mark *b)
{
	return *a->text && strcmp(a->text, b->text) == 0;
}

enum status mark_sync(const struct file *file)
{
	const enum status status = durable_sync_file(file->fd, file->dir, file->name);
	int saved = errno;

	if (status == DONE)
		return DONE;
	/* Whether the mark gets to the disk is not ours to say; that it tries to is. */
	if (fsetxattr(file->fd, LOST, "1", 1, 0) == 0)
		durable_try_sync(file->fd);
	msg_warn("what was written to %s last may be lost: it is not on the disk, and to try again"
		 " mends nothing",
		 file_quote(file));
	errno = saved;
	return status;
}

bool mark_is_lost(int fd)
{
	return fgetxattr(fd, LOST, NULL, 0) >= 0;
}

enum status mark_refuse(const struct dir *dir, const char *name, const char *ways)
{
	return msg_error(REFUSED, "cannot trust %s: what was written to it last may be lost (%s)",
			 quote(dir, name), ways);
}

enum status mark_require_whole(const struct file *file, const char *ways)
{
	return mark_is_lost(file->fd) ? mark_refuse(file->dir, file->name, ways) : DONE;
}

enum status mark_pass_on(const struct file *from, const struct file *to)
{
	if (!mark_is_lost(from->fd) || fsetxattr(to->fd, LOST, "1", 1, 0) == 0)
		return DONE;
	return msg_errno(FAILED, "cannot mark %s", file_quote(to));
}

enum status mark_forgive(const struct file *file)
{
	if (msg_is_dry_run() || !mark_is_lost(file->fd) || fremovexattr(file->fd, LOST) == 0)
		return DONE;
	return msg_errno(FAILED, "cannot unmark %s", file_quote(file));
}
