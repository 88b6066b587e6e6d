/* SPDX-License-Identifier: MIT */
/*
 * export: where the clean image or a revision is, or a copy of it.
 *
 * 	clone it -> FILE	crash: the old FILE, or the new one
 * 	fsync of FILE's directory
 *
 * No lock on the volume is needed: what is open stays whole when it is replaced or removed.  It is
 * written to only if a start with snapshots disabled makes it the dirty image meanwhile; a reflink
 * is of one moment even then, and a copy notices (copy.h).
 */

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/output.h"
#include "subcmd/image/replace.h"
#include "subcmd/pool/report.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/choice.h"
#include "subcmd/volume/newer.h"
#include "subcmd/volume/volume.h"

static struct {
	bool live, force;
	const char *output;
} given;

/* The file name of what is asked for. */
static enum status choose(const struct request *request, const struct volume *volume,
			  char name[static NAME_MAX + 1])
{
	const enum image image = given.live ? DIRTY : CLEAN;
	const struct revision *revision;
	enum status status;

	if (request->n_operands > 1) {
		status = choice_revision(volume, request->operands[1], &revision);
		if (status == DONE)
			revision_name(revision, volume->image[CLEAN].name, name);
		return status;
	}
	strcpy(name, volume->image[image].name);
	return volume_require(volume, image);
}

static enum status copy(const struct request *request, const struct file *image)
{
	const char *path = given.output;

	if (strcmp(path, "-") == 0)
		return output_stdout(image);
	if (!output_is_device(&request->pool, path))
		return output_file(&request->pool, path, request->wait, image);
	if (given.force)
		return output_device(&request->pool, path, image);
	return msg_error(REFUSED,
			 "cannot replace %s: it is a block device"
			 " (--force overwrites what is on it)",
			 quote(&request->pool, path));
}

static enum status copy_live(const struct request *request, struct volume *volume,
			     const struct file *dirty)
{
	_cleanup_replacement_ struct replacement moment = {.file = FILE_CLOSED};
	const enum status status = replace_freeze(&volume->dir, dirty, &moment);

	if (status != DONE && status != NO)
		return status;
	return copy(request, status == DONE ? &moment.file : dirty);
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_file_ struct file image = FILE_CLOSED;
	char name[NAME_MAX + 1];
	enum status status;

	if (given.live && (!given.output || request->n_operands > 1))
		return msg_error(USAGE, "--live needs --output=FILE, and no REVISION");
	status = volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);
	if (status == DONE)
		status = choose(request, &volume, name);
	if (status == DONE)
		status = file_open(&volume.dir, name, O_RDONLY, &image);
	if (status == DONE && !given.force)
		status = mark_require_whole(&image, "--force takes what can be read");
	if (status != DONE)
		return status;
	if (given.live)
		return copy_live(request, &volume, &image);
	newer_warn(&volume.dir, name, given.output ? " (--live takes that)" : "");
	if (given.output)
		return copy(request, &image);
	return report_path(&volume, name, request->json);
}

static const struct option_row options[] = {
	OPTION("output", "FILE", "copy it to FILE, by reflink if possible; -: stdout",
	       option_string, given.output),
	OPTION("live", NULL, "the dirty image, as it is at this moment", option_flag, given.live),
	OPTION_FORCE("even to a block device, or what may not be whole", given.force),
	OPTIONS_END,
};

const struct subcmd cmd_export = {
	.name = "export",
	.operands = "VOLUME [REVISION]",
	.summary = "print the path of the clean image or a revision, or copy it",
	.drops = "Drops nothing; but with --output what FILE held before.  Keeps the volume.",
	.example = "export --output=/mnt/backup/private.img appvms/mail/private",
	.group = DATA,
	.options = options,
	.least = 1,
	.most = 2,
	.run = run,
};
