/* SPDX-License-Identifier: MIT */
/*
 * stop: commit the dirty image of a volume that is saved, drop that of one that isn't.
 *
 * 	ORIGIN, ORIGIN_SNAPSHOT: commit.h has the steps and what a crash leaves between them;
 * 	  then prune and make a new precache, whose failures are only warnings: of the clean
 * 	  image of an ORIGIN, with --precache of SOURCE's for an ORIGIN_SNAPSHOT
 * 	SNAPSHOT	remove dirty	crash: a stale clean image, which the next start replaces
 * 			remove clean	unless it may be all that is left of a source's (borrowed.h)
 * 			with --precache, clone SOURCE -> precache	a failure is only a warning
 * 			with --no-precache, remove it	crash: as above
 * 	VOLATILE	remove dirty
 *
 * Without a dirty image there is nothing to do, unless it was removed and a loop device still has
 * it: then that is told, and refused.  Snapshots disabled: no revision is made, and after
 * the commit all that there are go, as the Python driver's start does.
 */

#include "subcmd/base/msg.h"
#include "subcmd/image/use.h"
#include "subcmd/pool/borrowed.h"
#include "subcmd/pool/held.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/source.h"
#include "subcmd/volume/step.h"
#include "subcmd/volume/used.h"

static struct {
	struct kind_options kind;
	struct retention retention;
	bool precache, no_precache, force;
} given = {.retention = RETENTION_UNSET};

/* Is the clean image to become a revision?  What an origin snapshot started from is SOURCE's, and
 * no older state of this volume; but if SOURCE has lost it, it is kept whatever was asked for. */
static enum status is_clean_kept(const struct request *request, const struct volume *volume,
				 bool *ret_is)
{
	bool is_of_source = false;
	enum status status = DONE;

	if (given.kind.source)
		status = source_has(&request->pool, given.kind.source, volume, CLEAN,
				    &is_of_source);
	*ret_is = !is_of_source && retention_makes_revisions(&given.retention);
	if (status != DONE || !given.kind.source || is_of_source || *ret_is)
		return status;
	status = borrowed_is_last(volume, given.kind.source, CLEAN, ret_is);
	if (*ret_is)
		given.retention.keep = KEEP_ALL;
	return status;
}

/* The next start takes SOURCE's clean image of this moment, if that is still the same then. */
static enum status open_source(const struct request *request, const struct volume *volume,
			       struct source *source)
{
	enum status status;

	msg_errors_are_warnings(true);
	status = source_open_idle(&request->pool, given.kind.source, volume, source);
	msg_errors_are_warnings(false);
	return status;
}

/* What is to be prepared for it, of a volume that is saved: the image that is open, or NULL. */
static const struct file *next_start(const struct request *request, enum kind kind,
				     const struct volume *volume, const struct file *clean,
				     struct source *source)
{
	if (kind == ORIGIN)
		return given.no_precache ? NULL : clean;
	return given.precache && open_source(request, volume, source) == DONE ? &source->clean
									      : NULL;
}

static enum status save(const struct request *request, enum kind kind, struct volume *volume)
{
	struct commit commit = {
		.from = DIRTY,
		.forces = given.force,
		.ways = "discard goes back to the last stop; --force commits what can be read",
	};
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	_cleanup_file_ struct file clean = FILE_CLOSED;
	bool is_disabled;
	enum status status;

	if (!volume->image[DIRTY].exists) {
		/* Perhaps a stop was interrupted before the commit was durable. */
		status = used_require_not_removed(volume);
		if (status == DONE)
			status = volume_require(volume, CLEAN);
		return status == DONE ? step_sync(volume) : status;
	}
	status = is_clean_kept(request, volume, &commit.keeps_clean);
	is_disabled = given.retention.keep == SNAPSHOTS_DISABLED;
	if (status == DONE)
		status = commit_image(volume, &commit, &clean);
	if (status != DONE)
		return status;
	if (is_disabled)
		given.retention.keep = 0;
	commit_tidy(volume, &given.retention,
		    is_disabled ? NULL : next_start(request, kind, volume, &clean, &source));
	return DONE;
}

static void precache_source(const struct request *request, struct volume *volume)
{
	_cleanup_source_ struct source source = SOURCE_CLOSED;
	bool is_last = true;

	if (open_source(request, volume, &source) != DONE)
		return;
	msg_errors_are_warnings(true);
	if (borrowed_is_last(volume, given.kind.source, PRECACHE, &is_last) == DONE && !is_last &&
	    commit_precache(volume, &source.clean) == DONE)
		(void)step_sync(volume);
	msg_errors_are_warnings(false);
}

static enum status drop(const struct request *request, enum kind kind, struct volume *volume)
{
	const char *const dirty = volume->image[DIRTY].name;
	enum status status;

	if (volume->image[DIRTY].exists)
		(void)use_warn(&volume->dir, dirty, use_of_name(&volume->dir, dirty));
	status = erase_image(volume, DIRTY);
	if (status == DONE && kind == SNAPSHOT)
		status = borrowed_drop(volume, given.kind.source, CLEAN);
	if (status == DONE && kind == SNAPSHOT && given.no_precache)
		status = borrowed_drop(volume, given.kind.source, PRECACHE);
	if (status == DONE)
		status = step_sync(volume);
	if (status == DONE && kind == SNAPSHOT && given.precache)
		precache_source(request, volume);
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum kind kind;
	enum status status = kind_from_options(&given.kind, &kind);

	if (status == DONE && given.precache && given.no_precache)
		status = msg_error(USAGE, "--precache excludes --no-precache");
	if (status != DONE)
		return status;
	status = volume_open(&request->pool, *request->operands,
			     VOLUME_CHANGE | (kind_is_saved(kind) ? 0 : VOLUME_MAY_LACK_DIR),
			     request->wait, &volume);
	if (status == ABSENT)
		return DONE; /* it was never started, or was removed */
	if (status == DONE)
		status = held_check_kind(&volume, kind);
	if (status != DONE)
		return status;
	return kind_is_saved(kind) ? save(request, kind, &volume) : drop(request, kind, &volume);
}

static const struct option_row options[] = {
	OPTIONS_KIND(given.kind),
	OPTIONS_RETENTION("drop all but so many; -1: make none, drop all", given.retention),
	OPTION("precache", NULL, "prepare the next start of a snapshot, too", option_flag,
	       given.precache),
	OPTION("no-precache", NULL, "don't prepare the next start", option_flag, given.no_precache),
	OPTION_FORCE("commit even what could not all be written", given.force),
	OPTIONS_END,
};

const struct subcmd cmd_stop = {
	.name = "stop",
	.operands = "VOLUME",
	.summary = "commit the dirty image (or drop it, if the volume is not saved)",
	.drops = "Drops the dirty image of a snapshot or volatile volume; revisions only with\n"
		 "--revisions-to-keep.  Keeps what was clean before as the newest revision.",
	.example = "stop --revisions-to-keep=3 appvms/mail/private",
	.group = LIFE,
	.options = options,
	.least = 1,
	.most = 1,
	.run = run,
};
