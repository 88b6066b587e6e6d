/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_PLACE_H
#define VOLUME_PLACE_H

/*
 * Where in a pool is a VM's directory, as its complete path says: POOL/appvms/VM or
 * POOL/vm-templates/VM?
 */

#include "subcmd/base/dir.h"

/* Is it beneath any vm-templates/?  Nothing there is a snapshot; to take what is one for its own
 * source, since the whole pool lies beneath another vm-templates/, loses nothing. */
bool place_is_template(const char *dir);

/* Open the pool that it is in: POOL, that of -C, or another one going by the last such component.
 * MISSING, without a message, if it is in none. */
enum status place_open_pool(const struct dir *pool, const char *dir, struct dir *ret_pool);

#endif
