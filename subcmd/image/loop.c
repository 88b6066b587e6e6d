/* SPDX-License-Identifier: MIT */
#include "subcmd/image/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"

enum { SECTOR = 512, TRIES = 64, PAUSE_NS = 50000000 };

static const char DEV[] = "/dev", SYS[] = "/sys/block", REMOVED[] = " (deleted)";

/* loop7, but not loop7p1 (a partition) and loop-control */
static bool is_loop_device(const char *name)
{
	return strncmp(name, "loop", 4) == 0 && name[4] &&
	       !name[4 + strspn(name + 4, "0123456789")];
}

/* No node behind the name, no device behind the node, no file behind the device. */
static bool means_nothing_there(int error)
{
	return error == ENOENT || error == ENXIO || error == ENODEV || error == ENOTTY;
}

static bool means_not_for_us(int error)
{
	return error == EACCES || error == EPERM;
}

struct loop {
	int number; /* of /dev/loop7 */
	struct kernel_loop file;
};

static bool has_file(const struct loop *loop, const struct stat *st)
{
	return loop->file.ino == st->st_ino && loop->file.dev == st->st_dev;
}

/* Open the next attached loop device, and say which.  NO: there are no more.  FAILED, with errno
 * and no message: it can't be opened, RET_LOOP says which, and the next call goes on behind it; or
 * none can be found, by number -1. */
static enum status next_device(DIR *dev, struct loop *ret_loop, int *ret_fd)
{
	const struct dirent *entry;

	for (errno = 0; (entry = readdir(dev)); errno = 0) {
		_cleanup_close_ int fd = -1;

		if (!is_loop_device(entry->d_name))
			continue;
		ret_loop->number = atoi(entry->d_name + 4);
		fd = openat(dirfd(dev), entry->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && kernel_loop_backing(fd, &ret_loop->file) == 0) {
			*ret_fd = fd;
			fd = -1;
			return DONE;
		}
		if (!means_nothing_there(errno))
			return FAILED;
	}
	if (!errno)
		return NO;
	ret_loop->number = -1;
	return FAILED;
}

/* NO: it is on none.  ABSENT: not all of them can be looked at. */
static enum status find_in_dev(const struct stat *st, int *ret_number)
{
	_cleanup_closedir_ DIR *dev = opendir(DEV);
	enum status status = ABSENT;
	struct loop loop = {.number = -1};
	int fd;

	while (dev && (status = next_device(dev, &loop, &fd)) == DONE) {
		cleanup_close(&fd);
		*ret_number = loop.number;
		if (has_file(&loop, st))
			return DONE;
	}
	/* A /dev without any of them isn't the whole one. */
	return status == NO && loop.number >= 0 ? NO : ABSENT;
}

/* The path of the file behind the loop device NAME in sysfs.  NO: there is none. */
static enum status backing_path(int sys, const char *name, char ret_path[static PATH_MAX])
{
	char file[64];
	_cleanup_close_ int fd = -1;
	ssize_t length;

	snprintf(file, sizeof(file), "%.32s/loop/backing_file", name);
	fd = openat(sys, file, O_RDONLY | O_CLOEXEC);
	length = fd < 0 ? -1 : read(fd, ret_path, PATH_MAX - 1);
	if (length <= 0)
		return fd < 0 && errno == ENOENT ? NO : ABSENT;
	ret_path[length - 1] = '\0'; /* a newline */
	return DONE;
}

/* Is the file behind the loop device NAME in sysfs ST?  NO; or ABSENT: the path doesn't lead to it
 * from here, as it is one of another mount namespace, or the file was removed ("/path (deleted)").
 */
static enum status is_behind(int sys, const char *name, const struct stat *st)
{
	char path[PATH_MAX];
	const enum status status = backing_path(sys, name, path);
	struct stat found;

	if (status != DONE)
		return status;
	if (stat(path, &found) < 0)
		return ABSENT;
	return file_is_same(&found, st) ? DONE : NO;
}

static enum status find_in_sysfs(const struct stat *st, int *ret_number)
{
	_cleanup_closedir_ DIR *sys = opendir(SYS);
	enum status status = sys ? NO : ABSENT;
	const struct dirent *entry;

	while (sys && (entry = readdir(sys))) {
		enum status one = NO;

		if (is_loop_device(entry->d_name))
			one = is_behind(dirfd(sys), entry->d_name, st);
		if (one == DONE) {
			*ret_number = atoi(entry->d_name + 4);
			return DONE;
		}
		status = one == ABSENT ? ABSENT : status;
	}
	return status;
}

enum status loop_find(const struct stat *st, int *ret_number)
{
	const enum status status = find_in_dev(st, ret_number);

	return status == ABSENT ? find_in_sysfs(st, ret_number) : status;
}

enum status loop_find_removed(const struct dir *dir, const char *name, int *ret_number)
{
	_cleanup_closedir_ DIR *sys = opendir(SYS);
	char directory[PATH_MAX], wanted[PATH_MAX + NAME_MAX + sizeof(REMOVED)], path[PATH_MAX];
	const struct dirent *entry;

	if (!sys && errno != ENOENT)
		return msg_errno(FAILED, "cannot read %s", quote(NULL, SYS));
	if (name) {
		dir_real_path(dir, directory);
		snprintf(wanted, sizeof(wanted), "%s/%s%s", directory, name, REMOVED);
	}
	while (sys && (entry = readdir(sys))) {
		size_t length;

		if (!is_loop_device(entry->d_name) ||
		    backing_path(dirfd(sys), entry->d_name, path) != DONE)
			continue;
		*ret_number = atoi(entry->d_name + 4);
		length = strlen(path);
		if (name ? strcmp(path, wanted) == 0
			 : length >= strlen(REMOVED) &&
				    strcmp(path + length - strlen(REMOVED), REMOVED) == 0)
			return DONE;
	}
	return NO;
}

/* The device may be busy with something else for a moment, then says EAGAIN. */
static int set_capacity(int fd)
{
	for (int i = 0;; i++) {
		if (kernel_loop_set_capacity(fd) == 0)
			return 0;
		if ((errno != EAGAIN && errno != EINTR) || i == TRIES)
			return -1;
		nanosleep(&(struct timespec){.tv_nsec = PAUSE_NS}, NULL);
	}
}

/* How long is the device if the file on it is SIZE bytes long?  As the kernel has it. */
static int64_t size_within(const struct kernel_loop *file, int64_t size)
{
	uint64_t length = (uint64_t)size > file->offset ? (uint64_t)size - file->offset : 0;

	if (file->limit && file->limit < length)
		length = file->limit;
	return (int64_t)(length / SECTOR * SECTOR);
}

static enum status tell_size(int fd, const struct loop *loop, int64_t size)
{
	off_t before = lseek(fd, 0, SEEK_END), after = size_within(&loop->file, size);

	if (!msg_is_dry_run()) {
		if (set_capacity(fd) < 0)
			return msg_errno(FAILED, "cannot resize loop device '%s/loop%d'", DEV,
					 loop->number);
		after = lseek(fd, 0, SEEK_END); /* it may begin or end within the file */
	}
	if (after != before)
		msg_done(msg_is_dry_run() ? "loop device '%s/loop%d' that it is %lld bytes now"
					  : "loop device '%s/loop%d' now %lld bytes",
			 DEV, loop->number, (long long)after);
	return DONE;
}

enum status loop_resize(const struct file *image, int64_t size)
{
	_cleanup_closedir_ DIR *dev = opendir(DEV);
	enum status status = DONE, told = DONE;
	struct loop loop = {.number = 0};

	if (!dev) {
		(void)msg_errno(FAILED, "cannot look for loop devices in '%s'", DEV);
		return FAILED;
	}
	while (status == DONE) {
		_cleanup_close_ int device = -1;

		status = next_device(dev, &loop, &device);
		if (status == FAILED && loop.number < 0)
			(void)msg_errno(FAILED, "cannot list directory '%s'", DEV);
		else if (status == FAILED && means_not_for_us(errno))
			status = DONE;
		else if (status == FAILED)
			(void)msg_errno(FAILED, "cannot examine loop device '%s/loop%d'", DEV,
					loop.number);
		else if (status == DONE && has_file(&loop, &image->st) &&
			 tell_size(device, &loop, size) != DONE)
			told = FAILED;
	}
	return status == NO ? told : status;
}
