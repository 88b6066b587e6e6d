/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_VID_H
#define VOLUME_VID_H

/*
 * What a volume may be called.  A vid is the path of its images without suffix: relative to the
 * pool ("appvms/mail/private") or absolute.  DIR is the VM's directory, NAME the last component.
 */

#include <limits.h>

#include "subcmd/base/dir.h"

struct vid {
	const char *text;
	char dir[PATH_MAX]; /* "appvms/mail"; "" for the pool itself */
	char name[NAME_MAX + 1];
};

/* What is told of a volume of which there is nothing. */
#define VID_NO_SUCH "no such volume ('reflinkctl list' names them)"

/* USAGE, before anything is touched, for: an empty, "." or ".." component; a control character;
 * a NAME that ends in -dirty, -import or -precache, or too long for its revisions' names. */
enum status vid_parse(const char *text, struct vid *ret_vid);

/* What is wrong with the LENGTH bytes of NAME, without control characters, as the last component?
 * A sentence about the volume; NULL: nothing. */
const char *vid_name_fault(const char *name, size_t length);

/* Open the VM's directory, which symbolic links can't lead out of its pool: POOL; or for an
 * absolute vid that isn't in there, the pool by its path (layout.h) or else the directory two
 * levels above it.  An absent one is told of as a volume that doesn't exist.  RET_DIR is to be
 * closed whatever this returns. */
enum status vid_open_dir(const struct dir *pool, const struct vid *vid, enum dir_need need,
			 struct dir *ret_dir);

/* Open the directory that the VM's directory is in; RET_NAME is what that is called there. */
enum status vid_open_parent(const struct dir *pool, const struct vid *vid, struct dir *ret_parent,
			    const char **ret_name);

#endif
