/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_SHARING_H
#define IMAGE_SHARING_H

/*
 * Which files share which data?  So sweep.h tells what removing groups of them would free.
 *
 *	struct sharing sharing = {.type = type};
 *	for each name of each file: sharing_add(&sharing, file, group)
 *	sharing_finish(&sharing), and all of that again once if it says so
 *	sweep_groups(&sharing, n_groups, visit, data)
 *	sharing_free(&sharing)
 *
 * Groups have numbers from 1; group 0 is all the other files.  A file with names in two groups goes
 * with both; one that has a name that nobody told of is in group 0 too: removing a group doesn't
 * remove it.  XFS tells that blocks are shared even if nobody told with whom; those aren't freed
 * either.  What it has set aside for a file, and tells in no extent, is freed with it.  Where files
 * share nothing, each one has what stat(2) says.
 */

#include <stddef.h>

#include "subcmd/image/edges.h"
#include "subcmd/image/extent.h"

struct name {
	size_t group;
	size_t next; /* index in sharing->names, and 1; 0: there are no more of this file */
};

struct sharer {
	dev_t dev;
	ino_t ino;
	nlink_t n_links, n_names; /* names that it has, and that we were told of */
	struct name name;
	uint64_t alone;	   /* bytes that the file system says nobody shares */
	uint64_t mapped;   /* bytes of extents, shared or not */
	uint32_t n_here;   /* its extents at the place where a sweep is */
	uint32_t n_shared; /* and those of a second look */
	bool owns;	   /* has data where no other sharer has any */
	bool is_held;	   /* and somebody unknown has it too */
	bool is_seen_again;
};

/* A sharer that owns something, and a name of it. */
struct owner {
	ino_t ino;
	uint32_t sharer;
};

struct claim {
	uint32_t sharer;
	size_t group;
};

struct sharing {
	enum extent_type type;
	const size_t *map; /* NULL, or by which number each group goes instead of its own */

	struct sharer *sharers; /* the files */
	size_t n_sharers;
	size_t *linked; /* indices of those with several names */
	size_t n_linked;
	struct name *names; /* the second name of each and more */
	size_t n_names;
	struct edges edges;   /* a second look at sharer I is called n_sharers + I there */
	uint64_t last;	      /* where the extent starts that was added last */
	struct owner *owners; /* sorted: btrfs alone */
	size_t n_owners;
	struct claim *claims; /* of owners that were looked at again */
	size_t n_claims;
};

/* FILE has a name in GROUP.  Its data is settled (extent.h) before it is looked at. */
enum status sharing_add(struct sharing *sharing, const struct file *file, size_t group);

/* All have been added.  NO, on XFS: a file shares with none of the others, and somebody unknown; or
 * with one that was settled later, so that all should be added again. */
enum status sharing_finish(struct sharing *sharing);

/* Does somebody unknown share what a file has for itself among those known?  btrfs alone doesn't
 * take that into account by itself.  Of what several known files share, nobody can tell.
 *
 * sharing_may_be_held(): may that be so of a file with this inode number?  Then it is to be looked
 * at again, by each of its names, and is one of GROUP for this.  sharing_find_held(): IS_HELD
 * becomes true for each group in which there is such a file. */
bool sharing_may_be_held(const struct sharing *sharing, ino_t ino);
enum status sharing_look_again(struct sharing *sharing, const struct file *file, size_t group);
enum status sharing_find_held(struct sharing *sharing, bool *is_held);

void sharing_free(struct sharing *sharing);

#endif
