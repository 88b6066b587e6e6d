/* SPDX-License-Identifier: MIT */
#include "subcmd/base/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"

enum { SECTOR = 512, TRIES = 64, PAUSE_NS = 50000000 };

static const char DEV[] = "/dev";

/* loop7, but not loop7p1 (a partition) and loop-control */
static bool is_loop_device(const char *name)
{
	return strncmp(name, "loop", 4) == 0 && name[4] && !name[4 + strspn(name + 4, "0123456789")];
}

/* Open the next loop device on the file ST, and say which; -1: no more. */
static int next_on(DIR *dev, const struct stat *st, char name[static NAME_MAX])
{
	const struct dirent *entry;

	while ((entry = readdir(dev))) {
		int fd;
		dev_t device;
		ino_t inode;

		if (!is_loop_device(entry->d_name))
			continue;
		fd = openat(dirfd(dev), entry->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd < 0)
			continue;
		if (kernel_loop_backing(fd, &device, &inode) == 0 && device == st->st_dev &&
		    inode == st->st_ino) {
			snprintf(name, NAME_MAX, "%s/%s", DEV, entry->d_name);
			return fd;
		}
		(void)close(fd);
	}
	return -1;
}

bool loop_find(const struct stat *st, char ret_device[static NAME_MAX])
{
	_cleanup_closedir_ DIR *dev = opendir(DEV);
	_cleanup_close_ int fd = dev ? next_on(dev, st, ret_device) : -1;

	return fd >= 0;
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

static enum status tell(int fd, const char *name, int64_t size)
{
	off_t before = lseek(fd, 0, SEEK_END), after = size / SECTOR * SECTOR;

	if (!msg_is_dry_run()) {
		if (set_capacity(fd) < 0)
			return msg_errno(FAILED, "cannot resize loop device %s", quote(NULL, name));
		after = lseek(fd, 0, SEEK_END); /* it may begin or end within the file */
	}
	if (after != before)
		msg_done("loop device %s now %lld bytes", quote(NULL, name), (long long)after);
	return DONE;
}

enum status loop_resize(const struct file *image, int64_t size)
{
	_cleanup_closedir_ DIR *dev = opendir(DEV);
	enum status status = DONE;
	char name[NAME_MAX];

	for (;;) {
		_cleanup_close_ int fd = dev ? next_on(dev, &image->st, name) : -1;

		if (fd < 0)
			return status;
		if (tell(fd, name, size) != DONE)
			status = FAILED;
	}
}
