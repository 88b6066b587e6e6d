/* SPDX-License-Identifier: MIT */
/*
 * create: an empty clean image.
 *
 * 	with --force, can there be one of that size?
 * 	with --force, remove all there is (erase_all())	crash: fewer of the volume's files
 * 	a hole -> clean					crash: it is there, or not at all
 * 	fsync of the directory
 */

#include "subcmd/base/msg.h"
#include "subcmd/pool/held.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/step.h"

static struct {
	int64_t size;
	bool force;
} given = {.size = -1};

/* Nothing goes for an image that can't be made. */
static enum status make_room(struct volume *volume)
{
	struct replacement try;
	enum status status = replace_begin(&volume->dir, volume->image[CLEAN].name, &try);

	if (status == DONE)
		status = file_set_size(&try.file, given.size);
	replace_abort(&try);
	return status == DONE ? erase_all(volume) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status;

	if (given.size < 0)
		return msg_error(USAGE, "create needs --size=SIZE");
	status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE | VOLUME_MAKE_DIR,
			     request->wait, &volume);
	if (status == DONE && !given.force && volume_has_images(&volume))
		status = held_require_none(&volume, "create");
	if (status == DONE && !given.force)
		status = volume_require_nothing(&volume, " (--force removes them)");
	if (status == DONE && !volume_has_images(&volume))
		leftover_tidy(&volume);
	else if (status == DONE)
		status = make_room(&volume);
	if (status == DONE)
		status = step_make_hole(&volume, CLEAN, given.size);
	if (status == DONE)
		status = step_sync(&volume);
	if (status != DONE && volume.is_new)
		(void)erase_dir(&volume);
	return status;
}

static const struct option_row options[] = {
	OPTION_SIZE("size of the image", given.size),
	OPTION_FORCE("remove its images first, even while in use", given.force),
	OPTIONS_END,
};

const struct subcmd cmd_create = {
	.name = "create",
	.operands = "VOLUME",
	.summary = "create an empty volume",
	.drops = "Drops nothing; but with --force all images and revisions of the volume.",
	.example = "create --size=2G appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
