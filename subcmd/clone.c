/* SPDX-License-Identifier: MIT */
/*
 * clone: a new volume with the clean content of another, wherever that is.
 *
 * 	with --live, reflink SOURCE's dirty image to an unnamed file, and clone that
 * 	remove tempfiles		crash: fewer of them
 * 	clone SOURCE -> clean		crash: it is there whole, or not at all
 * 	fsync of the directory
 */

#include "subcmd/image/replace.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/newer.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"

static struct {
	bool live;
} given;

static enum status clone(struct volume *volume, const struct file *source)
{
	enum status status = volume_require_nothing(volume, "");

	if (status != DONE)
		return status;
	leftover_tidy(volume);
	status = step_clone(volume, CLEAN, source, 0);
	return status == DONE ? step_sync(volume) : status;
}

/* The state to be cloned: RET_FILE, which belongs to SOURCE or MOMENT. */
static enum status open_source(const struct request *request, struct source *source,
			       struct replacement *moment, const struct file **ret_file)
{
	const char *const vid = request->operands[0];
	enum status status;

	*ret_file = &source->clean;
	if (!given.live) {
		status = source_open(&request->pool, vid, NULL, source);
		if (status == DONE)
			newer_warn(&source->dir, source->name, " (--live takes that)");
		return status;
	}
	status = source_open_dirty(&request->pool, vid, source);
	if (status == DONE)
		status = replace_freeze(&source->dir, &source->clean, moment);
	if (status == DONE)
		*ret_file = &moment->file;
	return status == NO ? DONE : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_replacement_ struct replacement moment = {.file = FILE_CLOSED};
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	const struct file *file;
	enum status status = open_source(request, &source, &moment, &file);

	if (status == DONE)
		status = volume_open(&request->pool, request->operands[1],
				     VOLUME_CHANGE | VOLUME_MAKE_DIR, request->wait, &volume);
	if (status == DONE)
		status = clone(&volume, file);
	if (status != DONE && volume.is_new)
		(void)erase_dir(&volume);
	return status;
}

static const struct option_row options[] = {
	OPTION("live", NULL, "the dirty image, as it is at this moment", option_flag, given.live),
	OPTIONS_END,
};

const struct subcmd cmd_clone = {
	.name = "clone",
	.operands = "SOURCE VOLUME",
	.summary = "create a volume with the clean content of another",
	.drops = "Drops nothing.  Keeps SOURCE as it is; its revisions and, without --live, what\n"
		 "was written since its last stop don't come along.",
	.example = "clone appvms/mail/private /mnt/pool2/appvms/mail/private",
	.group = DATA,
	.options = options,
	.least = 2,
	.most = 2,
	.run = run,
};
