/* SPDX-License-Identifier: MIT */
/*
 * precache: prepare the next start, so that it is only a rename.
 *
 * 	clone clean (or that of SOURCE) -> precache	crash: it is there whole, or not at all
 * 	fsync of the directory
 */

#include <fcntl.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/mark.h"
#include "subcmd/pool/borrowed.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"

static struct {
	const char *source;
} given;

/* Without a mark nobody could tell of which image it is, and start wouldn't use it. */
static enum status make(struct volume *volume, const struct file *of)
{
	const enum status status = commit_precache(volume, of);

	if (status != NO)
		return status;
	return msg_error(REFUSED, "cannot precache %s: no extended attributes can be set here",
			 quote(&volume->dir, volume->image[CLEAN].name));
}

static enum status precache_own(struct volume *volume)
{
	_cleanup_file_ struct file clean = FILE_CLOSED;
	enum status status = volume_require(volume, CLEAN);

	if (status == DONE && volume->image[DIRTY].exists)
		status = msg_error(REFUSED, "cannot precache %s: it is dirty, stop it first",
				   quote(&volume->dir, volume->image[CLEAN].name));
	if (status == DONE)
		status = volume_open_image(volume, CLEAN, O_RDONLY, &clean);
	if (status == DONE)
		status = mark_require_whole(&clean, "revert to an older state");
	return status == DONE ? make(volume, &clean) : status;
}

static enum status precache_source(const struct request *request, struct volume *volume)
{
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	enum status status = source_open_idle(&request->pool, given.source, volume, &source);

	if (status == DONE)
		status = borrowed_require_none(volume, given.source, PRECACHE, "precache");
	return status == DONE ? make(volume, &source.clean) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = DONE;

	if (given.source)
		status = source_check(&request->pool, given.source, *request->operands);
	if (status == DONE)
		status = volume_open(&request->pool, *request->operands,
				     VOLUME_CHANGE | (given.source ? VOLUME_MAKE_DIR : 0),
				     request->wait, &volume);
	if (status == DONE)
		status = given.source ? precache_source(request, &volume) : precache_own(&volume);
	if (status == DONE)
		status = step_sync(&volume);
	if (status != DONE && volume.is_new)
		(void)erase_dir(&volume);
	return status;
}

static const struct option_row options[] = {
	OPTION_SOURCE("of SOURCE's clean image instead of its own", given.source),
	OPTIONS_END,
};

const struct subcmd cmd_precache = {
	.name = "precache",
	.operands = "VOLUME",
	.summary = "prepare the next start",
	.drops = "Drops the former precache.  Keeps all images and revisions.",
	.example = "precache appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
