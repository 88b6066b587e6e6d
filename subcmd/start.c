/* SPDX-License-Identifier: MIT */
/*
 * start: make the dirty image ready for the VM, and print its path.
 *
 *	drop tempfiles and import		crash: fewer of them (in every case, first)
 *	ORIGIN, ORIGIN_SNAPSHOT with dirty	nothing to do: the VM or the machine crashed
 *	ORIGIN		precache -> dirty, or a clone of clean (or, with snapshots disabled, clean
 *			itself) -> dirty	crash: dirty is there whole, or not at all
 *	SNAPSHOT	link SOURCE -> clean	crash: a link more, which the next start replaces
 *			precache -> dirty, or a clone of clean -> dirty
 *	ORIGIN_SNAPSHOT	clean -> revision	crash: recognised as an interrupted commit
 *			then like SNAPSHOT	crash: clean is SOURCE's, which makes no revision
 *	VOLATILE	a hole -> dirty
 *	fsync of the directory			the one that makes it all durable
 *
 * A dirty image that is made for a greater --size has that before it has its name, so a precache
 * is no use for it.  Nothing is pruned here: that is for stop, when another state is safe.
 */

#include <fcntl.h>

#include "subcmd/base/msg.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/attached.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/keep.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/precache.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"

/* The image becomes a clone of the clean one, of SIZE bytes if that is more. */
static enum status clone_clean(struct volume *volume, enum image image, int64_t size)
{
	_cleanup_file_ struct file clean = FILE_CLOSED;
	enum status status = volume_open_image(volume, CLEAN, O_RDONLY, &clean);

	if (status != DONE)
		return status;
	return size > file_size(&clean) ? step_clone_resized(volume, image, &clean, size)
					: step_clone(volume, image, &clean, false);
}

/* Dirty from the clean image, which stays. */
static enum status start_from_clean(const struct request *request, struct volume *volume)
{
	const struct stat *clean = &volume->image[CLEAN].st;
	enum status status;

	if (request->size <= clean->st_size && precache_is_good(volume, clean))
		return step_rename(volume, PRECACHE, DIRTY);
	status = step_remove(volume, PRECACHE);
	return status == DONE ? clone_clean(volume, DIRTY, request->size) : status;
}

/* Snapshots disabled: dirty is the clean image itself, so nobody else may share its inode.  A start
 * from this volume as SOURCE may link it until it is called dirty; so look again then. */
static enum status start_with_clean(const struct request *request, struct volume *volume)
{
	enum status status = step_remove(volume, PRECACHE);

	if (status == DONE)
		status = request->size > volume->image[CLEAN].st.st_size
				 ? clone_clean(volume, CLEAN, request->size)
				 : step_unshare(volume, CLEAN);
	if (status == DONE)
		status = step_rename(volume, CLEAN, DIRTY);
	return status == DONE ? step_unshare(volume, DIRTY) : status;
}

/* Is what the last stop saved to become a revision?  Not if the clean image is SOURCE's: then a
 * start was interrupted, or its dirty image discarded.  DONE, NO, or a failure. */
static enum status is_to_be_kept(const struct request *request, const struct volume *volume)
{
	enum status status;

	if (!request->save_on_stop || request->keep == 0)
		return NO;
	status = source_has(&request->pool, request->source, &volume->image[CLEAN].st);
	return status == NO ? DONE : status == DONE ? NO : status;
}

/* A template's clean image becomes ours by a link, or where that is impossible by a clone with
 * the same mtime: is-outdated compares either. */
static enum status take_snapshot(const struct request *request, struct volume *volume)
{
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	const enum status kept = is_to_be_kept(request, volume);
	enum status status = kept;

	if (kept == DONE || kept == NO)
		status = source_open(&request->pool, request->source, volume, &source);
	if (status == DONE)
		status = step_drop_leftovers(volume);
	if (status == DONE && kept == DONE)
		status = keep_clean(volume);
	if (status == DONE)
		status = step_link(volume, CLEAN, &source.clean);
	return status == NO ? step_clone(volume, CLEAN, &source.clean, true) : status;
}

static enum status start_origin(const struct request *request, struct volume *volume)
{
	enum status status = volume_require(volume, CLEAN);

	if (status == DONE)
		status = step_drop_leftovers(volume);
	if (status != DONE)
		return status;
	return request->keep == SNAPSHOTS_DISABLED ? start_with_clean(request, volume)
						   : start_from_clean(request, volume);
}

static enum status start_snapshot(const struct request *request, struct volume *volume)
{
	enum status status = take_snapshot(request, volume);

	return status == DONE ? start_from_clean(request, volume) : status;
}

static enum status start_volatile(const struct request *request, struct volume *volume)
{
	enum status status = step_drop_leftovers(volume);

	return status == DONE ? step_make_hole(volume, DIRTY, request->size) : status;
}

/* What a crash left of a volume that is saved is all there is of it.  Or there was no crash, and
 * the VM is running on it. */
static enum status start_again(struct volume *volume)
{
	enum status status = attached_require_unshared(volume, DIRTY);

	if (status == DONE)
		status = step_drop_leftovers(volume);
	return status == DONE ? step_unshare(volume, DIRTY) : status;
}

static enum status start(const struct request *request, enum kind kind, struct volume *volume)
{
	if (kind_is_saved(kind) && volume->image[DIRTY].exists)
		return start_again(volume);
	if (kind == VOLATILE)
		return start_volatile(request, volume);
	if (kind == ORIGIN)
		return start_origin(request, volume);
	return start_snapshot(request, volume);
}

/* Find faults in the request before anything is touched, be it the VM's directory. */
static enum status check(const struct request *request, enum kind *ret_kind)
{
	enum status status = kind_from_options(request->source, request->save_on_stop,
					       request->is_volatile, ret_kind);

	if (status == DONE && *ret_kind == VOLATILE && request->size < 0)
		return msg_error(USAGE, "a volatile volume needs --size=SIZE");
	if (status == DONE && request->source)
		status = source_check(&request->pool, request->source, *request->operands);
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum kind kind;
	enum status status = check(request, &kind);

	if (status != DONE)
		return status;
	status = volume_open(&request->pool, *request->operands,
			     VOLUME_CHANGE | (kind == ORIGIN ? 0 : VOLUME_MAKE_DIR), request->wait,
			     &volume);
	if (status == DONE)
		status = kind_check(&volume, kind);
	if (status == DONE)
		status = start(request, kind, &volume);
	if (status == DONE)
		status = step_sync(&volume);
	if (status != DONE && volume.is_new)
		(void)step_remove_dir(&volume);
	if (status != DONE)
		return status;
	return volume_print_path(&volume, volume.image[DIRTY].name, request->json);
}

static const struct cli_option options[] = {
	OPTIONS_KIND,
	OPTION_SIZE("of a volatile volume; others are made as large"),
	OPTION_KEEP("as for stop; -1: run on the clean image"),
	OPTIONS_END,
};

const struct subcmd cmd_start = {
	.name = "start",
	.operands = "VOLUME",
	.summary = "make the dirty image ready for the VM and print its path",
	.example = "start appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
