/* SPDX-License-Identifier: MIT */
#ifndef POOL_HELD_H
#define POOL_HELD_H

/*
 * Refusals of a volume that may hold the last copy of what another one has lost (heir.h).  Most
 * refusals name the ways on, and each of these would change the volume; here they must not.
 *
 * All of the pool is read for that; so it is asked only where a command refuses anyway.
 */

#include <limits.h>

#include "subcmd/volume/kind.h"

/* The image that a volume has lost: its path in the pool, "" for none. */
struct held {
	char path[PATH_MAX + NAME_MAX];
};

/* Of which one may the file NAME of VOLUME be the newest state; or any of its files, if NAME is
 * that of VOLUME? */
enum status held_find(const struct volume *volume, const char *name, struct held *ret_of);

/* REFUSED, with the message "cannot DEED it: ..." and where to learn more. */
enum status held_refuse(const struct volume *volume, const char *deed, const struct held *of);

/* The same, if it is one. */
enum status held_require_none(const struct volume *volume, const char *deed);

/* VOLUME is about to get a clean image again, that of BY, or (NULL) another: if it has lost its
 * own, warn of who may have a newer state, which goes with the next start or stop there.  It
 * doesn't fail for want of an answer. */
void held_warn_of_heir(const struct volume *volume, const struct stat *by);

/* kind_check(), or that refusal instead of its own. */
enum status held_check_kind(const struct volume *volume, enum kind kind);

#endif
