/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_ATTACHED_H
#define VOLUME_ATTACHED_H

/*
 * Is a loop device, and so perhaps a VM, on an image of the volume?  Asked before what is written
 * there would be lost.
 */

#include <stdbool.h>

#include "subcmd/volume/volume.h"

/* REFUSED while a loop device holds the dirty image, or (if ALL) any image or revision; but not a
 * snapshot's clean image, which loses only one of its names. */
enum status attached_require_none(const struct volume *volume, bool all);

/* REFUSED while a loop device holds the image and it has several names: what is written there would
 * not be in the copy that step_unshare() makes of it. */
enum status attached_require_unshared(const struct volume *volume, enum image image);

#endif
