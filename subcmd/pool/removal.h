/* SPDX-License-Identifier: MIT */
#ifndef POOL_REMOVAL_H
#define POOL_REMOVAL_H

/*
 * Removing the revisions that reclaim.h has chosen: volume by volume, of each with its lock and
 * durably.
 */

#include "subcmd/pool/reclaim.h"
#include "subcmd/pool/rows.h"

struct removal {
	double wait; /* to be set: for a lock, see dir_lock() */

	struct rows dropped; /* those removed, on the heap; they belong to who has chosen them */
	int64_t bytes;	     /* that are free without them */
};

/* Remove them.  NO: a volume isn't as it was when they were chosen; none of its revisions was
 * removed, nor any of those behind it. */
enum status removal_do(struct removal *removal, const struct reclaim *reclaim);

#endif
