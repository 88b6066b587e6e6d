/* SPDX-License-Identifier: MIT */
/*
 * clone: a new volume with the clean content of another, wherever that is.
 *
 * 	with --live, reflink SOURCE's dirty image to an unnamed file, and clone that
 * 	remove tempfiles		crash: fewer of them
 * 	clone SOURCE -> clean		crash: it is there whole, or not at all
 * 	fsync of the directory
 *
 * With --revisions, all states of SOURCE, as lineage.h and renew.h have it:
 *
 * 	take the lock of SOURCE, open all its states (--live: and reflink its dirty image to an
 * 	  unnamed file), and give it back
 * 	remove tempfiles		crash: fewer of them
 * 	make each state, oldest first, as an unnamed file, and fsync it
 * 					crash: nothing, none has a name
 * 	name the revisions and pins, oldest first
 * 					crash: some of them, and no clean image: start says that
 * 	  there is none, and another clone, what to remove; SOURCE has all of it
 * 	name the clean image		crash: as before, or all of it
 * 	fsync of the directory
 *
 * The lock of SOURCE is not held while VOLUME's is waited for: two that clone to and fro would wait
 * for each other, and both may be one directory's.
 */

#include "subcmd/image/replace.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/lineage.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/newer.h"
#include "subcmd/volume/renew.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"

static const char TAKES_THAT[] = " (--live takes that)";

static struct {
	bool live, revisions;
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

static enum status open_target(const struct request *request, struct volume *volume)
{
	return volume_open(&request->pool, request->operands[1], VOLUME_CHANGE | VOLUME_MAKE_DIR,
			   request->wait, volume);
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
			newer_warn(&source->dir, source->name, TAKES_THAT);
		return status;
	}
	status = source_open_dirty(&request->pool, vid, source);
	if (status == DONE)
		status = replace_freeze(&source->dir, &source->clean, moment);
	if (status == DONE)
		*ret_file = &moment->file;
	return status == NO ? DONE : status;
}

static enum status run_one(const struct request *request, struct volume *volume)
{
	_cleanup_replacement_ struct replacement moment = {.file = FILE_CLOSED};
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	const struct file *file;
	enum status status = open_source(request, &source, &moment, &file);

	if (status == DONE)
		status = open_target(request, volume);
	return status == DONE ? clone(volume, file) : status;
}

/* What has revisions and no more may be what an interrupted clone left. */
static enum status require_nothing(const struct volume *volume)
{
	bool is_partial = true;

	for (enum image image = CLEAN; image < IMAGES; image++)
		is_partial = is_partial && !volume->image[image].exists;
	return volume_require_nothing(
		volume, is_partial ? " (if they are what an interrupted clone --revisions left, and"
				     " SOURCE is whole: remove takes them away, pins with --force)"
				   : "");
}

static enum status clone_all(struct lineage *lineage, struct volume *volume)
{
	enum status status = require_nothing(volume);

	if (status != DONE)
		return status;
	leftover_tidy(volume);
	status = renew_build(lineage, volume);
	if (status == DONE)
		status = renew_name(lineage, volume);
	return status == DONE ? step_sync(volume) : status;
}

static enum status run_all(const struct request *request, struct volume *volume)
{
	_cleanup_lineage_ struct lineage lineage = LINEAGE_CLOSED;
	enum status status = lineage_open(&request->pool, request->operands[0], given.live,
					  request->wait, &lineage);

	if (status == DONE && !given.live)
		newer_warn(&lineage.volume.dir, lineage.volume.image[CLEAN].name, TAKES_THAT);
	if (status == DONE)
		status = open_target(request, volume);
	return status == DONE ? clone_all(&lineage, volume) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	const enum status status =
		given.revisions ? run_all(request, &volume) : run_one(request, &volume);

	if (status != DONE && volume.is_new)
		(void)erase_dir(&volume);
	return status;
}

static const struct option_row options[] = {
	OPTION("live", NULL, "the dirty image, as it is at this moment", option_flag, given.live),
	OPTION("revisions", NULL, "its revisions and pins, too", option_flag, given.revisions),
	OPTIONS_END,
};

const struct subcmd cmd_clone = {
	.name = "clone",
	.operands = "SOURCE VOLUME",
	.summary = "create a volume with the clean content of another",
	.drops = "Drops nothing.  Keeps SOURCE as it is.  Without --revisions, those don't come\n"
		 "along; nor does, without --live, what was written since its last stop.",
	.example = "clone appvms/mail/private /mnt/pool2/appvms/mail/private",
	.group = DATA,
	.options = options,
	.least = 2,
	.most = 2,
	.run = run,
};
