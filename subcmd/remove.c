/* SPDX-License-Identifier: MIT */
/*
 * remove: the volume and all that belongs to it, in an order in which a crash between any two steps
 * leaves either a volume that still starts, or nothing that looks like one (step_erase()).  Then
 * the VM's directory, if nobody else has anything in it.
 */

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/attached.h"
#include "subcmd/volume/step.h"

static struct {
	bool force;
} given;

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
					 request->wait, &volume);

	/* An empty directory is what an interrupted remove leaves at last. */
	if (status == DONE && !volume_has_images(&volume) && !volume.n_temps &&
	    !volume_has_dir_alone(&volume))
		status = msg_error(MISSING, "cannot find any image of %s",
				   quote(&volume.dir, volume.vid.name));
	if (status == DONE && !given.force)
		status = attached_require_none(&volume, true);
	if (status == DONE)
		status = step_erase(&volume);
	if (status == DONE)
		status = step_sync(&volume);
	return status == DONE ? step_remove_dir(&volume) : status;
}

static const struct option_row options[] = {
	OPTION_FORCE("even while a loop device holds an image", given.force),
	OPTIONS_END,
};

const struct subcmd cmd_remove = {
	.name = "remove",
	.operands = "VOLUME",
	.summary = "remove the volume with all its images and revisions",
	.example = "remove appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
