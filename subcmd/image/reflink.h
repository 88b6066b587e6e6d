/* SPDX-License-Identifier: MIT */
#ifndef BASE_REFLINK_H
#define BASE_REFLINK_H

/* Does a file system have reflinks?  Nobody can tell but by trying. */

#include <stdbool.h>

#include "subcmd/base/dir.h"

struct reflink_verdict {
	bool works;
	char filesystem[32]; /* "btrfs"; its magic number in hexadecimal if unknown */
	const char *reason;  /* half a sentence */
};

/* Try to reflink a small file in FROM to one in DIR; neither gets a name if O_TMPFILE works.  A
 * read-only DIR accepts none, without being tried. */
enum status reflink_check(struct dir *dir, struct dir *from, struct reflink_verdict *ret_verdict);

#endif
