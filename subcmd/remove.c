/* SPDX-License-Identifier: MIT */
/*
 * remove: the volume and all that belongs to it, in an order in which a crash between any two steps
 * leaves either a volume that still starts, or nothing that looks like one (erase_all()).  Then
 * the VM's directory, if nobody else has anything in it.
 */

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/held.h"
#include "subcmd/pool/state.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/step.h"
#include "subcmd/volume/used.h"

static struct {
	bool discard, force;
} given;

static enum status refuse_dirty(const struct volume *volume)
{
	const enum status status = held_require_none(volume, "remove");

	if (status != DONE)
		return status;
	return msg_error(REFUSED,
			 "cannot remove %s: it is dirty (stop commits what was written, --discard"
			 " drops it)",
			 quote(&volume->dir, volume->image[CLEAN].name));
}

/* May it be all that is left of what another volume has lost?  A clean image with another name
 * isn't. */
static enum status require_none_held(const struct volume *volume)
{
	const bool is_sole = volume->image[CLEAN].exists && volume->image[CLEAN].st.st_nlink == 1;

	if (volume->n_revisions || volume->n_pins || (!is_sole && !volume->image[PRECACHE].exists))
		return DONE;
	return held_require_none(volume, "remove");
}

/* What a VM wrote and nobody has committed isn't dropped in passing. */
static enum status check(const struct volume *volume)
{
	struct summary summary;
	enum status status;

	/* An empty directory is what an interrupted remove leaves at last. */
	if (!volume_has_images(volume) && !volume->n_temps && !volume_has_dir_alone(volume))
		return msg_error(MISSING, "cannot find %s: " VID_NO_SUCH,
				 quote(&volume->dir, volume->vid.name));
	if (!given.discard) {
		status = state_of_volume(volume, &summary);
		if (status != DONE)
			return status;
		if (summary.state == STATE_DIRTY)
			return refuse_dirty(volume);
		status = require_none_held(volume);
		if (status != DONE)
			return status;
	}
	if (given.force)
		return DONE;
	if (volume->n_pins)
		return msg_error(REFUSED,
				 "cannot remove %s: revision %llu is pinned as %s (unpin it, or"
				 " --force)",
				 quote(&volume->dir, volume->image[CLEAN].name),
				 (unsigned long long)volume->pins->number,
				 quote(NULL, volume->pins->pin));
	return used_require_none(volume);
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
					 request->wait, &volume);

	if (status == DONE)
		status = check(&volume);
	if (status == DONE)
		status = erase_all(&volume);
	if (status == DONE)
		status = step_sync(&volume);
	return status == DONE ? erase_dir(&volume) : status;
}

static const struct option_row options[] = {
	OPTION("discard", NULL, "even if dirty, or the last to have a lost state", option_flag,
	       given.discard),
	OPTION_FORCE("even if pinned, or while somebody writes to it", given.force),
	OPTIONS_END,
};

const struct subcmd cmd_remove = {
	.name = "remove",
	.operands = "VOLUME",
	.summary = "remove the volume with all its images and revisions",
	.drops = "Drops all images and revisions of the volume, for good.  Keeps the directory\n"
		 "while anything else is in it.",
	.example = "remove appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
