/* SPDX-License-Identifier: MIT */
#ifndef BASE_PENDING_H
#define BASE_PENDING_H

/*
 * A tempfile that goes when a signal ends the process.  Unnamed files go with their last
 * descriptor; where there are none (FUSE, NFS, exfat), who interrupts a long copy by SIGTERM,
 * SIGINT or SIGHUP would leave one behind.  (SIGKILL does; start and cleanup remove it.)
 *
 * Handlers are installed with the first such file, and not of what the process was told to ignore
 * (nohup).  A handler removes what is pending, by descriptor and name from static memory, with
 * unlinkat(2) alone, which signal-safety(7) allows; then the signal takes its default action, so
 * that the exit status is the signal's.  While the file is created, signals are blocked: there is
 * no moment at which it has a name and isn't known.
 */

#include <sys/types.h>

#include "subcmd/base/dir.h"

/* Create TEMP in DIR for reading and writing, O_EXCL, and remember it.  Returns a descriptor, or -1
 * and errno.  Of more than four at a time the rest isn't remembered. */
int pending_create(const struct dir *dir, const char *temp, mode_t mode);

/* It is to stay, or somebody else removes it: call this before it is renamed, as a rename that a
 * signal finds half done may have made it the only copy. */
void pending_forget(const struct dir *dir, const char *temp);

#endif
