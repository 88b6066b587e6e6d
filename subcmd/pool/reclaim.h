/* SPDX-License-Identifier: MIT */
#ifndef POOL_RECLAIM_H
#define POOL_RECLAIM_H

/*
 * Which revisions of a pool are to go so that so many bytes are free?  The fewest that do
 * (fewest.h), of those that may go: not the newest of each volume, nor one that is pinned; nor one
 * that shares with something outside the pool, as far as that can be told (sharing.h), since nobody
 * knows what is gained by removing it.
 *
 * They are looked at without any lock.  So whoever removes one asks again, with the VM's lock.
 */

#include "subcmd/pool/revisions.h"
#include "subcmd/pool/sets.h"
#include "subcmd/volume/volume.h"

struct reclaim {
	const struct dir *pool; /* these four are to be set */
	int64_t size;		/* bytes to be free */
	int keep;		/* how many revisions of each volume stay */
	char **only;		/* vids, beneath the pool; NULL: all volumes */
	size_t n_only;

	struct pool_revisions revisions;
	bool *may_go, *is_chosen; /* of each of the revisions */
	size_t *units;		  /* those that may go, oldest first */
	struct sets sets;	  /* of these */
	int64_t bytes;		  /* that those chosen free */
	bool has_held;		  /* were there any that share with something outside? */
};

/* Choose.  REFUSED, and a message how much there is to gain, if SIZE can't be had.  RECLAIM is to
 * be freed whatever this returns. */
enum status reclaim_choose(struct reclaim *reclaim);
void reclaim_free(struct reclaim *reclaim);

/* Which revisions of the volume may go, leaving KEEP and at least one state of it?  RET_MAY_GO has
 * an element for each. */
enum status reclaim_ask(const struct volume *volume, int keep, bool *ret_may_go);

/* The index of the REVISION in the volume; n_revisions if it isn't there. */
size_t reclaim_find(const struct volume *volume, const struct pool_revision *revision);

/* How many bytes are free when those revisions are gone for which IS_GONE? */
int64_t reclaim_bytes(const struct reclaim *reclaim, const bool *is_gone);

#endif
