/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_VID_H
#define VOLUME_VID_H

/*
 * What a volume may be called.  A vid is the path of its images without suffix: relative to the
 * pool ("appvms/work/private") or absolute.  DIR is the VM's directory, NAME the last component.
 */

#include <limits.h>

#include "subcmd/base/status.h"

struct vid {
	const char *text;
	char dir[PATH_MAX]; /* "appvms/work"; "" for the pool itself */
	char name[NAME_MAX + 1];
};

/* USAGE, before anything is touched, for: an empty, "." or ".." component; a control character;
 * a NAME that ends in -dirty, -import or -precache, or too long for its revisions' names. */
enum status vid_parse(const char *text, struct vid *ret_vid);

#endif
