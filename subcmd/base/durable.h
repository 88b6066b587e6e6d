/* SPDX-License-Identifier: MIT */
#ifndef BASE_DURABLE_H
#define BASE_DURABLE_H

/*
 * Names in directories, and their way to the disk: rename, link, unlink, mkdir, rmdir and fsync
 * are called here and nowhere else.
 *
 * Each deed is logged after it happened; in a dry run it is only logged.  A deed survives a power
 * cut once durable_sync() of its directory has returned: one call suffices for everything done in
 * the directory before it.  Nothing is removed before what replaces it is synced.  A link and the
 * rename that follows it are synced as one, relying on btrfs, XFS and ext4 to bring the names of a
 * directory to the disk in order: t/crash cuts the power there, and has never seen one without the
 * other.
 *
 * Everything returns DONE, or MISSING or FAILED after a message, unless it says otherwise.
 */

#include "subcmd/base/dir.h"

/* Flush the directory, then let go of what durable_hold() kept.  EINVAL says that the file system
 * can't flush directories (some shares, some of FUSE), not that something is lost: a warning, once
 * of each DIR.  Anything else is a failure. */
enum status durable_sync(struct dir *dir);

/* Flush the file FD, called NAME in DIR.  Never retried: after a failed fsync(2) the kernel has
 * dropped the dirty pages, and a second one would succeed without them. */
enum status durable_sync_file(int fd, const struct dir *dir, const char *name);

/* Try to flush FD, for what is good to have on the disk and no promise.  Says nothing. */
void durable_try_sync(int fd);

/* Have the whole file system of DIR settle: what was removed there is given back.  It takes along
 * whatever others have written, for as long as that takes: so no transition does this, but only who
 * wants to know what is free.  Says nothing. */
void durable_settle(const struct dir *dir);

/* Keep NAME's inode, if there is one, in use until durable_sync().  btrfs frees the space of a file
 * inside the unlink(2) or rename(2) that takes its last name (0.35 s for 50,000 extents); this
 * moves that behind the moment in which the transition is durable. */
void durable_hold(struct dir *dir, const char *name);

/* May the new name take the place of something?  What is to be new never does: nothing was seen
 * there, and yet it may be, made meanwhile or on a file system that doesn't distinguish case.  That
 * is REFUSED.  RENAME_NOREPLACE of renameat2(2) tells; where the file system can't, link(2) and
 * unlink(2), and where there are no links either, an empty file made by O_EXCL that the rename
 * then replaces (a kill between these two leaves it). */
enum durable_target { DURABLE_NEW, DURABLE_REPLACE };

/* Rename FROM to TO.  The two must not be links of one inode: rename(2) would do nothing and say
 * that it did.  NO, without a message, for EXDEV: XFS says that even within a directory if FROM is
 * older than the project of the directory, and some FUSE file systems do. */
enum status durable_rename(const struct dir *dir, const char *from, const char *to,
			   enum durable_target target);

/* Make TO in TO_DIR another name of FROM in FROM_DIR.  NO, without a message: links can't be made
 * here (EMLINK, EPERM, EXDEV, EOPNOTSUPP). */
enum status durable_link(const struct dir *from_dir, const char *from, const struct dir *to_dir,
			 const char *to, enum durable_target target);

enum status durable_unlink(const struct dir *dir, const char *name);

/* NO, without a message, if there is something called NAME. */
enum status durable_mkdir(const struct dir *parent, const char *name);

/* Remove an empty directory.  One that isn't empty stays, which is NO, without a message.  So does
 * what isn't a directory itself but a symbolic link to one, or where something is mounted (EBUSY),
 * and that is DONE. */
enum status durable_rmdir(const struct dir *parent, const char *name);

/* Two steps for replace.c, which logs what they amount to itself: name the unnamed file FD; rename
 * a tempfile, or drop it.  They don't look for a dry run. */
enum status durable_name(int fd, const struct dir *dir, const char *name);
enum status durable_move(const struct dir *dir, const char *temp, const char *name,
			 enum durable_target target);
void durable_drop(const struct dir *dir, const char *temp);

#endif
