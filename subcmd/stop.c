/* SPDX-License-Identifier: MIT */
/*
 * stop: commit the dirty image of a volume that is saved, drop that of one that isn't.
 *
 * 	ORIGIN, ORIGIN_SNAPSHOT: commit.h has the steps and what a crash leaves between them;
 * 	  then prune and make a new precache (of an ORIGIN), whose failures are only warnings
 * 	SNAPSHOT	remove dirty	crash: a stale clean image, which the next start replaces
 * 			remove clean
 * 	VOLATILE	remove dirty
 *
 * Without a dirty image there is nothing to do.
 */

#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"

static struct {
	struct kind_options kind;
	int keep;
	bool no_precache;
} given = {.keep = KEEP_UNSET};

static enum status save(const struct request *request, enum kind kind, struct volume *volume)
{
	const int keep = given.keep == KEEP_UNSET ? KEEP_DEFAULT : given.keep;
	bool is_of_source = false;
	enum status status = DONE;

	if (!volume->image[DIRTY].exists) {
		/* Perhaps a stop was interrupted before the commit was durable. */
		status = volume_require(volume, CLEAN);
		return status == DONE ? step_sync(volume) : status;
	}
	/* What an origin snapshot started from is SOURCE's, and no older state of this volume: a
	 * revision of it would push out one that is. */
	if (given.kind.source)
		status = source_has(&request->pool, given.kind.source, &volume->image[CLEAN].st,
				    &is_of_source);
	if (status == DONE)
		status = commit_image(volume, DIRTY, is_of_source ? 0 : keep);
	if (status == DONE)
		commit_tidy(volume, keep,
			    kind == ORIGIN && keep != SNAPSHOTS_DISABLED && !given.no_precache);
	return status;
}

static enum status drop(enum kind kind, struct volume *volume)
{
	enum status status = step_remove(volume, DIRTY);

	if (status == DONE && kind == SNAPSHOT)
		status = step_remove(volume, CLEAN);
	return status == DONE ? step_sync(volume) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum kind kind;
	enum status status = kind_from_options(&given.kind, &kind);

	if (status != DONE)
		return status;
	status = volume_open(&request->pool, *request->operands,
			     VOLUME_CHANGE | (kind_is_saved(kind) ? 0 : VOLUME_MAY_LACK_DIR),
			     request->wait, &volume);
	if (status == ABSENT)
		return DONE; /* it was never started, or was removed */
	if (status == DONE)
		status = kind_check(&volume, kind);
	if (status != DONE)
		return status;
	return kind_is_saved(kind) ? save(request, kind, &volume) : drop(kind, &volume);
}

static const struct option_row options[] = {
	OPTIONS_KIND(given.kind),
	OPTION_KEEP("how many (default 1); -1: make none, drop none", given.keep),
	OPTION("no-precache", NULL, "don't prepare the next start", option_flag, given.no_precache),
	OPTIONS_END,
};

const struct subcmd cmd_stop = {
	.name = "stop",
	.operands = "VOLUME",
	.summary = "commit the dirty image (or drop it, if the volume is not saved)",
	.example = "stop --revisions-to-keep=3 appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
