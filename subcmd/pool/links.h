/* SPDX-License-Identifier: MIT */
#ifndef POOL_LINKS_H
#define POOL_LINKS_H

/*
 * For each inode with several names (hard links): how many of them are in the pool, and is one of
 * them beneath vm-templates/?
 *
 * A revision and its pins, or a template and the snapshots of it, share an inode as a matter of
 * course; a name outside the pool is somebody's who may write there.  A volume beneath appvms/ is a
 * snapshot if its clean image has a name beneath vm-templates/; nothing else tells a snapshot from
 * its source.  A name that a dot hides (walk.h), in a backup of hard links say, counts as outside.
 */

#include <sys/stat.h>

#include "subcmd/base/dir.h"
#include "subcmd/pool/lost.h"

struct links {
	struct link *links; /* sorted, one for an inode */
	size_t count;
	struct timespec begun; /* links_read(); none has been counted before */
	/* Not all names were seen, as a VM's directory lies behind a symbolic link; or st_nlink
	 * doesn't count names (filesystem_counts_links()). */
	bool is_partial;
};

/* Count the links of regular files with names of images in the pool, and in ALSO and beneath if
 * that isn't NULL: a directory outside the pool.  LOST, if it isn't NULL, sees what is in the pool.
 * RET_LINKS is to be freed whatever this returns. */
enum status links_read(const struct dir *pool, const struct dir *also, struct lost *lost,
		       struct links *ret_links);

/* The same of vm-templates/ alone; ABSENT if there is none. */
enum status links_read_templates(const struct dir *pool, struct links *ret_links);

/* For whoever reads the directories anyway: count one, beneath vm-templates/ or not.  When all are
 * counted, links_unite() makes them ready for the questions below. */
enum status links_add(struct links *links, dev_t dev, ino_t ino, bool is_template);
void links_unite(struct links *links);

void links_free(struct links *links);

#define _cleanup_links_ _cleanup_(links_free)

/* How many names of ST were seen; of an inode with one name, whether seen or not: 1. */
nlink_t links_count(const struct links *links, const struct stat *st);

/* Is ST's last change, and so its newest link, from before links_read()? */
bool links_are_older(const struct links *links, const struct stat *st);

/* Was a link of ST, which has several, seen beneath vm-templates/? */
bool links_are_of_template(const struct links *links, const struct stat *st);

#endif
