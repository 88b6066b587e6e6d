/* SPDX-License-Identifier: MIT */
/*
 * import-begin: an import image for the caller to write to, and its path.
 *
 * 	remove tempfiles and an import	crash: fewer of them
 * 	a hole -> import		crash: an import image, which is never attached and goes
 * 	  with the next start or import
 * 	fsync of the directory
 *
 * import-end makes it the clean image.  No lock is held in between.
 */

#include "subcmd/base/msg.h"
#include "subcmd/pool/report.h"
#include "subcmd/pool/state.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/step.h"

static struct {
	int64_t size;
} given = {.size = -1};

static enum status begin(struct volume *volume, int64_t size)
{
	const struct retention all = RETENTION_UNSET;
	enum status status = state_require_saved(volume, "import to");

	if (status == DONE)
		status = commit_check_import(volume, &all);
	if (status != DONE)
		return status;
	leftover_tidy(volume);
	status = step_make_hole(volume, IMPORT, size);
	return status == DONE ? step_sync(volume) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status;

	if (given.size < 0)
		return msg_error(USAGE, "import-begin needs --size=SIZE");
	status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE | VOLUME_MAKE_DIR,
			     request->wait, &volume);
	if (status == DONE)
		status = begin(&volume, given.size);
	if (status != DONE && volume.is_new)
		(void)erase_dir(&volume);
	if (status != DONE)
		return status;
	return report_path(&volume, volume.image[IMPORT].name, request->json);
}

static const struct option_row options[] = {
	OPTION_SIZE("size of the import image", given.size),
	OPTIONS_END,
};

const struct subcmd cmd_import_begin = {
	.name = "import-begin",
	.operands = "VOLUME",
	.summary = "make an import image to write to and print its path",
	.drops = "Drops an unfinished import.  Keeps all other images and revisions.",
	.example = "import-begin --size=2G appvms/mail/private",
	.group = DATA,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
