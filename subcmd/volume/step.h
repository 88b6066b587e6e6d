/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_STEP_H
#define VOLUME_STEP_H

/*
 * The steps that transitions are made of.  Each changes the directory and the struct volume alike
 * (in a dry run the struct alone), logs what it did and reports its errors.  None of them is
 * durable before step_sync().
 *
 * An image that doesn't exist is to be new: if it is there all the same, on a file system that
 * doesn't distinguish case, say, nothing is replaced, and that is REFUSED.
 */

#include "subcmd/image/replace.h"
#include "subcmd/image/stream.h"
#include "subcmd/volume/volume.h"

/* Make everything done so far durable. */
enum status step_sync(struct volume *volume);

/* Rename the image over TO.  Of two links of one inode, FROM is removed instead, since rename(2)
 * would do nothing.  Where a rename is impossible within the directory (durable.h), TO becomes a
 * clone, durably, and then FROM is removed.  The space of what TO was is freed by step_sync(). */
enum status step_rename(struct volume *volume, enum image from, enum image to);

/* Open and flush a revision or pin, to be restored; NAME is where its name is kept.  One that is
 * marked as lost (mark.h) is REFUSED, unless FORCES. */
enum status step_open_revision(const struct volume *volume, const struct revision *revision,
			       bool forces, char name[static NAME_MAX + 1], struct file *ret_file);

/* FILE, the revision at INDEX, becomes the clean image as by step_rename(). */
enum status step_restore_revision(struct volume *volume, size_t index, const struct file *file);

/* The image becomes a clone of SOURCE; FLAGS are those of replace_by_clone(). */
enum status step_clone(struct volume *volume, enum image image, const struct file *source,
		       unsigned flags);

/* The image becomes NEW, a reflink of SOURCE with its mtime (replace_date()), which is
 * closed. */
enum status step_adopt(struct volume *volume, enum image image, struct replacement *new,
		       const struct file *source);

/* The image becomes a clone of SOURCE, cut or grown to SIZE bytes. */
enum status step_clone_resized(struct volume *volume, enum image image, struct file *source,
			       int64_t size);

/* The image becomes what comes out of SOURCE, sharing with LIKE, or NULL: like_replace(). */
enum status step_receive(struct volume *volume, enum image image, const struct file *source,
			 const struct file *like, int64_t size);

/* The image becomes what STREAM makes of BASE, or beside LIKE; either may be NULL: apply.h. */
enum status step_apply(struct volume *volume, enum image image, const struct file *base,
		       const struct file *like, struct stream *stream, bool may_lack_sum);

/* The image becomes a link to SOURCE; NO if links can't be made there. */
enum status step_link(struct volume *volume, enum image image, const struct file *source);

/* The image becomes one hole of SIZE bytes. */
enum status step_make_hole(struct volume *volume, enum image image, int64_t size);

/* Cut or grow the image in place to SIZE bytes, which only a dirty image with one name allows, and
 * flush it. */
enum status step_resize(struct volume *volume, enum image image, int64_t size);

/* Give the image, which exists, an inode of its own if it has several names, before anybody writes
 * to it. */
enum status step_unshare(struct volume *volume, enum image image);

#endif
