/* SPDX-License-Identifier: MIT */
#ifndef POOL_LIST_H
#define POOL_LIST_H

/*
 * All the volumes of a pool, found by the names of their files: those in the directories beneath
 * appvms/ and vm-templates/.  Symbolic links aren't followed; what a dot hides, and what lies in a
 * read-only subvolume, is no volume (walk.h).
 *
 * Each directory is read once, without its lock, and only clean and dirty images are examined, so
 * that 10,000 volumes take no longer than a look at them.
 */

#include "subcmd/base/dir.h"
#include "subcmd/pool/state.h"
#include "subcmd/volume/entry.h"

struct pool_volume {
	char *vid; /* relative to the pool */
	struct summary summary;
	bool has_leftovers; /* tempfiles or an import image */
};

struct pool_list {
	struct pool_volume *volumes; /* in the order of their vids' bytes */
	size_t count;
};

/* Find them.  Goes on after a failure, and returns the first; MISSING if this isn't a pool.
 * RET_LIST is to be freed whatever this returns. */
enum status pool_list(const struct dir *pool, struct pool_list *ret_list);
void pool_list_free(struct pool_list *list);

#define _cleanup_pool_list_ _cleanup_(pool_list_free)

/* The volume called VID; NULL if there is none. */
struct pool_volume *pool_list_find(const struct pool_list *list, const char *vid);

/* The index of the volume that has the file NAME, parsed as ENTRY, in the directory PATH beneath
 * the pool; (size_t)-1 if none has. */
size_t pool_list_find_file(const struct pool_list *list, const char *path, const char *name,
			   const struct entry *entry);

#endif
