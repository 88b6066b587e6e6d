/* SPDX-License-Identifier: MIT */
#ifndef BASE_FILE_H
#define BASE_FILE_H

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
	struct stat st; /* as it was when opened; in a dry run as it would be by now */
};

#define FILE_CLOSED ((struct file){.fd = -1})

/* Open the regular file NAME in DIR.  FLAGS is O_RDONLY or O_RDWR (which a dry run doesn't need, so
 * it can look at a read-only pool too).  Never follows a symbolic link in the last component, never
 * waits for a FIFO, never touches a device: REFUSED. */
enum status file_open(const struct dir *dir, const char *name, int flags, struct file *ret_file);

/* The size of a regular file or a block device, in bytes; -1 (and no message) of anything else. */
int64_t file_size(const struct file *file);

/* Are these two of one inode: the same file, by whatever names? */
static inline bool file_is_same(const struct stat *a, const struct stat *b)
{
	return a->st_ino == b->st_ino && a->st_dev == b->st_dev;
}

/* Is the time A before B? */
static inline bool file_time_is_before(const struct timespec *a, const struct timespec *b)
{
	return a->tv_sec != b->tv_sec ? a->tv_sec < b->tv_sec : a->tv_nsec < b->tv_nsec;
}

/* Is COPY, which has no other name, a copy of OF that was given its time?  By the mtime to the
 * nanosecond, and the size. */
bool file_is_dated_copy(const struct stat *copy, const struct stat *of);

void file_close(struct file *file);

#define _cleanup_file_ _cleanup_(file_close)

/* Its complete name, quoted for a message. */
static inline const char *file_quote(const struct file *file)
{
	return quote(file->dir, file->name);
}

#endif
