/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_SCAN_H
#define VOLUME_SCAN_H

/*
 * What the entries of a VM's directory are to a volume: one of its images, one of its revisions
 * or pins, the tempfile of any of these, or somebody else's.  Names must match to the letter:
 * "root" has nothing to do with "root2.img~abcdefgh" or "root-old.img".
 */

#include "subcmd/volume/volume.h"

/* Read the directory into the struct. */
enum status scan_directory(struct volume *volume);

/* Make room for one more element of volume->revisions. */
enum status scan_reserve_revision(struct volume *volume);

#endif
