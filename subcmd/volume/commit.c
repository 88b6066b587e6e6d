/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/commit.h"

#include <fcntl.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/filesystem.h"
#include "subcmd/image/replace.h"
#include "subcmd/volume/scan.h"
#include "subcmd/volume/step.h"

/* What links can't do, a clone with the same mtime can. */
static enum status clone_clean(struct volume *volume, const char *name)
{
	_cleanup_file_ struct file clean;
	enum status status = volume_open_image(volume, CLEAN, O_RDONLY, &clean);

	return status == DONE ? replace_by_clone(&volume->dir, name, &clean, true) : status;
}

/* Has an interrupted commit made the newest revision in this way?  Then the clean image was renamed
 * to be that before; an older state may have the same mtime and size.  DONE, NO, or FAILED. */
static enum status is_cloned_already(const struct volume *volume)
{
	struct stat newest;
	enum status status = NO;

	if (volume->n_revisions)
		status = volume_stat_revision(volume, volume->n_revisions - 1, &newest);
	if (status != DONE)
		return status;
	return file_is_dated_copy(&newest, &volume->image[CLEAN].st) &&
			       clock_is_before(&volume->image[CLEAN].st.st_ctim, &newest.st_ctim)
		       ? DONE
		       : NO;
}

enum status commit_keep(struct volume *volume)
{
	const size_t count = volume->n_revisions;
	struct revision revision;
	char name[NAME_MAX + 1];
	bool is_kept = false;
	enum status status = scan_reserve_revision(volume);

	if (status != DONE || !volume->image[CLEAN].exists)
		return status;
	if (count)
		status = volume_revision_is_clean(volume, count - 1, &is_kept);
	if (status != DONE || is_kept)
		return status;
	if (volume->last_number >= UINT64_MAX - 1)
		return msg_error(REFUSED, "cannot number a new revision of %s",
				 quote(&volume->dir, volume->image[CLEAN].name));
	revision = revision_make(volume->last_number + 1, volume->image[CLEAN].st.st_mtime);
	revision_name(&revision, volume->image[CLEAN].name, name);
	status = durable_link(&volume->dir, volume->image[CLEAN].name, &volume->dir, name, false);
	if (status == NO) {
		status = is_cloned_already(volume);
		if (status != NO)
			return status;
		status = clone_clean(volume, name);
	}
	if (status == DONE) {
		volume->revisions[volume->n_revisions++] = revision;
		volume->last_number++;
	}
	return status;
}

bool commit_has_precache(const struct volume *volume, const struct stat *clean)
{
	const struct stat *precache = &volume->image[PRECACHE].st;

	return volume->image[PRECACHE].exists && file_is_dated_copy(precache, clean) &&
	       (clean->st_mtim.tv_nsec || precache->st_ctim.tv_sec - clean->st_ctim.tv_sec > 2);
}

enum status commit_precache(struct volume *volume, const struct file *clean)
{
	if (commit_has_precache(volume, &clean->st))
		return DONE;
	return step_clone(volume, PRECACHE, clean, true);
}

static enum status flush(struct volume *volume, enum image image)
{
	_cleanup_file_ struct file file;
	enum status status = volume_open_image(volume, image, O_RDONLY, &file);

	return status == DONE ? durable_sync_file(file.fd, file.dir, file.name) : status;
}

enum status commit_image(struct volume *volume, enum image from, int keep)
{
	const struct stat *new = &volume->image[from].st, *old = &volume->image[CLEAN].st;
	const bool is_same = file_is_same(new, old);
	/* Before anything is changed, since this is what takes long and is most likely to fail. */
	enum status status = flush(volume, from);

	/* Two names of one inode hold one state: a revision would be the clean image itself. */
	if (status == DONE && keep > 0 && !is_same)
		status = commit_keep(volume);
	/* By its mtime and size it might be taken for one of the new image. */
	if (status == DONE)
		status = step_remove(volume, PRECACHE);
	if (status == DONE)
		status = step_rename(volume, from, CLEAN);
	return status == DONE ? step_sync(volume) : status;
}

enum status commit_prune(struct volume *volume, int keep)
{
	enum status status = DONE;

	while (keep >= 0 && volume->n_revisions > (size_t)keep && status == DONE)
		status = step_remove_revision(volume, 0);
	return status;
}

static enum status make_precache(struct volume *volume)
{
	_cleanup_file_ struct file clean;
	enum status status = volume_open_image(volume, CLEAN, O_RDONLY, &clean);

	return status == DONE ? commit_precache(volume, &clean) : status;
}

void commit_tidy(struct volume *volume, int keep, bool precaches)
{
	const size_t revisions = volume->n_revisions;
	const bool had_precache = volume->image[PRECACHE].exists;

	/* XFS frees what is pruned in the background, and a FICLONE beside that takes twice as
	 * long: so the precache comes first, but where it is a copy, which may need the room. */
	const bool is_pruned_last = precaches && filesystem_reflinks(volume->dir.fd);

	msg_errors_are_warnings(true);
	if (!is_pruned_last)
		(void)commit_prune(volume, keep);
	if (precaches)
		(void)make_precache(volume);
	else
		(void)step_remove(volume, PRECACHE);
	if (is_pruned_last)
		(void)commit_prune(volume, keep);
	if (precaches || had_precache || revisions != volume->n_revisions)
		(void)step_sync(volume);
	msg_errors_are_warnings(false);
}

enum status commit_check_import(const struct volume *volume, int keep)
{
	if (!volume->image[DIRTY].exists || (volume->image[CLEAN].exists && keep > 0))
		return DONE;
	return msg_error(REFUSED, "cannot import to %s: it is dirty and %s (stop it first)",
			 quote(&volume->dir, volume->image[CLEAN].name),
			 volume->image[CLEAN].exists ? "keeps no revisions" : "has no clean image");
}

enum status commit_import(struct volume *volume, int keep)
{
	enum status status = commit_image(volume, IMPORT, keep);

	/* A precache for the next start is of no use while the dirty image will come in between. */
	if (status == DONE)
		commit_tidy(volume, keep,
			    keep != SNAPSHOTS_DISABLED && !volume->image[DIRTY].exists);
	return status;
}
