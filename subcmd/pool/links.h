/* SPDX-License-Identifier: MIT */
#ifndef POOL_LINKS_H
#define POOL_LINKS_H

/*
 * How many of the names of each inode with several are in the pool?  A revision, or a template and
 * the snapshots of it, share inodes as a matter of course; a name elsewhere is somebody's who may
 * write there.  And has it one beneath vm-templates/?  Then who has another one beneath appvms/ is
 * a snapshot; nothing else tells a snapshot from its source.  A name that a dot hides (walk.h),
 * such as those of a backup of hard links, is one elsewhere.
 */

#include <sys/stat.h>

#include "subcmd/base/dir.h"
#include "subcmd/pool/lost.h"

struct links {
	struct link *links; /* sorted, one for an inode */
	size_t count;
	struct timespec begun; /* links_read(); none has been counted before */
	/* A VM's directory behind a symbolic link was not looked at; or what is counted aren't the
	 * names of a file (filesystem.h). */
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

/* The number of links of ST that were seen, or that there are if there is only one. */
nlink_t links_count(const struct links *links, const struct stat *st);

/* Is ST's last change, and so its newest link, from before links_read()? */
bool links_are_older(const struct links *links, const struct stat *st);

/* Was a link of ST, which has several, seen beneath vm-templates/? */
bool links_are_of_template(const struct links *links, const struct stat *st);

#endif
