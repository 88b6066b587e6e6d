/* SPDX-License-Identifier: MIT */
/*
 * revert: an older state becomes the clean image.
 *
 *	link clean -> new revision	crash: recognised by the next commit, not doubled
 *	remove the precache		crash: the next start takes a little longer
 *	rename revision -> clean	crash: old or new clean image, the old one is a revision
 *	 (or link pin -> clean, and the pin stays)
 *	fsync of the directory
 *	with --discard, remove dirty	crash: it is still there, and the next start goes on with it
 *	fsync of the directory
 *
 * A revision that is the same inode as the clean image (an interrupted commit) is no older state.
 * A pin whose revision is there means that revision, if they are one inode.
 */

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/held.h"
#include "subcmd/subcmd.h"
#include "subcmd/volume/choice.h"
#include "subcmd/volume/commit.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/keep.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/pin.h"
#include "subcmd/volume/step.h"
#include "subcmd/volume/used.h"

static struct {
	bool force;
	bool discard;
} given;

static enum status choose(const struct request *request, const struct volume *volume,
			  const struct revision **ret_revision)
{
	bool is_kept, is_clean = false;
	enum status status;

	if (request->n_operands > 1)
		return choice_revision(volume, request->operands[1], ret_revision);
	status = keep_is_done(volume, &is_kept);
	if (status == DONE && volume->n_revisions > is_kept)
		*ret_revision = &volume->revisions[volume->n_revisions - 1 - is_kept];
	if (status != DONE || volume->n_revisions > is_kept)
		return status;
	for (size_t i = volume->n_pins; i-- > 0;) {
		*ret_revision = &volume->pins[i];
		status = volume_revision_is_clean(volume, *ret_revision, &is_clean);
		if (status != DONE || !is_clean)
			return status;
	}
	return msg_error(MISSING, "cannot revert %s: it has no revisions",
			 quote(&volume->dir, volume->image[CLEAN].name));
}

/* With snapshots disabled, the dirty image is the newest state itself and not one session's. */
static enum status check_dirty(const struct volume *volume)
{
	const bool is_only_copy = !volume->image[CLEAN].exists;
	enum status status;

	if (!volume->image[DIRTY].exists || (given.discard && (!is_only_copy || given.force)))
		return DONE;
	status = held_require_none(volume, "revert");
	if (status != DONE)
		return status;
	return msg_error(REFUSED, "cannot revert %s: it is dirty%s",
			 quote(&volume->dir, volume->image[CLEAN].name),
			 !is_only_copy ? " (stop it, or use --discard)"
				       : ", the only copy of its newest state (stop it; or"
					 " --discard --force drops that)");
}

/* What is chosen, for when the volume's own memory of it has moved.  A pin whose revision is there
 * and the same inode means that: renaming it leaves no second revision of one state. */
static enum status resolve(const struct volume *volume, const struct revision *chosen,
			   struct revision *ret_revision)
{
	struct revision revision = *chosen;
	struct stat pin, st;
	enum status status = volume_stat_revision(volume, &revision, &pin);

	*ret_revision = revision;
	if (status != DONE || !*revision.pin)
		return status == ABSENT ? DONE : status;
	*revision.pin = '\0';
	status = volume_stat_revision(volume, &revision, &st);
	if (status == DONE && file_is_same(&st, &pin))
		*ret_revision = revision;
	return status == ABSENT ? DONE : status;
}

/* What is clean now becomes a revision, and CHOSEN clean. */
static enum status exchange(struct volume *volume, const struct revision *chosen)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	const struct revision *found;
	char name[NAME_MAX + 1];
	enum status status = step_open_revision(volume, chosen, given.force, name, &file);

	if (status == DONE)
		status = keep_clean(volume);
	if (status != DONE)
		return status;
	leftover_tidy_precache(volume);
	if (*chosen->pin)
		return pin_restore(volume, &file);
	found = bsearch(chosen, volume->revisions, volume->n_revisions, sizeof(*found),
			revision_compare);
	return step_restore_revision(volume, (size_t)(found - volume->revisions), &file);
}

static enum status revert(const struct request *request, struct volume *volume)
{
	const struct revision *chosen;
	struct revision revision;
	bool is_clean;
	enum status status = choose(request, volume, &chosen);

	if (status == DONE && volume->image[DIRTY].exists && !given.force)
		status = used_require_no_dirty(volume);
	if (status == DONE)
		held_warn_of_heir(volume, NULL);
	if (status == DONE)
		status = resolve(volume, chosen, &revision);
	if (status == DONE)
		status = volume_revision_is_clean(volume, &revision, &is_clean);
	if (status == DONE && !is_clean)
		status = exchange(volume, &revision);
	if (status == DONE)
		status = step_sync(volume);
	if (status == DONE && volume->image[DIRTY].exists) {
		status = erase_image(volume, DIRTY);
		if (status == DONE)
			status = step_sync(volume);
	}
	if (status == DONE)
		commit_tidy(volume, &(struct retention)RETENTION_UNSET, NULL);
	return status;
}

static enum status run(const struct request *request)
{
	_cleanup_volume_ struct volume volume = VOLUME_CLOSED;
	enum status status = volume_open(&request->pool, *request->operands, VOLUME_CHANGE,
					 request->wait, &volume);

	if (status == DONE)
		status = check_dirty(&volume);
	return status == DONE ? revert(request, &volume) : status;
}

static const struct option_row options[] = {
	OPTION("discard", NULL, "drop the dirty image if there is one", option_flag, given.discard),
	OPTION_FORCE("even the only copy, one in use, a broken revision", given.force),
	OPTIONS_END,
};

const struct subcmd cmd_revert = {
	.name = "revert",
	.operands = "VOLUME [REVISION]",
	.summary = "make a revision or pin (default: the newest) the clean image",
	.drops = "Drops nothing; but with --discard the dirty image, for good.  Keeps the present\n"
		 "clean state as the newest revision; the chosen one is used up.",
	.example = "revert appvms/mail/private 7",
	.group = BACK,
	.options = options,
	.least = 1,
	.most = 2,
	.run = run,
};
