/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_ERASE_H
#define VOLUME_ERASE_H

/*
 * Everything of a volume, removed in this order: tempfiles, import, revisions oldest first, clean,
 * precache, dirty.  A crash leaves a volume that works with fewer revisions; or, without clean,
 * its dirty image, which the next start keeps; or nothing.
 */

#include "subcmd/volume/volume.h"

/* Remove them all.  Not yet durable. */
enum status erase_images(struct volume *volume);

#endif
