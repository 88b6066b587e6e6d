/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_USED_H
#define VOLUME_USED_H

/*
 * Does somebody, a VM most likely, write to an image of the volume (use.h)?  Asked before what is
 * written there would be lost.  "Perhaps" counts as yes.
 */

#include "subcmd/volume/volume.h"

/* REFUSED while somebody writes to the dirty image, which is to go. */
enum status used_require_no_dirty(const struct volume *volume);

/* The same of any image and revision; but not of a snapshot's clean image, which loses only one of
 * its names. */
enum status used_require_none(const struct volume *volume);

/* REFUSED if the dirty image isn't there since somebody removed it, and a loop device still has it:
 * what the VM wrote goes when that is detached. */
enum status used_require_not_removed(const struct volume *volume);

/* REFUSED while somebody writes to the image and it has several names: what is written there would
 * not be in the copy that step_unshare() makes of it. */
enum status used_require_unshared(const struct volume *volume, enum image image);

#endif
