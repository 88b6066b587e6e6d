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
 * What can't be removed (a tempfile, the import, a precache) is a warning, and so is a precache
 * that can't be renamed: then dirty is a clone.  A dirty image for a greater --size has that before
 * it has its name: a precache is no use.  Nothing is pruned: stop does, when another state is safe.
 */

#include <fcntl.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/identity.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/use.h"
#include "subcmd/pool/borrowed.h"
#include "subcmd/pool/held.h"
#include "subcmd/pool/report.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/keep.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/newer.h"
#include "subcmd/volume/room.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"
#include "subcmd/volume/used.h"

static struct {
	struct kind_options kind;
	int64_t size;
	int keep;
} given = {.size = -1, .keep = KEEP_ALL};

/* The image becomes a clone of the clean one, of SIZE bytes if that is more. */
static enum status clone_clean(struct volume *volume, enum image image, int64_t size)
{
	_cleanup_file_ struct file clean = FILE_CLOSED;
	enum status status = volume_open_image(volume, CLEAN, O_RDONLY, &clean);

	if (status != DONE)
		return status;
	return size > file_size(&clean) ? step_clone_resized(volume, image, &clean, size)
					: step_clone(volume, image, &clean, 0);
}

/* Dirty from the precache, if that is a copy of the image ST born at BORN; else from clean. */
static enum status start_from_clean(struct volume *volume, const struct stat *st,
				    const struct timespec *born)
{
	const enum mark_role role = given.kind.source ? MARK_SOURCE : MARK_PRECACHE;
	enum status status;

	if (given.size <= st->st_size && commit_has_precache(volume, role, st, born)) {
		msg_errors_are_warnings(true);
		status = step_rename(volume, PRECACHE, DIRTY);
		msg_errors_are_warnings(false);
		if (status == DONE)
			return DONE;
	}
	borrowed_tidy_precache(volume, given.kind.source);
	return clone_clean(volume, DIRTY, given.size);
}

/* Written to in place, the image is no more the state that it was when it was sent. */
static enum status drop_id(const struct volume *volume)
{
	_cleanup_file_ struct file dirty = FILE_CLOSED;
	enum status status = volume_open_image(volume, DIRTY, O_RDONLY, &dirty);

	return status == DONE ? identity_drop(&dirty) : status;
}

/* Snapshots disabled: dirty is the clean image itself, so nobody else may share its inode.  A start
 * from this volume as SOURCE may link it until it is called dirty; so look again then. */
static enum status start_with_clean(struct volume *volume)
{
	enum status status = used_require_unshared(volume, CLEAN);

	if (status != DONE)
		return status;
	leftover_tidy_precache(volume);
	status = given.size > volume->image[CLEAN].st.st_size
			 ? clone_clean(volume, CLEAN, given.size)
			 : step_unshare(volume, CLEAN);
	if (status == DONE)
		status = step_rename(volume, CLEAN, DIRTY);
	if (status == DONE)
		status = step_unshare(volume, DIRTY);
	return status == DONE ? drop_id(volume) : status;
}

/* Is what the last stop saved to become a revision?  Not if the clean image is SOURCE's: then a
 * start was interrupted, or its dirty image discarded. */
static enum status is_to_be_kept(const struct request *request, const struct volume *volume,
				 bool *ret_is)
{
	bool is_of_source;
	enum status status;

	*ret_is = given.kind.save_on_stop && given.keep != 0;
	if (!*ret_is)
		return DONE;
	status = source_has(&request->pool, given.kind.source, volume, CLEAN, &is_of_source);
	*ret_is = !is_of_source;
	return status;
}

static enum status start_snapshot(const struct request *request, struct volume *volume)
{
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	bool is_kept;
	enum status status = is_to_be_kept(request, volume, &is_kept);

	if (status == DONE)
		status = source_open(&request->pool, given.kind.source, volume, &source);
	if (status == DONE && !is_kept)
		status = borrowed_require_none(volume, given.kind.source, CLEAN, "start");
	if (status != DONE)
		return status;
	leftover_tidy(volume);
	if (is_kept)
		status = keep_clean(volume);
	if (status == DONE)
		status = source_take(&source, volume);
	if (status != DONE)
		return status;
	file_close(&source.clean); /* one descriptor less for what is to come */
	return start_from_clean(volume, &source.clean.st, &source.clean.born);
}

static enum status start_origin(struct volume *volume)
{
	const char *const clean = volume->image[CLEAN].name;
	enum use use = USE_NO;
	bool is_lost = false;
	enum status status = volume_require(volume, CLEAN);

	if (status == DONE)
		status = use_find(&volume->dir, clean, &use, &is_lost);
	if (status == DONE && is_lost)
		status = mark_refuse(&volume->dir, clean,
				     "revert to an older state, or export --force and import it");
	if (status != DONE)
		return status;
	leftover_tidy(volume);
	(void)use_warn(&volume->dir, clean, use);
	if (given.keep == SNAPSHOTS_DISABLED)
		return start_with_clean(volume);
	return start_from_clean(volume, &volume->image[CLEAN].st, &volume->image[CLEAN].born);
}

static enum status start_volatile(struct volume *volume)
{
	leftover_tidy(volume);
	return step_make_hole(volume, DIRTY, given.size);
}

/* After a crash this is all there is of what the VM wrote.  Or it is still running on it. */
static enum status start_again(struct volume *volume)
{
	_cleanup_file_ struct file dirty = FILE_CLOSED;
	enum status status = volume_open_image(volume, DIRTY, O_RDONLY, &dirty);

	if (status == DONE)
		status = mark_require_whole(&dirty, "discard goes back to the last stop; stop"
						    " --force commits what can be read");
	if (status == DONE)
		status = used_require_unshared(volume, DIRTY);
	if (status != DONE)
		return status;
	newer_warn_clean(volume, &dirty.st);
	leftover_tidy(volume);
	/* Its other names keep the id. */
	return dirty.st.st_nlink > 1 ? step_unshare(volume, DIRTY) : identity_drop(&dirty);
}

static enum status start(const struct request *request, enum kind kind, struct volume *volume)
{
	const char *const dirty = volume->image[DIRTY].name;

	if (kind_is_saved(kind) && volume->image[DIRTY].exists)
		return start_again(volume);
	if (volume->image[DIRTY].exists)
		(void)use_warn(&volume->dir, dirty, use_of_name(&volume->dir, dirty));
	if (kind == VOLATILE)
		return start_volatile(volume);
	return kind == ORIGIN ? start_origin(volume) : start_snapshot(request, volume);
}

/* Find faults in the request before anything is touched, be it the VM's directory. */
static enum status check(const struct request *request, enum kind *ret_kind)
{
	enum status status = kind_from_options(&given.kind, ret_kind);

	if (status == DONE && *ret_kind == VOLATILE && given.size < 0)
		return msg_error(USAGE, "a volatile volume needs --size=SIZE");
	if (status == DONE && given.kind.source)
		status = source_check(&request->pool, given.kind.source, *request->operands);
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
		status = held_check_kind(&volume, kind);
	if (status == DONE)
		status = start(request, kind, &volume);
	if (status == DONE)
		status = step_sync(&volume);
	if (status == DONE)
		room_warn(&volume, DIRTY);
	else if (volume.is_new)
		(void)erase_dir(&volume);
	return status == DONE ? report_path(&volume, volume.image[DIRTY].name, request->json)
			      : status;
}

static const struct option_row options[] = {
	OPTIONS_KIND(given.kind),
	OPTION_SIZE("of a volatile volume; others are made as large", given.size),
	OPTION_KEEP("as for stop; -1: run on the clean image", given.keep),
	OPTIONS_END,
};

const struct subcmd cmd_start = {
	.name = "start",
	.operands = "VOLUME",
	.summary = "make the dirty image ready for the VM and print its path",
	.drops = "Drops tempfiles, an unfinished import and, of a snapshot or volatile volume, a\n"
		 "dirty image.  Keeps the dirty image of any other, and all revisions.",
	.example = "start appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
