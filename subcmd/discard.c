/* SPDX-License-Identifier: MIT */
/*
 * discard: drop the dirty image; the volume is as it was at its last stop.
 *
 * 	remove dirty		crash: it is there, or not
 * 	fsync of the directory
 *
 * Without a clean image the dirty one is the only copy there is, and stays.
 */

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/step.h"
#include "subcmd/volume/used.h"

static struct {
	bool force;
} given;

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
					 request->wait, &volume);

	if (status == DONE && volume.image[DIRTY].exists && !volume.image[CLEAN].exists)
		status = msg_error(REFUSED,
				   "cannot discard %s: there is no clean image to go back to"
				   " (stop commits it)",
				   quote(&volume.dir, volume.image[DIRTY].name));
	if (status == DONE)
		status = volume_require(&volume, CLEAN);
	if (status == DONE && volume.image[DIRTY].exists && !given.force)
		status = used_require_no_dirty(&volume);
	if (status == DONE)
		status = erase_image(&volume, DIRTY);
	return status == DONE ? step_sync(&volume) : status;
}

static const struct option_row options[] = {
	OPTION_FORCE("even while somebody writes to the image", given.force),
	OPTIONS_END,
};

const struct subcmd cmd_discard = {
	.name = "discard",
	.operands = "VOLUME",
	.summary = "drop the dirty image: back to the last clean state",
	.drops = "Drops what the VM wrote since the last stop, for good.  Keeps the clean image\n"
		 "and all revisions.",
	.example = "discard appvms/mail/private",
	.group = BACK,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
