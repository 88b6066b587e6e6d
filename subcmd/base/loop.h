/* SPDX-License-Identifier: MIT */
#ifndef BASE_LOOP_H
#define BASE_LOOP_H

/*
 * Loop devices and the files behind them, without losetup.
 *
 * A device is matched by the inode and device number that LOOP_GET_STATUS64 tells, so it makes no
 * difference by which path, symbolic link or bind mount the file was attached, or whether it was
 * renamed since; sysfs would only tell a path of somebody else's view.  Needs the nodes in /dev
 * and permission to open them (for reading: closing a writable one makes udev probe it).
 */

#include <limits.h>
#include <stdbool.h>
#include <sys/stat.h>

#include "subcmd/base/file.h"

/* Is the file ST attached to a loop device?  Its path then is RET_DEVICE. */
bool loop_find(const struct stat *st, char ret_device[static NAME_MAX]);

/* Tell every loop device on IMAGE that it is SIZE bytes long now.  FAILED if a device doesn't
 * listen; the others are told all the same. */
enum status loop_resize(const struct file *image, int64_t size);

#endif
