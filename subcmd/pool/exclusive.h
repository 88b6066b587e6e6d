/* SPDX-License-Identifier: MIT */
#ifndef POOL_EXCLUSIVE_H
#define POOL_EXCLUSIVE_H

/*
 * What removing something would free: the bytes of data that nothing else in the pool shares
 * (survey.h).
 *
 * A file with a name outside the pool frees nothing.  On XFS, clones outside the pool are taken
 * into account too; on btrfs they aren't, nor are snapshots outside, and the figure is too great
 * then: it says "at most" if they share what nothing else in the pool does.  On btrfs, metadata is
 * freed on top of the figure.
 */

#include "subcmd/base/table.h"
#include "subcmd/pool/list.h"
#include "subcmd/pool/survey.h"
#include "subcmd/volume/volume.h"

struct exclusive {
	int64_t bytes; /* -1: that can't be told, on file systems of which that isn't known, or
			  where the volume's directory is no part of the pool */
	bool is_at_most;
};

#define EXCLUSIVE_UNKNOWN ((struct exclusive){.bytes = -1})

/* As a cell of a table, and as members of a JSON object. */
void exclusive_cell(struct table *table, const struct exclusive *exclusive);
void exclusive_json(const struct exclusive *exclusive);

/* Of each volume of the list: RET_EXCLUSIVE has list->count elements. */
enum status exclusive_of_volumes(const struct dir *pool, const struct pool_list *list,
				 struct exclusive *ret_exclusive);

/* Of the whole volume. */
enum status exclusive_of_volume(const struct volume *volume, struct exclusive *ret_exclusive);

/* Of each of its states (pin_states()), with all names that it has: RET_EXCLUSIVE has an element
 * for each. */
enum status exclusive_of_states(const struct volume *volume, struct exclusive *ret_exclusive);

/* Of the revisions for which IS_REMOVED, together. */
enum status exclusive_of_several(const struct volume *volume, const bool *is_removed,
				 struct exclusive *ret_exclusive);

/* Of each of N_GROUPS groups of files that the survey, which was read, has found. */
enum status exclusive_of_groups(struct survey *survey, const struct dir *pool, size_t n_groups,
				struct exclusive *ret_exclusive);

/* The pool that the volume is in; else what -C says, else nothing but the VM's directory. */
enum status exclusive_open_pool(const struct volume *volume, struct dir *ret_pool);

#endif
