/* SPDX-License-Identifier: MIT */
#ifndef BASE_PREPARED_H
#define BASE_PREPARED_H

/*
 * Did somebody make a directory ready for something?  An empty one is of no use to anybody, unless
 * it has what mkdir(2) wouldn't give it, and what the files in it will inherit or depend on:
 *
 *	a flag		FS_IOC_GETFLAGS of ioctl_iflags(2): chattr +C, +c, +P ...
 *	an owner	neither its parent's nor ours
 *	a mode		neither its parent's nor what the umask leaves of 0777
 *	an attribute	xattr(7): an ACL, a compression property, a note of somebody's
 *
 * What it has inherited from its parent is no preparation; nor is a security label, which whoever
 * makes a directory gives it without knowing.
 *
 * remove (erase.h) and fsck (inspect.h) ask the same, therefore, before durable_rmdir(), of a
 * directory that they found.  What a command made itself and takes back isn't asked about.
 */

#include "subcmd/base/dir.h"

/* DIR is in PARENT.  What can't be told speaks for no.  Costs four system calls. */
bool prepared_is(const struct dir *dir, const struct dir *parent);

#endif
