/* SPDX-License-Identifier: MIT */
#ifndef POOL_SURVEY_H
#define POOL_SURVEY_H

/*
 * A look at every file of a pool, of whatever name, as each may share data with each; also at what
 * a dot hides and at read-only snapshots, which are no volumes (walk.h), but hold what they share.
 * It is what sharing.h wants to be told; sweep.h then tells what removing groups of files would
 * free.
 *
 * Each file is looked at once; on XFS twice if one shares with somebody unknown, which may be one
 * that still had data to be written when another was looked at (sharing.h).
 */

#include "subcmd/image/sweep.h"

struct survey {
	/* To be set: the group of FILE, in the directory PATH beneath the pool; 0: none.  What
	 * fails is put into STATUS. */
	size_t (*group)(struct survey *survey, const char *path, const struct file *file);
	void (*begin)(struct survey *survey); /* before each look at them all; may be NULL */
	void *data;

	struct sharing sharing;
	struct extent_space space;
	dev_t dev;	      /* of the last file */
	bool is_comparable;   /* is that in the same space? */
	bool has_found_group; /* is any group but 0 there? */
	bool has_unknown;     /* XFS says that somebody unknown shares */
	enum status status;   /* of the first file that wasn't DONE */
};

/* Look at every file in POOL.  NO: extents can't be told there. */
enum status survey_read(struct survey *survey, const struct dir *pool);

/* Of which groups does something outside the pool share what one of their files has for itself
 * among those in there?  IS_HELD has an element for each group, and one for 0; true: nobody asks.
 * group() may well be another one by now.  On btrfs alone there may be any, and the files that are
 * asked about are looked at again. */
enum status survey_find_held(struct survey *survey, const struct dir *pool, bool *is_held);

void survey_free(struct survey *survey);

#define _cleanup_survey_ _cleanup_(survey_free)

#endif
