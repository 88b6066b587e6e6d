/* SPDX-License-Identifier: MIT */
#ifndef POOL_REVISIONS_H
#define POOL_REVISIONS_H

/*
 * All states of all volumes of a pool that one can go back to (pin.h), and what they share with
 * each other and all else in the pool (survey.h).
 */

#include "subcmd/pool/exclusive.h"
#include "subcmd/pool/survey.h"

/* A name that a state has. */
struct revision_name {
	size_t volume; /* index in the list */
	struct revision revision;
	int64_t size, usage;
	size_t group; /* by which sharing.h knows it */
};

struct pool_revision {
	const struct pool_volume *volume;
	const struct revision_name *names; /* the revision first, if that is left, then pins */
	size_t n_names;
	const char *age; /* the latest time of it and older ones: clocks go back, numbers don't */
	struct exclusive exclusive;
};

struct pool_revisions {
	struct pool_list list;
	struct survey survey;
	struct revision_name *names; /* in the order of volumes, oldest first */
	size_t n_names;
	struct pool_revision *revisions; /* in the same order */
	size_t count;
	size_t *map; /* of each group, of which there are n_names: sharing.h */
};

/* Find them.  REFUSED: what they share can't be told there.  RET_REVISIONS is to be freed whatever
 * this returns. */
enum status pool_revisions_read(const struct dir *pool, struct pool_revisions *ret_revisions);
void pool_revisions_free(struct pool_revisions *revisions);

#define _cleanup_pool_revisions_ _cleanup_(pool_revisions_free)

/* Find out what each of them would free. */
enum status pool_revisions_measure(const struct dir *pool, struct pool_revisions *revisions);

/* Which of them hold what something outside of the pool shares (survey.h)?  IS_HELD[i + 1] is to be
 * false for those that are asked about, true for others, and then says. */
enum status pool_revisions_find_held(const struct dir *pool, struct pool_revisions *revisions,
				     bool *is_held);

/* Where those end that are of one volume with the one at INDEX. */
size_t pool_revisions_end(const struct pool_revisions *revisions, size_t index);

/* Is it pinned, or a pin alone? */
bool pool_revision_is_pinned(const struct pool_revision *revision);

#endif
