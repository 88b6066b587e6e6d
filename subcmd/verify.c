/* SPDX-License-Identifier: MIT */
/*
 * verify: does the image exist that start needs?
 */

#include "subcmd/subcmd.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/source.h"

static struct {
	struct kind_options kind;
} given;

static bool has_directory(const struct request *request, const struct vid *vid)
{
	return faccessat(request->pool.fd, *vid->dir ? vid->dir : ".", F_OK, 0) == 0;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	enum kind kind;
	enum status status = kind_from_options(&given.kind, &kind);

	if (status == DONE)
		status = vid_parse(*request->operands, &volume.vid);
	if (status != DONE)
		return status;
	/* Only an origin needs its directory; the others would make it. */
	if (kind == ORIGIN || has_directory(request, &volume.vid)) {
		status = volume_open(&request->pool, *request->operands, VOLUME_READ, 0, &volume);
		if (status == DONE)
			status = kind_check(&volume, kind);
	}
	if (status != DONE || kind == VOLATILE ||
	    (kind_is_saved(kind) && volume.image[DIRTY].exists))
		return status;
	return kind == ORIGIN ? volume_require(&volume, CLEAN)
			      : source_open(&request->pool, given.kind.source, NULL, &source);
}

static const struct option_row options[] = {
	OPTIONS_KIND(given.kind),
	OPTIONS_END,
};

const struct subcmd cmd_verify = {
	.name = "verify",
	.operands = "VOLUME",
	.summary = "does the image exist that start needs?",
	.example = "verify appvms/mail/private",
	.group = LOOK,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
