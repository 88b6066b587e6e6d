/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_NEWER_H
#define VOLUME_NEWER_H

/* Whoever takes a clean image may not know that the newest state is another. */

#include "subcmd/base/dir.h"

/* If PATH (seen from DIR) is the clean image of a volume that has a dirty one as well, warn that
 * what was written since the last stop is there; HINT, "" or in parentheses, says how to have that.
 */
void newer_warn(const struct dir *dir, const char *path, const char *hint);

#endif
