/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/step.h"

#include <fcntl.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/apply.h"
#include "subcmd/image/like.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/replace.h"
#include "subcmd/image/use.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/pretend.h"

enum status step_sync(struct volume *volume)
{
	return durable_sync(&volume->dir);
}

/* What the image is now goes when its space is freed: by step_sync(). */
static void hold(struct volume *volume, enum image image)
{
	if (volume->image[image].exists)
		durable_hold(&volume->dir, volume->image[image].name);
}

/* What isn't there is to be new (replace.h). */
static unsigned target_of(const struct volume *volume, enum image image)
{
	return volume->image[image].exists ? 0 : REPLACE_NEW;
}

/* The image becomes a clone of NAME, which goes then.  Crash: both are there, with the same
 * content; whoever comes next takes the dirty one for the newer, or a revision more is kept. */
static enum status move_by_clone(struct volume *volume, const char *name, enum image to)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	enum status status = file_open_seen(&volume->dir, name, O_RDONLY, &file);

	if (status == DONE)
		status = step_clone(volume, to, &file, REPLACE_DATED);
	if (status == DONE)
		status = step_sync(volume);
	return status == DONE ? durable_unlink(&volume->dir, name) : status;
}

/* Rename NAME, which is the file ST, over the image; where that is impossible, clone it. */
static enum status rename_over(struct volume *volume, const char *name, const struct stat *st,
			       const struct timespec *born, enum image to)
{
	const bool exists = volume->image[to].exists;
	enum status status;

	if (exists) {
		if (file_is_same(st, &volume->image[to].st))
			return durable_unlink(&volume->dir, name);
		hold(volume, to);
	}
	status = durable_rename(&volume->dir, name, volume->image[to].name,
				exists ? DURABLE_REPLACE : DURABLE_NEW);
	if (status == NO)
		return move_by_clone(volume, name, to);
	if (status == DONE) {
		volume->image[to].exists = true;
		volume->image[to].st = *st;
		volume->image[to].born = *born;
	}
	return status;
}

enum status step_rename(struct volume *volume, enum image from, enum image to)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	enum status status = DONE;

	if (msg_is_dry_run())
		status = volume_open_image(volume, from, O_RDONLY, &file);
	if (status == DONE)
		status = rename_over(volume, volume->image[from].name, &volume->image[from].st,
				     &volume->image[from].born, to);
	if (status != DONE)
		return status;
	volume->image[from].exists = false;
	return pretend_same(volume, to, &file);
}

enum status step_open_revision(const struct volume *volume, const struct revision *revision,
			       bool forces, char name[static NAME_MAX + 1], struct file *ret_file)
{
	enum status status;

	revision_name(revision, volume->image[CLEAN].name, name);
	status = file_open(&volume->dir, name, O_RDONLY, ret_file);
	if (status == DONE && !forces)
		status = mark_require_whole(ret_file,
					    "revert to another; --force takes what can be read");
	if (status == DONE)
		status = mark_sync(ret_file);
	if (status == DONE)
		status = mark_forgive(ret_file);
	if (status == DONE)
		(void)use_warn(&volume->dir, name, use_of(ret_file));
	return status;
}

enum status step_restore_revision(struct volume *volume, size_t index, const struct file *file)
{
	const enum status status = rename_over(volume, file->name, &file->st, &file->born, CLEAN);

	if (status != DONE)
		return status;
	erase_forget(volume, index);
	return pretend_same(volume, CLEAN, file);
}

/* Look at what the image is now. */
static enum status refresh(struct volume *volume, enum image image)
{
	const char *name = volume->image[image].name;

	if (msg_is_dry_run())
		return DONE;
	volume->image[image].exists = true;
	if (birth_stat(volume->dir.fd, name, &volume->image[image].st, &volume->image[image].born) <
	    0)
		return msg_errno(FAILED, "cannot examine %s", quote(&volume->dir, name));
	return DONE;
}

enum status step_clone(struct volume *volume, enum image image, const struct file *source,
		       unsigned flags)
{
	enum status status;

	hold(volume, image);
	status = replace_by_clone(&volume->dir, volume->image[image].name, source,
				  flags | target_of(volume, image));
	if (status == DONE)
		status = pretend_clone(volume, image, source, flags & REPLACE_DATED);
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_adopt(struct volume *volume, enum image image, struct replacement *new,
		       const struct file *source)
{
	enum status status;

	hold(volume, image);
	new->is_new = !volume->image[image].exists;
	status = replace_commit(new);
	if (status != DONE)
		return status;
	file_close(&new->file); /* or we would be those who write to the image */
	msg_done("reflinked %s -> %s", file_quote(source), file_quote(&new->file));
	status = pretend_clone(volume, image, source, true);
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_clone_resized(struct volume *volume, enum image image, struct file *source,
			       int64_t size)
{
	enum status status;

	hold(volume, image);
	status = replace_resized(&volume->dir, volume->image[image].name, source,
				 target_of(volume, image), size);
	if (status == DONE)
		status = pretend_clone(volume, image, source, false);
	if (status == DONE)
		status = refresh(volume, image);
	if (status == DONE)
		volume->image[image].st.st_size = size; /* in a dry run, too */
	return status;
}

enum status step_receive(struct volume *volume, enum image image, const struct file *source,
			 const struct file *like, int64_t size)
{
	enum status status = like_replace(&volume->dir, volume->image[image].name, source, like,
					  target_of(volume, image), size, &size);

	if (status == DONE)
		status = pretend_hole(volume, image, size); /* what came is gone */
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_apply(struct volume *volume, enum image image, const struct file *base,
		       const struct file *like, struct stream *stream, bool may_lack_sum)
{
	const struct apply_target target = {base, like, !volume->image[image].exists};
	enum status status = apply_stream(&volume->dir, volume->image[image].name, &target, stream,
					  may_lack_sum);

	if (status == DONE)
		status = pretend_hole(volume, image, stream->size);
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_link(struct volume *volume, enum image image, const struct file *source)
{
	const bool exists = volume->image[image].exists;
	enum status status;

	if (exists && file_is_same(&volume->image[image].st, &source->st))
		return DONE;
	hold(volume, image);
	status = durable_link(source->dir, source->name, &volume->dir, volume->image[image].name,
			      exists ? DURABLE_REPLACE : DURABLE_NEW);
	if (status == DONE)
		status = pretend_same(volume, image, source);
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_make_hole(struct volume *volume, enum image image, int64_t size)
{
	enum status status;

	hold(volume, image);
	status = replace_by_hole(&volume->dir, volume->image[image].name, target_of(volume, image),
				 size);
	if (status == DONE)
		status = pretend_hole(volume, image, size);
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_resize(struct volume *volume, enum image image, int64_t size)
{
	struct stat *st = &volume->image[image].st;
	const char *name = volume->image[image].name;
	_cleanup_file_ struct file file = FILE_CLOSED;
	enum status status = volume_open_image(volume, image, O_RDWR, &file);

	if (status == DONE && !msg_is_dry_run())
		status = file_set_size(&file, size);
	if (status == DONE)
		status = mark_sync(&file);
	if (status != DONE)
		return status;
	msg_done("resized %s (%lld -> %lld bytes)", quote(&volume->dir, name),
		 (long long)st->st_size, (long long)size);
	st->st_size = size;
	return DONE;
}

enum status step_unshare(struct volume *volume, enum image image)
{
	_cleanup_file_ struct file shared = FILE_CLOSED;
	/* Links to it may have been made since the scan: that takes no lock of ours. */
	enum status status = volume_open_image(volume, image, O_RDONLY, &shared);

	if (status != DONE || shared.st.st_nlink == 1)
		return status;
	return step_clone(volume, image, &shared, REPLACE_DATED);
}
