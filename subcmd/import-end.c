/* SPDX-License-Identifier: MIT */
/*
 * import-end: what the caller wrote to the import image becomes the clean image.
 *
 * 	commit it: commit.h has the steps and what a crash leaves between them
 * 	prune and make a new precache	failures are only warnings
 *
 * With --abort:
 *
 * 	remove import			crash: an import image, which goes with the next start
 * 	fsync of the directory
 */

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/held.h"
#include "subcmd/pool/state.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/step.h"

static struct {
	struct retention retention;
	bool abort;
} given = {.retention = RETENTION_UNSET};

static enum status drop(struct volume *volume)
{
	enum status status = erase_image(volume, IMPORT);

	return status == DONE ? step_sync(volume) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
					 request->wait, &volume);

	if (status != DONE)
		return status;
	if (!volume.image[IMPORT].exists)
		return msg_error(MISSING, "cannot find %s: import-begin makes it",
				 quote(&volume.dir, volume.image[IMPORT].name));
	if (given.abort)
		return drop(&volume);
	status = state_require_saved(&volume, "import to");
	if (status == DONE)
		status = commit_check_import(&volume, &given.retention);
	if (status != DONE)
		return status;
	held_warn_of_heir(&volume, NULL);
	return commit_import(&volume, &given.retention, true);
}

static const struct option_row options[] = {
	OPTION("abort", NULL, "remove the import image instead", option_flag, given.abort),
	OPTIONS_RETENTION("drop all but so many; -1: make none, drop none", given.retention),
	OPTIONS_END,
};

const struct subcmd cmd_import_end = {
	.name = "import-end",
	.operands = "VOLUME",
	.summary = "make the import image the clean one",
	.drops = "Drops revisions only with --revisions-to-keep; with --abort the import image.\n"
		 "Keeps what was clean before as the newest revision.",
	.example = "import-end appvms/mail/private",
	.group = DATA,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
