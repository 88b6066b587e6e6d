/* SPDX-License-Identifier: MIT */
/*
 * unpin: what pin kept may go; if its revision is gone, it goes with the pin.
 *
 *	remove the pin			crash: pinned, or not
 *	fsync of the directory
 */

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/pin.h"
#include "subcmd/volume/step.h"

static enum status unpin(struct volume *volume, const char *name)
{
	const char *const clean = quote(&volume->dir, volume->image[CLEAN].name);
	const struct revision *pin = pin_find(volume, name);

	if (!pin)
		return msg_error(MISSING, "cannot find pin %s of %s", quote(NULL, name), clean);
	if (!volume->image[CLEAN].exists && !volume->image[DIRTY].exists &&
	    volume->n_revisions + volume->n_pins == 1)
		return msg_error(REFUSED,
				 "cannot unpin %s: nothing else is left of it (fsck tells what may"
				 " take its place; or remove it)",
				 clean);
	return pin_remove(volume, pin);
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
					 request->wait, &volume);

	if (status == DONE)
		status = unpin(&volume, request->operands[1]);
	return status == DONE ? step_sync(&volume) : status;
}

const struct subcmd cmd_unpin = {
	.name = "unpin",
	.operands = "VOLUME NAME",
	.summary = "remove a pin, and with it what it alone has kept",
	.drops = "Drops the state, for good, if its revision has been pruned; else the name alone.",
	.example = "unpin appvms/mail/private before-upgrade",
	.group = BACK,
	.least = 2,
	.most = 2,
	.run = run,
};
