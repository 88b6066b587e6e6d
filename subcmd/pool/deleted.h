/* SPDX-License-Identifier: MIT */
#ifndef POOL_DELETED_H
#define POOL_DELETED_H

/*
 * A dirty image that somebody removed (rm) while a loop device has it.  The VM runs on, the files
 * look like those of a stopped volume, and all that was written since the start goes with the
 * device.  fsck looks for those of volumes with a clean image or a revision alone: it knows the
 * names of no others.  A snapshot's dirty image is of no use to anybody.
 */

#include "subcmd/pool/scene.h"

/* RET_ITEM stands for it: its name and device alone mean something.  NO: there is none.  Errors are
 * reported. */
enum status deleted_find(const struct scene *scene, struct item *ret_item);

#endif
