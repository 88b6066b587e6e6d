/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/commit.h"

#include <fcntl.h>

#include "subcmd/base/msg.h"
#include "subcmd/image/filesystem.h"
#include "subcmd/image/identity.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/replace.h"
#include "subcmd/image/use.h"
#include "subcmd/volume/erase.h"
#include "subcmd/volume/keep.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/pin.h"
#include "subcmd/volume/salvage.h"
#include "subcmd/volume/step.h"

bool commit_has_precache(const struct volume *volume, enum mark_role role, const struct stat *st,
			 const struct timespec *born)
{
	const struct mark wanted = mark_make(role, st, born);
	struct mark found;

	if (!volume->image[PRECACHE].exists || volume->image[PRECACHE].st.st_nlink > 1 ||
	    !file_may_be_copy(&volume->image[PRECACHE].st, st))
		return false;
	return mark_read_name(&volume->dir, volume->image[PRECACHE].name, &found) == DONE &&
	       mark_is_equal(&found, &wanted);
}

enum status commit_precache(struct volume *volume, const struct file *of)
{
	const bool is_own = of->dir == &volume->dir;
	enum status status;

	if (commit_has_precache(volume, is_own ? MARK_PRECACHE : MARK_SOURCE, &of->st, &of->born))
		return DONE;
	status = salvage_precache(volume);
	if (status != DONE)
		return status;
	return step_clone(volume, PRECACHE, of,
			  REPLACE_DATED | REPLACE_MUST_MARK | (is_own ? 0 : REPLACE_OF_SOURCE));
}

/* Before anything is changed, since this is what takes long and is most likely to fail. */
static enum status flush(const struct commit *commit, const struct file *image)
{
	enum status status = DONE;

	if (!commit->forces)
		status = mark_require_whole(image, commit->ways);
	if (status == DONE)
		status = mark_sync(image);
	return status == DONE ? mark_forgive(image) : status;
}

/* FILE, which was called otherwise before, is the clean image now; or that is a clone of it, where
 * it couldn't be renamed (step.h). */
static enum status reopen(const struct volume *volume, struct file *file)
{
	file->name = volume->image[CLEAN].name;
	if (file_is_same(&file->st, &volume->image[CLEAN].st))
		return DONE;
	file_close(file);
	return volume_open_image(volume, CLEAN, O_RDONLY, file);
}

enum status commit_image(struct volume *volume, const struct commit *commit, struct file *ret_clean)
{
	const enum image from = commit->from;
	const bool is_same = file_is_same(&volume->image[from].st, &volume->image[CLEAN].st);
	enum status status = volume_open_image(volume, from, O_RDONLY, ret_clean);

	if (status == DONE && from == DIRTY && !is_same)
		status = identity_drop(ret_clean); /* another driver's start may have renamed it */
	if (status == DONE)
		status = flush(commit, ret_clean);
	if (status != DONE)
		return status;
	if (!volume->image[from].stand_in) /* of a dry run */
		(void)use_warn(&volume->dir, volume->image[from].name, use_of(ret_clean));
	/* Two names of one inode hold one state: a revision would be the clean image itself. */
	if (commit->keeps_clean && !is_same)
		status = keep_clean(volume);
	else if (volume->image[CLEAN].exists && !is_same)
		(void)use_warn(&volume->dir, volume->image[CLEAN].name,
			       use_of_name(&volume->dir, volume->image[CLEAN].name));
	if (status == DONE) {
		leftover_tidy_precache(volume); /* it is of no use any more */
		status = step_rename(volume, from, CLEAN);
	}
	if (status == DONE)
		status = step_sync(volume);
	return status == DONE ? reopen(volume, ret_clean) : status;
}

/* Does one more to keep make a difference: are some kept, and not all? */
static bool keeps_some(const struct volume *volume, const struct retention *retention)
{
	return retention->keep > 0 && (size_t)retention->keep < volume->n_revisions;
}

void commit_choose(const struct volume *volume, const struct retention *retention,
		   bool *ret_is_dropped)
{
	struct retention more = *retention;

	/* What was saved a moment ago isn't to go for it. */
	if (keeps_some(volume, retention))
		more.keep += volume->has_saved;
	for (size_t i = 0; i < volume->n_revisions; i++)
		ret_is_dropped[i] = !pin_of(volume, &volume->revisions[i]);
	retention_choose(&more, volume->revisions, volume->n_revisions, ret_is_dropped);
}

enum status commit_choose_older(const struct volume *volume, const struct retention *retention,
				bool *ret_is_dropped)
{
	struct retention more = *retention;
	bool is_kept = false;
	enum status status = DONE;

	if (keeps_some(volume, retention))
		status = keep_is_done(volume, &is_kept);
	if (is_kept && !pin_of(volume, &volume->revisions[volume->n_revisions - 1]))
		more.keep++;
	commit_choose(volume, &more, ret_is_dropped);
	return status;
}

enum status commit_prune(struct volume *volume, const struct retention *retention)
{
	const size_t count = volume->n_revisions;
	_cleanup_free_ bool *is_dropped = NULL;

	if (retention->keep < 0 || count <= (size_t)retention->keep)
		return DONE;
	is_dropped = calloc(count, sizeof(*is_dropped));
	if (!is_dropped)
		return msg_errno(FAILED, "cannot list revisions");
	commit_choose(volume, retention, is_dropped);
	return erase_revisions(volume, is_dropped);
}

void commit_tidy(struct volume *volume, const struct retention *retention,
		 const struct file *precached)
{
	const size_t revisions = volume->n_revisions;
	const bool had_precache = volume->image[PRECACHE].exists;

	/* XFS frees what is pruned in the background, and a FICLONE beside that takes twice as
	 * long: so the precache comes first, but where it is a copy, which may need the room. */
	const bool is_pruned_last = precached && filesystem_reflinks(volume->dir.fd);

	msg_errors_are_warnings(true);
	if (!is_pruned_last)
		(void)commit_prune(volume, retention);
	if (precached)
		(void)commit_precache(volume, precached);
	else
		(void)leftover_drop_precache(volume);
	if (is_pruned_last)
		(void)commit_prune(volume, retention);
	if (precached || had_precache || revisions != volume->n_revisions)
		(void)step_sync(volume);
	msg_errors_are_warnings(false);
}

enum status commit_check_import(const struct volume *volume, const struct retention *retention)
{
	const bool has_clean = volume->image[CLEAN].exists;

	if (!volume->image[DIRTY].exists || (has_clean && retention_makes_revisions(retention)))
		return DONE;
	return msg_error(REFUSED, "cannot import to %s: it is dirty and %s (stop it first)",
			 quote(&volume->dir, volume->image[CLEAN].name),
			 has_clean ? "keeps no revisions" : "has no clean image");
}

enum status commit_import(struct volume *volume, const struct retention *retention,
			  bool is_prepared)
{
	const struct commit commit = {
		.from = IMPORT,
		.keeps_clean = retention_makes_revisions(retention),
		.ways = "import it again; import-end --abort drops it",
	};
	_cleanup_file_ struct file clean = FILE_CLOSED;
	enum status status = commit_image(volume, &commit, &clean);

	if (status != DONE)
		return status;
	if (volume->image[DIRTY].exists)
		msg_warn("%s is dirty: the next start goes on with that, not with what was imported"
			 " (discard drops it)",
			 quote(&volume->dir, volume->image[DIRTY].name));
	/* A precache for the next start is of no use while the dirty image will come in between. */
	if (retention->keep == SNAPSHOTS_DISABLED || volume->image[DIRTY].exists)
		is_prepared = false;
	commit_tidy(volume, retention, is_prepared ? &clean : NULL);
	return DONE;
}

void commit_drop_import(struct volume *volume)
{
	if (!volume->image[CLEAN].exists || !filesystem_is_remote(volume->dir.fd))
		(void)erase_image(volume, IMPORT);
	else
		msg_warn("what was to be %s is in %s (import-end commits it)",
			 quote(&volume->dir, volume->image[CLEAN].name),
			 quote(&volume->dir, volume->image[IMPORT].name));
}
