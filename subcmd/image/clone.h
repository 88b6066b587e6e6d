/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_CLONE_H
#define IMAGE_CLONE_H

/*
 * The content of one file into another: by reflink (FICLONE) if possible, else by a sparse copy.
 *
 * Copying is the answer only to the errors that say "not here": EBADF, EINVAL, ENOTTY, EOPNOTSUPP,
 * ENOSYS, EXDEV.  Any other (EIO, ENOSPC, EDQUOT, EPERM, ...) is a failure, because a copy would
 * hide it or make it worse.  What file systems get wrong is looked after:
 *   btrfs  clones only between two files that are both NOCOW (chattr +C) or both not (EINVAL): an
 *          empty target is made like the source, and loses the compression of its directory if
 *          that is in the way.
 *   ZFS    says EAGAIN while the source has unwritten data: the source is synced, once; has
 *          returned success for a target that was too short (OpenZFS 15728): the size is checked;
 *          and leaves anything behind after a failure (15842): the target is emptied.
 */

#include <stdbool.h>
#include <stdint.h>

#include "subcmd/image/file.h"

struct clone_report {
	bool is_reflink;
	int64_t size, data; /* bytes; DATA only of a copy */
};

/* Fill the empty file TARGET with SOURCE, a regular file or block device. */
enum status clone_content(const struct file *source, const struct file *target,
			  struct clone_report *ret_report);

/* The same, but only by reflink: NO, without a message, where that is impossible.  Not for a dry
 * run, where TARGET stays empty. */
enum status clone_reflink(const struct file *source, const struct file *target);

/* The log line of either. */
void clone_tell(const struct file *source, const char *target, const struct clone_report *report);

/* Can SOURCE be reflinked to TARGET, an empty file?  If not, errno says why. */
bool clone_is_possible(const struct file *source, const struct file *target);

#endif
