/* SPDX-License-Identifier: MIT */
#ifndef POOL_WALK_H
#define POOL_WALK_H

/*
 * A tree of directories: each is opened and read once, with only one open at a time, however deep
 * the tree.  Symbolic links aren't followed, and what vanishes meanwhile isn't there.
 *
 * What a dot hides, and a read-only subvolume of btrfs, is nobody's VM: snapper and its like keep
 * snapshots of a pool in the pool itself, each with all its images.  So the walk doesn't go into
 * such a directory, but into the one where it begins, whatever that is: a read-only pool is a pool.
 * A subvolume is told by the number of its top, which the directory says of itself; so nobody else
 * pays for that with a system call.
 */

#include <dirent.h>
#include <sys/stat.h>

#include "subcmd/base/dir.h"

struct walker {
	/* Go into snapshots and hidden directories too: for who asks what shares data. */
	bool goes_everywhere;
	/* Say of each link to a directory beneath TOP that it isn't followed. */
	bool tells_links;
	/* Called for everything in DIR that isn't a directory.  PATH is DIR seen from the top.
	 * file->d_type may be DT_UNKNOWN. */
	enum status (*file)(const struct dir *dir, const char *path, const struct dirent *file,
			    void *data);
	/* Called when all of DIR has been seen; may be NULL. */
	enum status (*end)(const struct dir *dir, const char *path, void *data);
	void *data;
};

/* Walk PATH beneath TOP ("." for TOP itself) and everything beneath that.  Goes on after a failure,
 * and returns the first; ABSENT if there is no such directory. */
enum status walk_tree(const struct dir *top, const char *path, const struct walker *walker);

/* What WALKER->file() asks of an image: examine NAME in DIR (birth.h); RET_BORN may be NULL.  NO,
 * without a message: it isn't there any more, or is no regular file. */
enum status walk_examine(const struct dir *dir, const char *name, struct stat *ret_st,
			 struct timespec *ret_born);

#endif
