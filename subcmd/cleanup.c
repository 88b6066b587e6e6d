/* SPDX-License-Identifier: MIT */
/*
 * cleanup: drop the tempfiles and imports that interrupted commands left, of a volume or the pool.
 *
 * 	remove each		crash: fewer of them
 * 	fsync of the directory
 */

#include "subcmd/subcmd.h"
#include "subcmd/volume/pool.h"
#include "subcmd/volume/step.h"

static enum status clean(const char *vid, void *data)
{
	const struct request *request = data;
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, vid, VOLUME_CHANGE, request->wait, &volume);

	if (status == DONE && (volume.n_temps || volume.image[IMPORT].exists)) {
		status = step_drop_leftovers(&volume);
		if (status == DONE)
			status = step_sync(&volume);
	}
	return status;
}

static enum status run(const struct request *request)
{
	if (request->n_operands)
		return clean(*request->operands, (void *)request);
	return pool_each_volume(&request->pool, clean, (void *)request);
}

const struct subcmd cmd_cleanup = {
	.name = "cleanup",
	.operands = "[VOLUME]",
	.summary = "drop what interrupted commands left",
	.example = "cleanup",
	.group = POOL,
	.least = 0,
	.most = 1,
	.run = run,
};
