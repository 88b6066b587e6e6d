/* SPDX-License-Identifier: MIT */
/*
 * snapshot: commit what the dirty image is at this moment, while the VM runs on.
 *
 *	fsync of dirty
 *	clone dirty -> unnamed, and fsync	crash: nothing, it has no name
 *	link clean -> revision N+1		crash: recognised by the next commit, not doubled
 *	remove the precache			crash: the next start takes a little longer
 *	name the clone clean			crash: old or new clean image, the old is a revision
 *	with --pin, link clean -> revision N+2	crash: as above; the snapshot isn't pinned
 *	 and link that -> pin			crash: pinned, or not
 *	fsync of the directory			from here on it stands
 *
 * The dirty image stays, and the next stop commits it: then the snapshot becomes a revision.  It is
 * what a power cut at that moment would have left.  A copy would take its time and be of many
 * moments, so there must be reflinks.
 */

#include <fcntl.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/replace.h"
#include "subcmd/pool/state.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/keep.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/pin.h"
#include "subcmd/volume/step.h"

static struct {
	const char *pin;
} given;

static enum status check(const struct volume *volume)
{
	enum status status = given.pin ? pin_check(volume, given.pin) : DONE;

	if (status == DONE && !volume->image[DIRTY].exists)
		status = volume_require(volume, CLEAN);
	if (status != DONE)
		return status;
	if (!volume->image[DIRTY].exists)
		return msg_error(REFUSED,
				 "cannot take a snapshot of %s: it isn't dirty, and its clean image"
				 " is its newest state (pin that)",
				 quote(&volume->dir, volume->image[CLEAN].name));
	return state_require_saved(volume, "take a snapshot of");
}

/* What DIRTY is at this moment, on the disk. */
static enum status take(struct volume *volume, const struct file *dirty,
			struct replacement *ret_moment)
{
	enum status status = mark_require_whole(dirty, "discard goes back to the last commit");

	if (status == DONE)
		status = mark_sync(dirty);
	if (status == DONE)
		status = replace_begin(&volume->dir, volume->image[CLEAN].name, ret_moment);
	if (status == DONE)
		status = clone_reflink(dirty, &ret_moment->file);
	if (status == NO)
		return msg_error(REFUSED,
				 "cannot take a snapshot of %s: there are no reflinks here, and a"
				 " copy would be of many moments",
				 file_quote(dirty));
	if (status == DONE)
		status = replace_date(ret_moment, dirty);
	return status == DONE ? replace_flush(ret_moment) : status;
}

static enum status snapshot(struct volume *volume)
{
	_cleanup_replacement_ struct replacement moment = {.file = FILE_CLOSED};
	_cleanup_file_ struct file dirty = FILE_CLOSED;
	enum status status = volume_open_image(volume, DIRTY, O_RDONLY, &dirty);

	if (status == DONE)
		status = take(volume, &dirty, &moment);
	if (status == DONE)
		status = keep_clean(volume);
	if (status == DONE)
		leftover_tidy_precache(volume);
	if (status == DONE)
		status = step_adopt(volume, CLEAN, &moment, &dirty);
	if (status == DONE && given.pin)
		status = pin_make_clean(volume, given.pin);
	if (status == DONE)
		status = step_sync(volume);
	if (status == DONE)
		msg_note("%s is what a power cut would have left now",
			 quote(&volume->dir, volume->image[CLEAN].name));
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
					 request->wait, &volume);

	if (status == DONE)
		status = check(&volume);
	return status == DONE ? snapshot(&volume) : status;
}

static const struct option_row options[] = {
	OPTION("pin", "NAME", "pin it, too", option_string, given.pin),
	OPTIONS_END,
};

const struct subcmd cmd_snapshot = {
	.name = "snapshot",
	.operands = "VOLUME",
	.summary = "commit what the dirty image is now, while the VM runs on",
	.drops = "Drops nothing.  Keeps the former clean state as the newest revision.",
	.example = "snapshot --pin=monday appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
