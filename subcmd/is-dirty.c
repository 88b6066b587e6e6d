/* SPDX-License-Identifier: MIT */
/*
 * is-dirty: is there a dirty image, because the VM runs or has crashed?
 */

#include "subcmd/base/json.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/volume.h"

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status =
		volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);

	if (status != DONE)
		return status;
	if (request->json)
		json_bool(NULL, volume.image[DIRTY].exists);
	return volume.image[DIRTY].exists ? DONE : NO;
}

const struct subcmd cmd_is_dirty = {
	.name = "is-dirty",
	.operands = "VOLUME",
	.summary = "is there a dirty image? (exit 0: yes, 1: no)",
	.example = "is-dirty appvms/mail/private",
	.group = LOOK,
	.least = 1,
	.most = 1,
	.run = run,
};
