/* SPDX-License-Identifier: MIT */
/*
 * resize: the size of the dirty image if there is one, else of the clean one.
 *
 * 	dirty: set its size, fsync; then tell its loop devices	crash: the same again helps
 * 	clean: a clone of the new size replaces it, since it may have other names; fsync of the
 * 	  directory; remove the precache			crash: old or new size
 *
 * The precache is stale then, and start would see that.  It has nothing that isn't in the image,
 * which is made sure of before (salvage.h).
 */

#include <fcntl.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/loop.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/use.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/salvage.h"
#include "subcmd/volume/step.h"
#include "subcmd/volume/used.h"

static struct {
	bool shrink;
} given;

/* "+1G" is so much more than the image has. */
static enum status parse_size(const char *text, const struct stat *st, int64_t *ret_size)
{
	const bool is_relative = *text == '+';
	const enum status status = option_size("SIZE", text + is_relative, ret_size);

	if (status == DONE && is_relative &&
	    __builtin_add_overflow(*ret_size, st->st_size, ret_size))
		return msg_error(USAGE, "invalid size %s for SIZE: no file can be so large",
				 quote(NULL, text));
	return status;
}

static enum status check(const struct volume *volume, enum image image, int64_t size)
{
	const struct stat *st = &volume->image[image].st;
	const char *name = quote(&volume->dir, volume->image[image].name);

	if (!(st->st_mode & 0222))
		return msg_error(REFUSED, "cannot resize %s: it is read-only", name);
	if (size < st->st_size && !given.shrink)
		return msg_error(REFUSED,
				 "cannot resize %s from %lld to %lld bytes:"
				 " that would cut off its end"
				 " (shrink the file system in it first, then use --shrink)",
				 name, (long long)st->st_size, (long long)size);
	return DONE;
}

/* The VM may be running on it. */
static enum status resize_dirty(struct volume *volume, int64_t size)
{
	_cleanup_file_ struct file dirty = FILE_CLOSED;
	enum status status = used_require_unshared(volume, DIRTY);

	if (status == DONE && volume->image[DIRTY].st.st_nlink > 1) {
		status = step_unshare(volume, DIRTY);
		if (status == DONE)
			status = step_sync(volume);
	}
	if (status == DONE)
		status = volume_open_image(volume, DIRTY, O_RDONLY, &dirty);
	if (status != DONE)
		return status;
	if (size != volume->image[DIRTY].st.st_size)
		status = step_resize(volume, DIRTY, size);
	else /* perhaps by one that was interrupted before that was durable */
		status = mark_sync(&dirty);
	return status == DONE ? loop_resize(&dirty, size) : status;
}

static enum status resize_clean(struct volume *volume, int64_t size)
{
	_cleanup_file_ struct file clean = FILE_CLOSED;
	enum status status;

	if (size == volume->image[CLEAN].st.st_size)
		return step_sync(volume);
	status = volume_open_image(volume, CLEAN, O_RDONLY, &clean);
	if (status == DONE)
		(void)use_warn(&volume->dir, clean.name, use_of(&clean));
	if (status == DONE)
		status = mark_require_whole(&clean, "revert to an older state");
	if (status == DONE)
		status = salvage_precache(volume);
	if (status == DONE)
		status = step_clone_resized(volume, CLEAN, &clean, size);
	if (status == DONE)
		status = step_sync(volume);
	if (status != DONE || !volume->image[PRECACHE].exists)
		return status;
	leftover_erase_precache(volume);
	msg_errors_are_warnings(true);
	(void)step_sync(volume);
	msg_errors_are_warnings(false);
	return DONE;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum image image;
	int64_t size;
	/* Nothing is looked at for what is no size at all. */
	enum status status = parse_size(request->operands[1], &(struct stat){.st_size = 0}, &size);

	if (status == DONE)
		status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
				     request->wait, &volume);
	if (status != DONE)
		return status;
	image = volume.image[DIRTY].exists ? DIRTY : CLEAN;
	status = volume_require(&volume, image);
	if (status == DONE)
		status = parse_size(request->operands[1], &volume.image[image].st, &size);
	if (status == DONE)
		status = check(&volume, image, size);
	if (status != DONE)
		return status;
	return image == DIRTY ? resize_dirty(&volume, size) : resize_clean(&volume, size);
}

static const struct option_row options[] = {
	OPTION("shrink", NULL, "allow a smaller size, which cuts off the end", option_flag,
	       given.shrink),
	OPTIONS_END,
};

const struct subcmd cmd_resize = {
	.name = "resize",
	.operands = "VOLUME [+]SIZE",
	.summary = "change the size, telling the loop devices of a running VM",
	.drops = "Drops nothing; but with --shrink what lies beyond the new size, for good.",
	.example = "resize appvms/mail/private 20G",
	.group = LIFE,
	.options = options,
	.least = 2,
	.most = 2,
	.run = run,
};
