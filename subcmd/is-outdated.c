/* SPDX-License-Identifier: MIT */
/*
 * is-outdated: has SOURCE been committed since the volume took its snapshot of it?
 */

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/source.h"

static struct {
	const char *source;
} given;

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	enum status status;
	bool is_current = true; /* where there is no snapshot */

	if (!given.source)
		return msg_error(USAGE, "is-outdated needs --snap-on-start=SOURCE");
	status = volume_open(&request->pool, *request->operands, VOLUME_READ | VOLUME_MAY_LACK_DIR,
			     0, &volume);
	if (status == ABSENT)
		status = DONE; /* it has never been started, and so has no snapshot */
	if (status == DONE)
		status = source_open(&request->pool, given.source, &volume, &source);
	if (status != DONE)
		return status;
	if (volume.image[CLEAN].exists)
		status = source_is_current(&source, &volume, &is_current);
	if (status != DONE)
		return status;
	if (request->json)
		json_bool(NULL, !is_current);
	return is_current ? NO : DONE;
}

static const struct option_row options[] = {
	OPTION_SOURCE("the volume that the snapshot is of", given.source),
	OPTIONS_END,
};

const struct subcmd cmd_is_outdated = {
	.name = "is-outdated",
	.operands = "VOLUME",
	.summary = "has SOURCE changed since the snapshot? (exit 0: yes, 1: no)",
	.example = "is-outdated --snap-on-start=vm-templates/t/root appvms/mail/root",
	.group = LOOK,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
