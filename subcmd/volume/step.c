/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/step.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/prepared.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/apply.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/replace.h"
#include "subcmd/image/use.h"
#include "subcmd/volume/pretend.h"
#include "subcmd/volume/scan.h"

enum status step_sync(struct volume *volume)
{
	return durable_sync(&volume->dir);
}

enum status step_drop_leftovers(struct volume *volume)
{
	enum status status = DONE;

	while (volume->n_temps && status == DONE) {
		status = durable_unlink(&volume->dir, volume->temps[volume->n_temps - 1]);
		volume->n_temps -= status == DONE;
	}
	return status == DONE ? step_remove(volume, IMPORT) : status;
}

enum status step_remove(struct volume *volume, enum image image)
{
	enum status status;

	if (!volume->image[image].exists)
		return DONE;
	status = durable_unlink(&volume->dir, volume->image[image].name);
	if (status == DONE)
		volume->image[image].exists = false;
	return status;
}

/* The revision at INDEX isn't there any more. */
static void forget_revision(struct volume *volume, size_t index)
{
	volume->n_revisions--;
	memmove(&volume->revisions[index], &volume->revisions[index + 1],
		(volume->n_revisions - index) * sizeof(*volume->revisions));
}

enum status step_remove_revision(struct volume *volume, size_t index)
{
	char name[NAME_MAX + 1];
	enum status status;

	revision_name(&volume->revisions[index], volume->image[CLEAN].name, name);
	status = durable_unlink(&volume->dir, name);
	if (status == DONE)
		forget_revision(volume, index);
	return status;
}

enum status step_remove_revisions(struct volume *volume, const bool *is_dropped)
{
	const size_t count = volume->n_revisions;
	enum status status = DONE;

	for (size_t i = 0, index = 0; i < count; i++) {
		const enum status one = is_dropped[i] ? step_remove_revision(volume, index) : NO;

		index += one != DONE;
		status = one == DONE || one == NO ? status : one;
	}
	return status;
}

enum status step_erase(struct volume *volume)
{
	enum status status = step_drop_leftovers(volume);

	while (volume->n_revisions && status == DONE)
		status = step_remove_revision(volume, 0);
	if (status == DONE)
		status = step_remove(volume, CLEAN);
	if (status == DONE)
		status = step_remove(volume, PRECACHE);
	return status == DONE ? step_remove(volume, DIRTY) : status;
}

enum status step_remove_dir(struct volume *volume)
{
	_cleanup_dir_ struct dir parent = DIR_CLOSED;
	const char *name;
	enum status status;

	if (!volume_has_dir_alone(volume))
		return DONE;
	status = vid_open_parent(volume->pool, &volume->vid, &parent, &name);
	if (status == DONE && !volume->is_new && prepared_is(&volume->dir, &parent))
		return DONE;
	if (status == DONE)
		status = durable_rmdir(&parent, name);
	return status == DONE ? durable_sync(&parent) : status;
}

/* What the image is now goes when its space is freed: by step_sync(). */
static void hold(struct volume *volume, enum image image)
{
	if (volume->image[image].exists)
		durable_hold(&volume->dir, volume->image[image].name);
}

/* Rename NAME, which is the file ST, over the image. */
static enum status rename_over(struct volume *volume, const char *name, const struct stat *st,
			       const struct timespec *born, enum image to)
{
	const struct stat *replaced = &volume->image[to].st;
	enum status status;

	if (volume->image[to].exists) {
		if (file_is_same(st, replaced))
			return durable_unlink(&volume->dir, name);
		hold(volume, to);
	}
	status = durable_rename(&volume->dir, name, volume->image[to].name);
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

enum status step_restore_revision(struct volume *volume, size_t index, bool forces)
{
	_cleanup_file_ struct file file;
	char name[NAME_MAX + 1];
	enum status status;

	revision_name(&volume->revisions[index], volume->image[CLEAN].name, name);
	status = file_open(&volume->dir, name, O_RDONLY, &file);
	if (status == DONE && !forces)
		status = mark_require_whole(&file,
					    "revert to another; --force takes what can be read");
	if (status == DONE)
		status = mark_sync(&file);
	if (status == DONE)
		status = mark_forgive(&file);
	if (status != DONE)
		return status;
	(void)use_warn(&volume->dir, name, use_of(&file));
	status = rename_over(volume, name, &file.st, &file.born, CLEAN);
	if (status != DONE)
		return status;
	forget_revision(volume, index);
	return pretend_same(volume, CLEAN, &file);
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
	status = replace_by_clone(&volume->dir, volume->image[image].name, source, flags);
	if (status == DONE)
		status = pretend_clone(volume, image, source, flags & REPLACE_DATED);
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_clone_resized(struct volume *volume, enum image image, const struct file *source,
			       int64_t size)
{
	enum status status;

	hold(volume, image);
	status = replace_resized(&volume->dir, volume->image[image].name, source, size);
	if (status == DONE)
		status = pretend_clone(volume, image, source, false);
	if (status == DONE)
		status = refresh(volume, image);
	if (status == DONE)
		volume->image[image].st.st_size = size; /* in a dry run, too */
	return status;
}

enum status step_receive(struct volume *volume, enum image image, const struct file *source,
			 int64_t size)
{
	enum status status =
		replace_by_stream(&volume->dir, volume->image[image].name, source, size, &size);

	if (status == DONE)
		status = pretend_hole(volume, image, size); /* what came is gone */
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_apply(struct volume *volume, enum image image, const struct file *base,
		       struct stream *stream, bool may_lack_sum)
{
	enum status status =
		apply_stream(&volume->dir, volume->image[image].name, base, stream, may_lack_sum);

	if (status == DONE)
		status = pretend_hole(volume, image, stream->size);
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_link(struct volume *volume, enum image image, const struct file *source)
{
	const bool exists = volume->image[image].exists;
	const struct stat *st = &volume->image[image].st;
	enum status status;

	if (exists && file_is_same(st, &source->st))
		return DONE;
	hold(volume, image);
	status = durable_link(source->dir, source->name, &volume->dir, volume->image[image].name,
			      exists);
	if (status == DONE)
		status = pretend_same(volume, image, source);
	return status == DONE ? refresh(volume, image) : status;
}

enum status step_make_hole(struct volume *volume, enum image image, int64_t size)
{
	enum status status;

	hold(volume, image);
	status = replace_by_hole(&volume->dir, volume->image[image].name, size);
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

	if (status == DONE && !msg_is_dry_run() && ftruncate(file.fd, size) < 0)
		status = msg_errno(FAILED, "cannot resize %s", quote(&volume->dir, name));
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
