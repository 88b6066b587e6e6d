/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_USE_H
#define IMAGE_USE_H

/*
 * Does anybody write to an image?
 *
 * A read lease, fcntl(2) F_SETLEASE, is refused with EAGAIN while anybody has the inode open for
 * writing: a process, a loop device (attached in any namespace, by any name, also one that
 * "losetup -d" only detaches when its last user goes), a qemu, a shared writable mapping that is
 * all that is left of an open file.  Readers and read-only loop devices don't matter.  (Linux 6.18;
 * btrfs, XFS, ext4, tmpfs.)  It is one system call, however many devices there are.  The lease is
 * given back at once; whoever wants to write in between waits so long, and the kernel sends us
 * SIGIO, which is blocked (process.h).
 *
 * Only the owner and CAP_LEASE get a lease (EACCES), and some file systems have none (EINVAL). Then
 * the loop devices are looked at, and if that can't be done either, the answer is "perhaps".
 */

#include "subcmd/image/file.h"

enum use { USE_NO, USE_YES, USE_PERHAPS };

/* FILE is open for reading alone, and a regular file. */
enum use use_of(const struct file *file);

/* The same of NAME in DIR, with one system call less.  What isn't there, or isn't a regular file,
 * is used by nobody; perhaps, if it can't be opened. */
enum use use_of_name(const struct dir *dir, const char *name);

/* The same for what depends on the answer: that it can't be opened is an error, but for who may not
 * read it.  RET_IS_LOST, unless it is NULL: is it marked as lost (mark.h)? */
enum status use_find(const struct dir *dir, const char *name, enum use *ret_use, bool *ret_is_lost);

/* Who is it?  For a message: "'/dev/loop3' uses it", "a process has it open for writing", "perhaps
 * somebody writes to it".  In a static buffer. */
const char *use_describe(const struct dir *dir, const char *name, enum use use);

/* Warn that somebody writes to NAME, if it is so.  Is it, perhaps? */
bool use_warn(const struct dir *dir, const char *name, enum use use);

/* REFUSED, with the message "cannot DEED NAME: who uses it (HINT)", unless nobody writes to it. */
enum status use_require_none(const struct dir *dir, const char *name, const char *deed,
			     const char *hint);

#endif
