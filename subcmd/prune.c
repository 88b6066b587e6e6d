/* SPDX-License-Identifier: MIT */
/*
 * prune: drop revisions, oldest first.  One that is pinned stays.
 *
 * 	remove each		crash: fewer revisions
 * 	fsync of the directory
 *
 * In the end it says what that has freed, which it looks for in the whole pool beforehand.
 */

#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/freed.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/choice.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/pin.h"
#include "subcmd/volume/step.h"

static struct {
	struct retention retention;
} given = {.retention = RETENTION_UNSET};

static enum status choose_named(const struct volume *volume, const char *text, bool *is_chosen)
{
	const struct revision *revision, *pin;
	const enum status status = choice_revision(volume, text, &revision);

	if (status != DONE)
		return status;
	pin = pin_of(volume, revision);
	if (pin)
		return msg_error(REFUSED,
				 "cannot prune revision %s of %s: it is pinned as %s (unpin it)",
				 quote(NULL, text), quote(&volume->dir, volume->image[CLEAN].name),
				 quote(NULL, pin->pin));
	is_chosen[revision - volume->revisions] = true;
	return DONE;
}

/* Those that --revisions-to-keep doesn't keep, or those that are named.  They are found before the
 * first is removed: a wrong number removes nothing. */
static enum status choose(const struct request *request, const struct volume *volume,
			  bool *is_chosen)
{
	enum status status = commit_choose_older(volume, &given.retention, is_chosen);

	for (int i = 1; i < request->n_operands && status == DONE; i++)
		status = choose_named(volume, request->operands[i], is_chosen);
	return status;
}

/* REFUSED if that is all of them, and they are all there is of the volume. */
static enum status check(const struct volume *volume, const bool *is_chosen)
{
	if (volume->image[CLEAN].exists || volume->image[DIRTY].exists || volume->n_pins ||
	    !volume->n_revisions || memchr(is_chosen, 0, volume->n_revisions))
		return DONE;
	return msg_error(REFUSED,
			 "cannot prune %s: nothing else is left of it"
			 " (fsck tells what may take its place; or remove it)",
			 quote(&volume->dir, volume->image[CLEAN].name));
}

/* What will be free then?  Failures to find out are warnings. */
static struct exclusive foresee(const struct volume *volume, const bool *is_chosen)
{
	struct exclusive exclusive = {.bytes = 0};

	if (!memchr(is_chosen, 1, volume->n_revisions))
		return exclusive;
	msg_errors_are_warnings(true);
	if (exclusive_of_several(volume, is_chosen, &exclusive) != DONE)
		exclusive = EXCLUSIVE_UNKNOWN;
	msg_errors_are_warnings(false);
	return exclusive;
}

static void print(const struct request *request, int64_t bytes, bool is_at_most, bool is_any)
{
	if (request->json) {
		json_object(NULL);
		freed_json(bytes, is_at_most);
		json_end();
	} else if (is_any) {
		freed_print(bytes, is_at_most);
	}
}

/* A dry run prints at once what would be free; else that is printed when it is free, and by then
 * without the lock. */
static enum status drop(const struct request *request, struct volume *volume, const bool *is_chosen)
{
	const bool is_any = memchr(is_chosen, 1, volume->n_revisions);
	const struct exclusive exclusive = foresee(volume, is_chosen);
	_cleanup_freed_ struct freed freed = FREED_CLOSED;
	enum status status, synced;

	if (msg_is_dry_run())
		print(request, exclusive.bytes, exclusive.is_at_most, is_any);
	freed_begin(&volume->dir, &freed);
	status = erase_revisions(volume, is_chosen);
	synced = step_sync(volume);
	status = status == DONE ? synced : status;
	if (status != DONE || msg_is_dry_run())
		return status;
	volume_close(volume);
	print(request, freed_wait(&freed, &exclusive), false, is_any);
	return DONE;
}

static enum status prune(const struct request *request, struct volume *volume)
{
	_cleanup_free_ bool *is_chosen = calloc(volume->n_revisions + 1, sizeof(*is_chosen));
	enum status status;

	if (!is_chosen)
		return msg_errno(FAILED, "cannot list revisions");
	status = choose(request, volume, is_chosen);
	if (status == DONE)
		status = check(volume, is_chosen);
	return status == DONE ? drop(request, volume, is_chosen) : status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status;

	if (given.retention.keep == SNAPSHOTS_DISABLED ||
	    (given.retention.keep == KEEP_ALL) != (request->n_operands > 1) ||
	    (given.retention.keep == KEEP_ALL && given.retention.older_than >= 0))
		return msg_error(USAGE, "prune needs either --revisions-to-keep=N or revisions");
	status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE, request->wait,
			     &volume);
	if (status == DONE && !volume_has_images(&volume))
		status = volume_require(&volume, CLEAN);
	return status == DONE ? prune(request, &volume) : status;
}

static const struct option_row options[] = {
	OPTIONS_RETENTION("drop all but the newest N", given.retention),
	OPTIONS_END,
};

const struct subcmd cmd_prune = {
	.name = "prune",
	.operands = "VOLUME [REVISION]...",
	.summary = "drop revisions, oldest first",
	.drops =
		"Drops the revisions that are named, one alone if you like, or all but the newest\n"
		"N, for good.  Keeps the clean and the dirty image.",
	.example = "prune appvms/mail/private --revisions-to-keep=2",
	.group = BACK,
	.options = options,
	.least = 1,
	.most = -1,
	.run = run,
};
