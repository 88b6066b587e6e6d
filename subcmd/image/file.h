/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_FILE_H
#define IMAGE_FILE_H

/*
 * An open file kept together with its name for messages.  DIR and NAME belong to the caller and
 * outlive the struct; DIR is NULL where NAME says it all.
 */

#include <stdbool.h>
#include <stdint.h>
#include <sys/stat.h>

#include "subcmd/base/dir.h"
#include "subcmd/base/quote.h"

struct file {
	int fd; /* -1: not open */
	const struct dir *dir;
	const char *name;
	struct stat st;	      /* as it was when opened; in a dry run as it would be by now */
	struct timespec born; /* all zeros: unknown */
};

#define FILE_CLOSED ((struct file){.fd = -1})

/* Open the regular file NAME in DIR.  FLAGS is O_RDONLY or O_RDWR (which a dry run doesn't need, so
 * it can look at a read-only pool too).  Never follows a symbolic link in the last component, never
 * waits for a FIFO, never touches a device: REFUSED. */
enum status file_open(const struct dir *dir, const char *name, int flags, struct file *ret_file);

/* The same of what was seen to be a regular file a moment ago, by somebody who holds the lock of
 * DIR: one look less. */
enum status file_open_seen(const struct dir *dir, const char *name, int flags,
			   struct file *ret_file);

/* REFUSED, with a message: NAME in DIR is no regular file, but what ST says.  If it is a symbolic
 * link, its target is told, since that may be the image that somebody misses. */
enum status file_refuse(const struct dir *dir, const char *name, const struct stat *st);

/* The size of a regular file or a block device, in bytes; -1 (and no message) of anything else. */
int64_t file_size(const struct file *file);

/* Has FILE, which was empty and was made SIZE bytes long, got blocks for all of them at once?  File
 * systems without holes do that: vfat, exfat, ntfs3. */
bool file_is_allocated(const struct file *file, int64_t size);

/* Are these two of one inode: the same file, by whatever names? */
static inline bool file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Could COPY be a copy of OF, with its time?  It has the same mtime, to the nanosecond, and size.
 * Whether it is one, a mark has to tell (mark.h), or the bytes. */
bool file_may_be_copy(const struct stat *copy, const struct stat *of);

/*
 * A source is something to read a disk image from: a regular file, a block device, or a stream (a
 * FIFO, or whatever standard input is), which can be read through once and whose size nobody knows.
 */

/* Open the source NAME in DIR.  Symbolic links are followed, since it is only read.  A FIFO waits
 * for its writer, if MAY_STREAM; whatever else is neither a file nor a block device is REFUSED. */
enum status file_open_source(const struct dir *dir, const char *name, bool may_stream,
			     struct file *ret_file);

/* Standard input, called /dev/stdin. */
enum status file_open_stdin(struct file *ret_file);

/* Has a read(2) or write(2) of FILE failed for the moment alone, as errno says?  Whoever made a
 * pipe non-blocking for himself has made it so for us: then this waits for EVENTS of poll(2). */
bool file_may_retry(const struct file *file, short events);

/* Must it be read as a stream?  A file of which somebody has read the beginning must. */
bool file_is_stream(const struct file *file);

enum status file_set_size(const struct file *file, int64_t size);

/* FAILED, with the message "cannot DEED it: ...", if FILE was written to since it was opened: what
 * was read of it, or cloned, isn't the state that its time and id are of. */
enum status file_require_unchanged(const struct file *file, const char *deed);

void file_close(struct file *file);

#define _cleanup_file_ _cleanup_(file_close)

/* Its complete name, quoted for a message. */
static inline const char *file_quote(const struct file *file)
{
	return quote(file->dir, file->name);
}

#endif
