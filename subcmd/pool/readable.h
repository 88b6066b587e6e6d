/* SPDX-License-Identifier: MIT */
#ifndef POOL_READABLE_H
#define POOL_READABLE_H

/*
 * Who else can open an image?  This program makes images of mode 0600.  The Python driver leaves
 * them as the umask of qubesd does, 0644 say, in directories of the group qubes that nobody else
 * can enter (2770): that is in order.  So an image is readable by others if its mode says so, of
 * them or of a group that isn't that of appvms/ or vm-templates/, and the pool, that directory and
 * the VM's let others pass.
 */

#include "subcmd/pool/item.h"

/* Is one of the images in DIR, as far as DIR goes?  GROUP may open them. */
bool readable_is_any(const struct dir *dir, const struct items *items, gid_t group);

/* Does TOP, which is in POOL, let others pass, and POOL itself? */
bool readable_is_open(const struct dir *pool, const struct stat *top);

#endif
