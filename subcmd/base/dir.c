/* SPDX-License-Identifier: MIT */
#include "subcmd/base/dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"

enum { OPEN_DIRECTORY = O_RDONLY | O_DIRECTORY | O_CLOEXEC };

char *dir_join(const struct dir *dir, const char *name)
{
	return path_join(dir->path, name);
}

/* The end of opening: is it open, and if not, who is told? */
static enum status conclude(const struct dir *dir, enum dir_need need)
{
	if (dir->fd >= 0)
		return DONE;
	if (errno == ENOENT && need == DIR_MAY_LACK)
		return ABSENT;
	return msg_errno(FAILED, "cannot open directory %s", quote_dir(dir));
}

/* The path of what is open as FD; -1 where /proc can't tell. */
static int real_path(int fd, char path[static PATH_MAX])
{
	char link[32];
	ssize_t n;

	sprintf(link, "/proc/self/fd/%d", fd);
	n = readlink(link, path, PATH_MAX - 1);
	if (n < 0)
		return -1;
	path[n] = '\0';
	return 0;
}

void dir_real_path(const struct dir *dir, char ret_path[static PATH_MAX])
{
	if (real_path(dir->fd, ret_path) < 0)
		snprintf(ret_path, PATH_MAX, "%s", dir->path);
}

/* Where the way led through "..", say where it has led, if that can be told. */
static void simplify(struct dir *dir)
{
	char there[PATH_MAX], *path;

	if (dir->fd < 0 || !strstr(dir->path, "/..") || real_path(dir->fd, there) < 0)
		return;
	path = strdup(there);
	if (path) {
		free(dir->path);
		dir->path = path;
	}
}

enum status dir_open(const struct dir *base, const char *path, enum dir_need need,
		     struct dir *ret_dir)
{
	*ret_dir = DIR_CLOSED;
	ret_dir->path = path_complete(base ? base->path : NULL, path);
	if (!ret_dir->path)
		return FAILED;
	ret_dir->fd = openat(base ? base->fd : AT_FDCWD, path, OPEN_DIRECTORY);
	simplify(ret_dir);
	return conclude(ret_dir, need);
}

/* RESOLVE_BENEATH refuses every absolute link.  See where it leads, and if that is beneath BASE
 * walk there from BASE without any link.  Keeps EXDEV if it isn't. */
static int open_absolute_link(int base, const char *path)
{
	char there[PATH_MAX], top[PATH_MAX];
	_cleanup_close_ int fd = openat(base, path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	size_t length;

	if (fd < 0)
		return -1;
	if (real_path(fd, there) == 0 && real_path(base, top) == 0) {
		length = strcmp(top, "/") == 0 ? 0 : strlen(top);
		if (strcmp(there, top) == 0)
			return openat(base, ".", OPEN_DIRECTORY);
		if (strncmp(there, top, length) == 0 && there[length] == '/')
			return kernel_open_beneath(base, there + length + 1, OPEN_DIRECTORY, false);
	}
	errno = EXDEV;
	return -1;
}

/* For kernels without openat2(2): step by step, following nothing. */
static int open_stepwise(int base, const char *path)
{
	char name[NAME_MAX + 1];
	int fd = dup(base);

	while (fd >= 0 && *path) {
		size_t length = strcspn(path, "/");
		_cleanup_close_ int above = fd;

		if (length > NAME_MAX) {
			errno = ENAMETOOLONG;
			return -1;
		}
		memcpy(name, path, length);
		name[length] = '\0';
		fd = openat(above, name, OPEN_DIRECTORY | O_NOFOLLOW);
		path += length + strspn(path + length, "/");
	}
	return fd;
}

static int open_beneath(const struct dir *base, const char *path)
{
	int fd = kernel_open_beneath(base->fd, path, OPEN_DIRECTORY, true);

	if (fd < 0 && errno == EXDEV)
		fd = open_absolute_link(base->fd, path);
	if (fd < 0 && errno == ENOSYS)
		fd = open_stepwise(base->fd, path);
	return fd;
}

bool dir_is_beneath(const struct dir *base, const char *path)
{
	_cleanup_close_ int fd = open_beneath(base, path);

	return fd >= 0;
}

enum status dir_open_beneath(const struct dir *base, const char *path, enum dir_need need,
			     struct dir *ret_dir)
{
	*ret_dir = DIR_CLOSED;
	ret_dir->path = path_complete(base->path, path);
	if (!ret_dir->path)
		return FAILED;
	ret_dir->fd = open_beneath(base, path);
	if (ret_dir->fd < 0 && errno == EXDEV)
		return msg_error(REFUSED, "cannot open directory %s: a symbolic link leaves %s",
				 quote_dir(ret_dir), quote_dir(base));
	return conclude(ret_dir, need);
}

void dir_read_link(const struct dir *dir, const char *name, char ret_target[static PATH_MAX])
{
	const ssize_t n = readlinkat(dir ? dir->fd : AT_FDCWD, name, ret_target, PATH_MAX - 1);

	ret_target[n < 0 ? 0 : n] = '\0';
}

enum status dir_pretend(const struct dir *parent, const char *name, struct dir *ret_dir)
{
	*ret_dir = DIR_CLOSED;
	ret_dir->path = dir_join(parent, name);
	if (!ret_dir->path)
		return FAILED;
	ret_dir->fd = fcntl(parent->fd, F_DUPFD_CLOEXEC, 0);
	if (ret_dir->fd < 0)
		return msg_errno(FAILED, "cannot open directory %s", quote_dir(parent));
	return DONE;
}

enum status dir_lock(struct dir *dir, double wait)
{
	double start = -1; /* no look at the clock for a lock that is free */
	bool has_told = false;

	while (flock(dir->fd, LOCK_EX | LOCK_NB) < 0) {
		double waited;

		start = start < 0 ? clock_now() : start;
		waited = clock_now() - start;
		dir->has_waited = true;
		if (errno != EWOULDBLOCK && errno != EINTR)
			return msg_errno(FAILED, "cannot lock %s", quote_dir(dir));
		if (wait >= 0 && waited >= wait)
			return msg_error(BUSY, "cannot lock %s: another process is at work there",
					 quote_dir(dir));
		if (!has_told && waited >= 1) {
			msg_note("waiting for another process at work in %s", quote_dir(dir));
			has_told = true;
		}
		/* Polling, because flock(2) knows no timeout and a signal could come too early. */
		nanosleep(&(struct timespec){.tv_nsec = waited < 0.1 ? 1000000 : 20000000}, NULL);
	}
	return DONE;
}

enum status dir_unlock(const struct dir *dir)
{
	while (flock(dir->fd, LOCK_UN) < 0)
		if (errno != EINTR)
			return msg_errno(FAILED, "cannot unlock %s", quote_dir(dir));
	return DONE;
}

void dir_close(struct dir *dir)
{
	int saved = errno;

	while (dir->n_held)
		(void)close(dir->held[--dir->n_held]);
	if (dir->fd >= 0)
		(void)close(dir->fd);
	free(dir->path);
	*dir = DIR_CLOSED;
	errno = saved;
}
