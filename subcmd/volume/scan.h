/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_SCAN_H
#define VOLUME_SCAN_H

/*
 * What the entries of a VM's directory are to a volume: one of its images, one of its revisions
 * or pins, the tempfile of any of these (entry.h), or somebody else's.
 */

#include "subcmd/volume/volume.h"

/* Read the directory into the struct. */
enum status scan_directory(struct volume *volume);

/* Make room for one more element of volume->revisions. */
enum status scan_reserve_revision(struct volume *volume);

#endif
