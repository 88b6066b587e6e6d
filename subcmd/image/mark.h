/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_MARK_H
#define IMAGE_MARK_H

/*
 * What is known of an image, written on it as extended attributes.
 *
 * user.reflinkctl.of	This file is a copy of another one.  The value names that one as it was:
 *
 *				1 INODE MTIME BIRTH-TIME SIZE	(times in seconds.nanoseconds)
 *
 *			and ends with " state" on a revision or a snapshot's clean image that was
 *			cloned because no link could be made.  Without that it is a precache's; one
 *			of another volume's image ends with " source".  A start makes a precache the
 *			dirty image by a rename, so that a clean image may still bear such a mark
 *			when it has long been another state.
 *
 *			The mark of the image at hand is made anew, and compared byte by byte.  So a
 *			mark that was forged, cut off or carried along by a backup tool says
 *			nothing, as the image at hand has another inode or time.
 *			Times and sizes alone never tell: touch, cp -r, tar and image builders
 *			forge them without knowing, and two files that are written to in one tick
 *			of the clock have the same.
 *
 * user.reflinkctl.lost	An fsync(2) of this file failed.  The kernel tells that once, drops what it
 *			could not write, and says 0 to the next who asks; after the next mount what
 *			was written last is gone.
 *
 * Both are set while nobody else knows of the file, or are flushed: a mark and its image survive a
 * power cut together.  FICLONE, cp -r and rsync without -X don't carry them along; cp -a, rsync -X,
 * btrfs send and xfsdump do.
 */

#include <stdbool.h>

#include "subcmd/image/file.h"

struct mark {
	char text[128];
};

/* What the copy is for. */
enum mark_role { MARK_PRECACHE, MARK_SOURCE, MARK_STATE };

/* The mark of a copy of the image ST that was born at BORN (birth.h).  Where no birth time is kept
 * (ext4 with inodes of 128 bytes) a number of an inode may be another file's the next moment, and a
 * time be the same second: the mark is empty, and no copy is known there. */
struct mark mark_make(enum mark_role role, const struct stat *st, const struct timespec *born);

/* The same of an open file as it was when it was opened.  If it has been written to since, the mark
 * says nothing, which is right. */
struct mark mark_of(enum mark_role role, const struct file *file);

/* Put it on FILE.  NO, without a message, where there are no extended attributes, or no room for
 * one. */
enum status mark_put(const struct file *file, const struct mark *mark);

/* What is on the file FD?  An empty mark, which is equal to none, if there is none that can be
 * read. */
struct mark mark_read(int fd);

/* The same of NAME in DIR, which bears none if it isn't there.  FAILED, with errno and without a
 * message, if it can't be opened for another reason. */
enum status mark_read_name(const struct dir *dir, const char *name, struct mark *ret_mark);

/* Is it a precache's, and of another volume's image? */
bool mark_is_of_source(const struct mark *mark);

/* Is it a precache's of the own volume, which ST is and nobody has written to since? */
bool mark_is_of_precache(const struct mark *mark, const struct stat *st);

/* Is the mark of NAME in DIR one of another volume's image?  No, if NAME isn't there. */
enum status mark_find_of_source(const struct dir *dir, const char *name, bool *ret_is);

bool mark_is_equal(const struct mark *a, const struct mark *b);

/* Flush FILE; if that fails, say so and mark it as lost (FAILED). */
enum status mark_sync(const struct file *file);

/* REFUSED, and a message with WAYS out of it, if FILE is marked as lost. */
enum status mark_require_whole(const struct file *file, const char *ways);

/* That refusal, of NAME in DIR. */
enum status mark_refuse(const struct dir *dir, const char *name, const char *ways);

/* Is the file FD marked as lost? */
bool mark_is_lost(int fd);

/* If FROM is marked as lost, so is TO, a copy of it. */
enum status mark_pass_on(const struct file *from, const struct file *to);

/* Take what can be read of it for whole. */
enum status mark_forgive(const struct file *file);

#endif
