/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_PRETEND_H
#define VOLUME_PRETEND_H

/*
 * What a dry run remembers.  The steps (step.h) then happen in struct volume alone, and an image
 * that a step made or renamed isn't under its name on disk.  So that a later step can read it,
 * stop's precache say the dirty image that would be clean by then, each such image has a stand-in:
 * a descriptor of the file whose content it would have.
 *
 * Outside a dry run these functions do nothing.
 */

#include "subcmd/volume/volume.h"

/* The image would be the file SOURCE itself: a link to it, or what it was renamed to. */
enum status pretend_same(struct volume *volume, enum image image, const struct file *source);

/* The image would be a file of its own with the content of SOURCE, perhaps with its mtime.  It
 * would be on the volume's file system, wherever SOURCE is: st_dev says so, by which clone.c tells
 * whether a reflink of it would be possible. */
enum status pretend_clone(struct volume *volume, enum image image, const struct file *source,
			  bool keeps_mtime);

/* The image would be one hole of SIZE bytes, or data that nobody has kept: an unnamed file of that
 * size, without any. */
enum status pretend_hole(struct volume *volume, enum image image, int64_t size);

/* Open what stands in for the image.  NO, without a message: nothing does. */
enum status pretend_open(const struct volume *volume, enum image image, struct file *ret_file);

#endif
