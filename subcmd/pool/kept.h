/* SPDX-License-Identifier: MIT */
#ifndef POOL_KEPT_H
#define POOL_KEPT_H

/*
 * Names in a pool that somebody says are his: "NAME.keep" beside NAME, an empty file say, or NAME
 * itself ends so.  fsck tells of neither, nor looks into NAME if that is a directory.  A name,
 * since a link or a device can have no attribute, and a file of another program may not be renamed.
 *
 * Files of a volume have to be in order, whatever anybody says of them.
 */

#include "subcmd/pool/item.h"

#define KEPT_ENDING ".keep"

/* Directories, by their paths in the pool. */
struct kept {
	char **paths;
	size_t count;
};

/* NAME is in the directory PATH. */
enum status kept_see(struct kept *kept, const char *path, const char *name);

/* Is the directory PATH kept, or beneath one that is? */
bool kept_has(const struct kept *kept, const char *path);

void kept_free(struct kept *kept);

/* Set is_kept of those that are, and of those that a dot hides. */
void kept_find(struct items *items);

#endif
