/* SPDX-License-Identifier: MIT */
/*
 * pin: keep a revision, or what is clean now, under a name, whatever prunes.
 *
 *	flush the image
 *	of clean, link it to a revision	crash: recognised by the next commit, not doubled
 *	link revision -> pin		crash: pinned, or not
 *	fsync of the directory
 */

#include <fcntl.h>
#include <string.h>

#include "subcmd/image/mark.h"
#include "subcmd/pool/state.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/choice.h"
#include "subcmd/volume/pin.h"
#include "subcmd/volume/step.h"

/* It may have been put there by hand, and never been on the disk. */
static enum status flush(const struct volume *volume, const struct revision *revision)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	char name[NAME_MAX + 1];
	enum status status;

	if (revision)
		revision_name(revision, volume->image[CLEAN].name, name);
	else
		strcpy(name, volume->image[CLEAN].name);
	status = file_open(&volume->dir, name, O_RDONLY, &file);
	return status == DONE ? mark_sync(&file) : status;
}

static enum status pin_clean(struct volume *volume, const char *name)
{
	enum status status = volume_require(volume, CLEAN);

	if (status == DONE)
		status = state_require_saved(volume, "pin");
	if (status == DONE)
		status = flush(volume, NULL);
	return status == DONE ? pin_make_clean(volume, name) : status;
}

static enum status pin_revision(struct volume *volume, const char *text, const char *name)
{
	const struct revision *revision;
	enum status status = choice_revision(volume, text, &revision);

	if (status == DONE)
		status = flush(volume, revision);
	return status == DONE ? pin_make(volume, revision, name) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	const char *const text = request->operands[1], *const name = request->operands[2];
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
					 request->wait, &volume);

	if (status == DONE)
		status = pin_check(&volume, name);
	if (status == DONE)
		status = strcmp(text, "clean") == 0 ? pin_clean(&volume, name)
						    : pin_revision(&volume, text, name);
	return status == DONE ? step_sync(&volume) : status;
}

const struct subcmd cmd_pin = {
	.name = "pin",
	.operands = "VOLUME REVISION NAME",
	.summary = "keep a revision (or clean) under a name, whatever prunes",
	.drops = "Drops nothing.  Keeps the state until it is unpinned, whatever prunes.",
	.example = "pin appvms/mail/private clean before-upgrade",
	.group = BACK,
	.least = 3,
	.most = 3,
	.run = run,
};
