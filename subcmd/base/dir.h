/* SPDX-License-Identifier: MIT */
#ifndef BASE_DIR_H
#define BASE_DIR_H

/*
 * An open directory kept together with its complete name.  All work on files is relative to FD;
 * PATH is for messages and results alone, so no path is resolved twice.
 */

#include <limits.h>
#include <stdbool.h>

#include "subcmd/base/scope.h"
#include "subcmd/base/status.h"

struct dir {
	int fd;	    /* -1: not open */
	char *path; /* absolute, on the heap */

	/* Inodes kept until durable_sync() although their last name is gone: durable_hold(). */
	int held[4];
	int n_held;
	bool is_unsyncable; /* durable_sync() has said so */
	bool has_waited;    /* dir_lock() had to: what was looked up may not be so any more */
};

#define DIR_CLOSED ((struct dir){.fd = -1})

/* A directory that isn't there is MISSING, with a message; or ABSENT if that is no mistake. */
enum dir_need { DIR_MUST_EXIST, DIR_MAY_LACK };

/* Open PATH as it is, symbolic links included.  BASE completes a relative PATH (NULL: the current
 * directory).  Errors are reported.  RET_DIR is to be closed whatever this returns. */
enum status dir_open(const struct dir *base, const char *path, enum dir_need need,
		     struct dir *ret_dir);

/* Open PATH, which must be relative, beneath BASE.  A symbolic link may lead anywhere beneath
 * BASE, be it relative or absolute; one that leaves BASE is REFUSED.  A race can't lead outside
 * either: the kernel checks (openat2(2), Linux 5.6); where it can't, links are refused. */
enum status dir_open_beneath(const struct dir *base, const char *path, enum dir_need need,
			     struct dir *ret_dir);

/* Would that succeed?  If not, errno says why, and nobody is told. */
bool dir_is_beneath(const struct dir *base, const char *path);

/* Where does the symbolic link NAME in DIR point?  RET_TARGET is "" if that can't be read. */
void dir_read_link(const struct dir *dir, const char *name, char ret_target[static PATH_MAX]);

/* The path of DIR without symbolic links, as the kernel knows it; its PATH where /proc
 * can't tell. */
void dir_real_path(const struct dir *dir, char ret_path[static PATH_MAX]);

/* For a dry run: PARENT stands in for its directory NAME, which would have been made by now.
 * Unnamed files can be created in it, and messages name what would be there; nothing in it is to
 * be looked for. */
enum status dir_pretend(const struct dir *parent, const char *name, struct dir *ret_dir);

/* Take the directory's flock(2).  WAIT is in seconds: 0 doesn't wait, negative waits for ever.
 * BUSY if somebody else still has it then.  The lock ends with the process, however that ends. */
enum status dir_lock(struct dir *dir, double wait);

/* Let go of it before that. */
enum status dir_unlock(const struct dir *dir);

void dir_close(struct dir *dir);

#define _cleanup_dir_ _cleanup_(dir_close)

/* NAME in DIR as one string on the heap; reports and returns NULL when out of memory. */
char *dir_join(const struct dir *dir, const char *name);

#endif
