/* SPDX-License-Identifier: MIT */
/*
 * verify: does the image exist that start needs?
 */

#include "subcmd/subcmd.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/source.h"

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	enum kind kind;
	enum status status = kind_from_options(request->source, request->save_on_stop,
					       request->is_volatile, &kind);

	if (status != DONE)
		return status;
	if (request->source) {
		status = source_open(&request->pool, request->source, NULL, &source);
		if (status != DONE)
			return status;
	}
	if (kind != ORIGIN) /* its directory may not even exist yet */
		return vid_parse(*request->operands, &volume.vid);
	status = volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);
	if (status == DONE && !volume.image[DIRTY].exists)
		status = volume_require(&volume, CLEAN);
	return status;
}

static const struct cli_option options[] = {
	OPTIONS_KIND,
	OPTIONS_END,
};

const struct subcmd cmd_verify = {
	.name = "verify",
	.operands = "VOLUME",
	.summary = "does the image exist that start needs?",
	.example = "verify appvms/work/private",
	.group = LOOK,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
