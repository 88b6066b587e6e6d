/* SPDX-License-Identifier: MIT */
/*
 * clone: a new volume with the clean content of another, wherever that is.
 *
 * 	remove tempfiles		crash: fewer of them
 * 	clone SOURCE -> clean		crash: it is there whole, or not at all
 * 	fsync of the directory
 */

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"

static enum status clone(struct volume *volume, const struct file *source)
{
	enum status status;

	if (volume_has_images(volume))
		return msg_error(REFUSED, "cannot create %s: the volume has images",
				 quote(&volume->dir, volume->image[CLEAN].name));
	status = step_drop_leftovers(volume);
	if (status == DONE)
		status = step_clone(volume, CLEAN, source, false);
	return status == DONE ? step_sync(volume) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	enum status status = source_open(&request->pool, request->operands[0], NULL, &source);

	if (status == DONE)
		status = volume_open(&request->pool, request->operands[1],
				     VOLUME_CHANGE | VOLUME_MAKE_DIR, request->wait, &volume);
	if (status == DONE)
		status = clone(&volume, &source.clean);
	if (status != DONE && volume.is_new)
		(void)step_remove_dir(&volume);
	return status;
}

const struct subcmd cmd_clone = {
	.name = "clone",
	.operands = "SOURCE VOLUME",
	.summary = "create a volume with the clean content of another",
	.example = "clone appvms/mail/private /mnt/pool2/appvms/mail/private",
	.group = DATA,
	.least = 2,
	.most = 2,
	.run = run,
};
