/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_REPLACE_H
#define IMAGE_REPLACE_H

/*
 * New content appears under a name all at once, or never:
 *
 *	  begin          fill           commit
 *	   |              |               |
 *	[unnamed] ---> [unnamed] --fsync--+-- link to NAME              (nothing is called NAME)
 *	                                  +-- link to NAME~XXXXXXXX, rename over NAME
 *
 * What is to be new (REPLACE_NEW) has but the first way, or where the file was named from the
 * beginning a rename that doesn't replace (durable.h): something called NAME after all is REFUSED,
 * and stays.
 *
 * A kill at any moment before the link leaves nothing at all: the kernel frees an O_TMPFILE with
 * its last descriptor.  Between link and rename it leaves NAME~XXXXXXXX, which the next start or
 * cleanup removes.  Where O_TMPFILE isn't supported, or couldn't be named later (linkat(2) wants
 * CAP_DAC_READ_SEARCH or /proc), the file is NAME~XXXXXXXX from the beginning; SIGTERM, SIGINT and
 * SIGHUP remove it then (pending.h) until it is complete and about to be renamed.
 *
 * A rename over a file that somebody has open may fail halfway on CIFS: NAME is gone, and the
 * other one not there yet.  So ours is closed before it; and if nothing is called NAME after the
 * failure, the tempfile stays, as the only copy, and a warning says so.
 *
 * The fsync comes before the name: on btrfs and XFS a power cut after "link, fsync of the
 * directory" alone leaves an *empty* file.  The caller calls durable_sync() when all steps in the
 * directory are done; until then a power cut may bring the old state back.
 *
 * A dry run uses an unnamed file as well, which it never fills nor names.  Where there is none to
 * be had, because the file system is read-only or can't make one, a file in memory stands in.
 *
 * New files are readable by their owner alone (0600), as the Python driver's are.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "subcmd/image/clone.h"
#include "subcmd/image/file.h"

struct replacement {
	struct dir *dir;
	const char *name;
	struct file file;	 /* what to fill; its name in messages is NAME */
	char temp[NAME_MAX + 1]; /* "": unnamed */
	bool is_stand_in;	 /* for a file that can't be created in a dry run */
	bool is_new;		 /* nothing may be called NAME */
};

enum status replace_begin(struct dir *dir, const char *name, struct replacement *ret_new);

/* Give it the mtime that SOURCE has now. */
enum status replace_date(struct replacement *new, const struct file *source);

/* The mtime that it is to keep: to be set when it is filled. */
enum status replace_set_mtime(struct replacement *new, const struct timespec *mtime);

/* Flush it and give it its name.  Logs nothing: the caller says what it was. */
enum status replace_commit(struct replacement *new);

/* The two by themselves, for who names several, when all are on the disk. */
enum status replace_flush(struct replacement *new);
enum status replace_name(struct replacement *new);

/* Drop it, unless committed. */
void replace_abort(struct replacement *new);

#define _cleanup_replacement_ _cleanup_(replace_abort)

/* What a clone has of its source beside the content; and (for the others below, too) whether
 * anything may be called NAME. */
enum {
	REPLACE_DATED = 1,     /* its mtime */
	REPLACE_MARKED = 2,    /* the mark that it is the same state (mark.h), if that can be set */
	REPLACE_MUST_MARK = 4, /* that of a precache; or else nothing is made, and that is NO */
	REPLACE_NEW = 8,       /* nothing is called NAME, as far as was seen */
	REPLACE_OF_SOURCE = 16, /* with REPLACE_MUST_MARK: SOURCE is another volume's */
};

/* The whole of it, with its log line: NAME becomes a clone (or, where that is impossible, a copy)
 * of SOURCE. */
enum status replace_by_clone(struct dir *dir, const char *name, const struct file *source,
			     unsigned flags);

/* RET_MOMENT is an unnamed reflink in DIR of what SOURCE, which somebody may be writing to, holds
 * at this moment; it goes with replace_abort().  NO where there are no reflinks, and in a dry run:
 * then only SOURCE itself can be read, and a copy fails if it is written to meanwhile (copy.h). */
enum status replace_freeze(struct dir *dir, const struct file *source,
			   struct replacement *ret_moment);

/* The same: NAME becomes a clone of SOURCE, cut or grown to SIZE bytes.  SOURCE is in DIR and may
 * be NAME itself, which then is just resized, and closed. */
enum status replace_resized(struct dir *dir, const char *name, struct file *source, unsigned flags,
			    int64_t size);

/* The same: NAME becomes one hole of SIZE bytes. */
enum status replace_by_hole(struct dir *dir, const char *name, unsigned flags, int64_t size);

#endif
