/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_POOL_H
#define VOLUME_POOL_H

/*
 * All the volumes of a pool, found by the names of their files alone: those in the directories
 * beneath appvms/ and vm-templates/.  Symbolic links aren't followed.
 */

#include "subcmd/base/dir.h"

/* Call VISIT with the vid of each volume, sorted within a directory.  Goes on after a failure, and
 * returns the first. */
enum status pool_each_volume(const struct dir *pool,
			     enum status (*visit)(const char *vid, void *data), void *data);

#endif
