/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_LOOP_H
#define IMAGE_LOOP_H

/*
 * Loop devices and the files behind them, without losetup.
 *
 * A device is matched by the inode and device number that LOOP_GET_STATUS64 tells, so it makes no
 * difference by which path, symbolic link or bind mount the file was attached, or whether it was
 * renamed since.  Needs the nodes in /dev and permission to open them (for reading: closing a
 * writable one makes udev probe it).  Who has neither looks into sysfs, which everybody may read:
 * it tells the path, in the view of whoever attached the file, and has no more than that.
 */

#include "subcmd/image/file.h"

/* Which loop device has the file ST, /dev/loop7?  RET_NUMBER is 7.  NO: on none.  ABSENT:
 * that can't be told, as nobody may look, or what is told leads nowhere. */
enum status loop_find(const struct stat *st, int *ret_number);

/* Which loop device has the file that was called NAME in DIR before it was removed?  RET_NUMBER is
 * as above.  NO: none; sysfs alone tells the name, so without it that is the answer.  NAME is NULL:
 * any file that was removed, wherever it was.  Errors are reported. */
enum status loop_find_removed(const struct dir *dir, const char *name, int *ret_number);

/* Tell every loop device on IMAGE that it is SIZE bytes long now.  FAILED if a device doesn't
 * listen (the others are told all the same), or without /dev. */
enum status loop_resize(const struct file *image, int64_t size);

#endif
