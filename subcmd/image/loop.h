/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LOOP_H
#define IMAGE_LOOP_H

/*
 * Loop devices and the files behind them, without losetup.
 *
 * A device is matched by the inode and device number that LOOP_GET_STATUS64 tells, so it makes no
 * difference by which path, symbolic link or bind mount the file was attached, or whether it was
 * renamed since; sysfs would only tell a path of somebody else's view.  Needs the nodes in /dev
 * and permission to open them (for reading: closing a writable one makes udev probe it).
 */

#include <stddef.h>
#include <sys/stat.h>

#include "subcmd/image/file.h"

/* The files attached to loop devices at this moment. */
struct loop {
	int number; /* of /dev/loop7 */
	dev_t dev;  /* of the file */
	ino_t ino;
};

struct loops {
	struct loop *loops; /* on the heap: loops_free() */
	size_t count;
};

/* Where there is no /dev, as in a bare rescue shell, that is a warning: none are found. */
enum status loops_list(struct loops *ret_loops);
void loops_free(struct loops *loops);

#define _cleanup_loops_ _cleanup_(loops_free)

/* Which of them has the file ST?  NULL: none. */
const struct loop *loops_find(const struct loops *loops, const struct stat *st);

/* Tell every loop device on IMAGE that it is SIZE bytes long now.  FAILED if a device doesn't
 * listen (the others are told all the same), or without /dev. */
enum status loop_resize(const struct file *image, int64_t size);

#endif
