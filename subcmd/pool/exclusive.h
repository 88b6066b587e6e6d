/* SPDX-License-Identifier: MIT */
#ifndef POOL_EXCLUSIVE_H
#define POOL_EXCLUSIVE_H

/*
 * What removing something would free: the bytes of data that nothing else in the pool shares.
 *
 * Every file of the pool is looked at, of whatever name, as each may share with each; also what a
 * dot hides and read-only snapshots, which are no volumes (walk.h), but hold what they share.  A
 * file with a name outside the pool frees nothing.  On XFS, clones outside the pool are taken into
 * account too; on btrfs they aren't, nor are snapshots outside, and the figure is too great then.
 * On btrfs, metadata is freed on top of the figure: it says "at least".
 *
 * Bytes are -1 where that can't be told: on other file systems than btrfs and XFS, and where the
 * volume's directory is no part of the pool.
 */

#include "subcmd/pool/list.h"
#include "subcmd/volume/volume.h"

/* Of each volume of the list: RET_BYTES has list->count elements. */
enum status exclusive_of_volumes(const struct dir *pool, const struct pool_list *list,
				 int64_t *ret_bytes);

/* Of the whole volume. */
enum status exclusive_of_volume(const struct volume *volume, int64_t *ret_bytes);

/* Of each of its states (pin_states()), with all names that it has: RET_BYTES has an element for
 * each. */
enum status exclusive_of_states(const struct volume *volume, int64_t *ret_bytes);

/* Of the revisions for which IS_REMOVED, together. */
enum status exclusive_of_several(const struct volume *volume, const bool *is_removed,
				 int64_t *ret_bytes);

#endif
