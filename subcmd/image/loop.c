/* SPDX-License-Identifier: MIT */
#include "subcmd/image/loop.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"

enum { SECTOR = 512, TRIES = 64, PAUSE_NS = 50000000 };

static const char DEV[] = "/dev";

/* loop7, but not loop7p1 (a partition) and loop-control */
static bool is_loop_device(const char *name)
{
	return strncmp(name, "loop", 4) == 0 && name[4] &&
	       !name[4 + strspn(name + 4, "0123456789")];
}

/* No node behind the name, no device behind the node, no file behind the device, or not for us. */
static bool means_nothing_there(int error)
{
	return error == ENOENT || error == ENXIO || error == ENODEV || error == EACCES ||
	       error == EPERM || error == ENOTTY;
}

/* Open the next attached loop device, and say which.  NO: there are no more. */
static enum status next(DIR *dev, struct loop *ret_loop, int *ret_fd)
{
	const struct dirent *entry;

	for (errno = 0; (entry = readdir(dev)); errno = 0) {
		_cleanup_close_ int fd = -1;

		if (!is_loop_device(entry->d_name))
			continue;
		fd = openat(dirfd(dev), entry->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0 && kernel_loop_backing(fd, &ret_loop->dev, &ret_loop->ino) == 0) {
			ret_loop->number = atoi(entry->d_name + 4);
			*ret_fd = fd;
			fd = -1;
			return DONE;
		}
		if (!means_nothing_there(errno))
			return msg_errno(FAILED, "cannot examine loop device '%s/%s'", DEV,
					 entry->d_name);
	}
	if (errno)
		return msg_errno(FAILED, "cannot list directory '%s'", DEV);
	return NO;
}

static bool has(const struct loop *loop, const struct stat *st)
{
	return loop->ino == st->st_ino && loop->dev == st->st_dev;
}

enum status loops_list(struct loops *ret_loops)
{
	_cleanup_closedir_ DIR *dev = opendir(DEV);
	enum status status = DONE;
	static bool has_warned;
	struct loop loop;
	int fd;

	*ret_loops = (struct loops){0};
	if (!dev && errno == ENOENT) {
		if (!has_warned)
			msg_warn("cannot look for loop devices in '%s': %s", DEV, strerror(errno));
		has_warned = true;
		return DONE;
	}
	if (!dev)
		return msg_errno(FAILED, "cannot look for loop devices in '%s'", DEV);
	while (status == DONE && (status = next(dev, &loop, &fd)) == DONE) {
		struct loop *more =
			reallocarray(ret_loops->loops, ret_loops->count + 1, sizeof(*more));

		cleanup_close(&fd);
		if (!more)
			return msg_errno(FAILED, "cannot list loop devices");
		ret_loops->loops = more;
		ret_loops->loops[ret_loops->count++] = loop;
	}
	return status == NO ? DONE : status;
}

void loops_free(struct loops *loops)
{
	free(loops->loops);
}

const struct loop *loops_find(const struct loops *loops, const struct stat *st)
{
	for (size_t i = 0; i < loops->count; i++)
		if (has(&loops->loops[i], st))
			return &loops->loops[i];
	return NULL;
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

static enum status tell(int fd, const struct loop *loop, int64_t size)
{
	off_t before = lseek(fd, 0, SEEK_END), after = size / SECTOR * SECTOR;

	if (!msg_is_dry_run()) {
		if (set_capacity(fd) < 0)
			return msg_errno(FAILED, "cannot resize loop device '%s/loop%d'", DEV,
					 loop->number);
		after = lseek(fd, 0, SEEK_END); /* it may begin or end within the file */
	}
	if (after != before)
		msg_done("loop device '%s/loop%d' now %lld bytes", DEV, loop->number,
			 (long long)after);
	return DONE;
}

enum status loop_resize(const struct file *image, int64_t size)
{
	_cleanup_closedir_ DIR *dev = opendir(DEV);
	enum status status = DONE, told = DONE;
	struct loop loop;
	int fd;

	if (!dev) {
		(void)msg_errno(FAILED, "cannot look for loop devices in '%s'", DEV);
		return FAILED;
	}
	while (status == DONE && (status = next(dev, &loop, &fd)) == DONE) {
		_cleanup_close_ int device = fd;

		if (has(&loop, &image->st) && tell(device, &loop, size) != DONE)
			told = FAILED;
	}
	return status == NO ? told : status;
}
