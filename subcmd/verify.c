/* SPDX-License-Identifier: MIT */
/*
 * verify: does the image exist that start needs?
 */

#include "subcmd/pool/held.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/source.h"

static struct {
	struct kind_options kind;
} given;

/* Only an origin needs the VM's directory; the others would make it, if its parent is there. */
static enum status check_volume(const struct request *request, enum kind kind,
				struct volume *volume)
{
	_cleanup_dir_ struct dir parent = DIR_CLOSED;
	const char *name;
	enum status status =
		volume_open(&request->pool, *request->operands,
			    kind == ORIGIN ? VOLUME_READ : VOLUME_MAY_LACK_DIR, 0, volume);

	if (status == ABSENT)
		return vid_open_parent(&request->pool, &volume->vid, &parent, &name);
	return status == DONE ? held_check_kind(volume, kind) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	enum kind kind;
	enum status status = kind_from_options(&given.kind, &kind);

	if (status == DONE)
		status = check_volume(request, kind, &volume);
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
