/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_ROOM_H
#define VOLUME_ROOM_H

/* Is there room on the disk for what a VM may write? */

#include "subcmd/volume/volume.h"

/* Warn if the file system has less available than the image, which exists, could still take without
 * taking back what it shares (its size less what is allocated), or less than 5% of all.  A dry run
 * does so for the image that would be. */
void room_warn(const struct volume *volume, enum image image);

#endif
