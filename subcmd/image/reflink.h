/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_REFLINK_H
#define IMAGE_REFLINK_H

/* Does a file system have reflinks?  Nobody can tell but by trying. */

#include <stdbool.h>

#include "subcmd/base/dir.h"
#include "subcmd/image/filesystem.h"

struct reflink_verdict {
	bool works, is_unknown; /* the latter in a dry run alone, which makes no file with a name */
	char filesystem[FILESYSTEM_NAME];
	const char *reason; /* half a sentence */
};

/* Try to reflink a small file in FROM to one in DIR; neither gets a name if O_TMPFILE works.  A
 * read-only DIR accepts none, without being tried. */
enum status reflink_check(struct dir *dir, struct dir *from, struct reflink_verdict *ret_verdict);

#endif
