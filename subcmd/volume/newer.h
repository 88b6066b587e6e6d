/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_NEWER_H
#define VOLUME_NEWER_H

/* Whoever takes an image may not know that the newest state is another. */

#include "subcmd/volume/volume.h"

/* If PATH (seen from DIR) is the clean image of a volume that has a dirty one as well, warn that
 * what was written since the last stop is there; HINT, "" or in parentheses, says how to have that.
 */
void newer_warn(const struct dir *dir, const char *path, const char *hint);

/* Warn if the clean image was written to after the dirty one, ST, that a start goes on with: a
 * person restored it, or something was imported.  A start makes none that is older than clean. */
void newer_warn_clean(const struct volume *volume, const struct stat *st);

#endif
