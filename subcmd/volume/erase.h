/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_ERASE_H
#define VOLUME_ERASE_H

/*
 * What goes.  Steps like those of step.h: each changes the directory and the struct volume alike,
 * and none is durable before step_sync().
 */

#include "subcmd/volume/volume.h"

/* Remove the image, if it exists. */
enum status erase_image(struct volume *volume, enum image image);

/* Remove the revision at INDEX (in the array). */
enum status erase_revision(struct volume *volume, size_t index);

/* Remove the revisions for which IS_DROPPED, oldest first.  Goes on after a failure, and returns
 * it. */
enum status erase_revisions(struct volume *volume, const bool *is_dropped);

/* Remove all images: tempfiles, import, revisions and then pins oldest first, clean,
 * precache, dirty.  FAILED, before any of them goes, if one can't be removed (chattr +i).  A crash
 * leaves a volume that works with fewer revisions; or, without clean, its dirty image, which the
 * next start keeps; or nothing. */
enum status erase_all(struct volume *volume);

/* Remove the VM's directory if nobody has anything in it, nor made it ready for something
 * (prepared.h) unless volume_open() made it; never the pool, or appvms/ and vm-templates/ in it. */
enum status erase_dir(struct volume *volume);

/* The revision at INDEX isn't there any more, by whatever name it goes now. */
void erase_forget(struct volume *volume, size_t index);

#endif
