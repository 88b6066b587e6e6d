/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_RETENTION_H
#define VOLUME_RETENTION_H

/*
 * Which revisions stay when others go: --revisions-to-keep=N and --keep-older-than=AGE.
 *
 * Without a number nothing is dropped, since nobody asked for it.  N keeps the newest N.  AGE keeps
 * one more: the youngest that is at least that old, so that no series of restarts flushes what was
 * good yesterday; and, as the clock may have gone back since, the youngest that is further ahead of
 * it than that.  0 keeps none, whatever AGE says.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "subcmd/volume/revision.h"

enum {
	KEEP_ALL = -2,		 /* no number was given */
	SNAPSHOTS_DISABLED = -1, /* no revision is made */
};

struct retention {
	int keep;	    /* a number, or one of the above */
	int64_t older_than; /* seconds; -1: not given */
};

#define RETENTION_UNSET                                                                            \
	{                                                                                          \
		.keep = KEEP_ALL, .older_than = -1                                                 \
	}

/* Does a commit make the clean image a revision? */
bool retention_makes_revisions(const struct retention *retention);

/* Which of COUNT revisions, oldest first, go?  IS_DROPPED has an element for each, true if it may
 * go at all: the others aren't counted.  With snapshots disabled none goes. */
void retention_choose(const struct retention *retention, const struct revision *revisions,
		      size_t count, bool *is_dropped);

#endif
