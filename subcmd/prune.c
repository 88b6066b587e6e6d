/* SPDX-License-Identifier: MIT */
/*
 * prune: drop revisions, oldest first.
 *
 * 	remove each		crash: fewer revisions
 * 	fsync of the directory
 */

#include "subcmd/base/msg.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/step.h"

/* Find them all before removing the first: a wrong number removes nothing. */
static enum status prune_named(const struct request *request, struct volume *volume)
{
	_cleanup_free_ bool *is_named = calloc(volume->n_revisions + 1, sizeof(*is_named));
	enum status status = DONE;
	size_t index, removed = 0;

	if (!is_named)
		return msg_errno(FAILED, "cannot list revisions");
	for (int i = 1; i < request->n_operands && status == DONE; i++) {
		status = volume_find_revision(volume, request->operands[i], &index);
		if (status == DONE)
			is_named[index] = true;
	}
	for (size_t i = 0; status == DONE && i - removed < volume->n_revisions; i++)
		if (is_named[i])
			status = step_remove_revision(volume, i - removed++);
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status;

	if (request->keep == SNAPSHOTS_DISABLED ||
	    (request->keep == KEEP_UNSET) != (request->n_operands > 1))
		return msg_error(USAGE, "prune needs either --revisions-to-keep=N or revisions");
	status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE, request->wait,
			     &volume);
	if (status == DONE && !volume_has_images(&volume))
		status = volume_require(&volume, CLEAN);
	if (status == DONE)
		status = request->keep == KEEP_UNSET ? prune_named(request, &volume)
						     : commit_prune(&volume, request->keep);
	return status == DONE ? step_sync(&volume) : status;
}

static const struct cli_option options[] = {
	OPTION_KEEP("drop all but the newest N"),
	OPTIONS_END,
};

const struct subcmd cmd_prune = {
	.name = "prune",
	.operands = "VOLUME [REVISION]...",
	.summary = "drop revisions, oldest first",
	.example = "prune appvms/work/private --revisions-to-keep=2",
	.group = BACK,
	.options = options,
	.least = 1,
	.most = -1,
	.run = run,
};
