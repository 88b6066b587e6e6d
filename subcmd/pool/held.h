/* SPDX-License-Identifier: MIT */
#ifndef POOL_HELD_H
#define POOL_HELD_H

/*
 * Refusals of a volume that may hold the last copy of what another one has lost (heir.h).  Most
 * refusals name the ways on, and each of these would change the volume; here they must not.
 *
 * All of the pool is read for that; so it is asked only where a command refuses anyway.
 */

#include "subcmd/volume/kind.h"

/* REFUSED, with the message "cannot DEED it: ..." and where to learn more, if it is one. */
enum status held_require_none(const struct volume *volume, const char *deed);

/* kind_check(), or that refusal instead of its own. */
enum status held_check_kind(const struct volume *volume, enum kind kind);

#endif
