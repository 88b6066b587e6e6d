/* SPDX-License-Identifier: MIT */
/*
 * cleanup: drop the tempfiles and imports that interrupted commands left, of a volume or the pool.
 *
 * 	remove each		crash: fewer of them
 * 	fsync of the directory
 */

#include "subcmd/pool/list.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/step.h"

static enum status clean(const struct request *request, const char *vid, int flags)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status =
		volume_open(&request->pool, vid, VOLUME_CHANGE | flags, request->wait, &volume);

	if (status == DONE)
		status = leftover_drop(&volume);
	return status == DONE ? step_sync(&volume) : status;
}

/* One that was found; it may have been removed since. */
static enum status clean_found(const struct request *request, const struct pool_volume *found)
{
	enum status status = DONE;

	if (found->has_leftovers)
		status = clean(request, found->vid, VOLUME_MAY_LACK_DIR);
	return status == ABSENT ? DONE : status;
}

/* What fails for one volume doesn't keep the others from being cleaned. */
static enum status run(const struct request *request)
{
	_cleanup_pool_list_ struct pool_list list = {.volumes = NULL};
	enum status status;

	if (request->n_operands)
		return clean(request, *request->operands, 0);
	status = pool_list(&request->pool, &list);
	for (size_t i = 0; i < list.count; i++) {
		enum status one = clean_found(request, &list.volumes[i]);

		status = status == DONE ? one : status;
	}
	return status;
}

const struct subcmd cmd_cleanup = {
	.name = "cleanup",
	.operands = "[VOLUME]",
	.summary = "drop what interrupted commands left",
	.drops = "Drops tempfiles and unfinished imports, even one that is being written to\n"
		 "between import-begin and import-end.  Keeps all other images and revisions.",
	.example = "cleanup",
	.group = POOL,
	.least = 0,
	.most = 1,
	.run = run,
};
