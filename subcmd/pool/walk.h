/* SPDX-License-Identifier: MIT */
#ifndef POOL_WALK_H
#define POOL_WALK_H

/*
 * A tree of directories: each is opened and read once, with only one open at a time, however deep
 * the tree.  Symbolic links aren't followed, and what vanishes meanwhile isn't there.
 */

#include <dirent.h>

#include "subcmd/base/dir.h"

struct walker {
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

#endif
