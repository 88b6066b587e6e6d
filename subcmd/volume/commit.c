/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/commit.h"

#include <fcntl.h>

#include "subcmd/base/clone.h"
#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/volume/keep.h"
#include "subcmd/volume/precache.h"
#include "subcmd/volume/step.h"

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
		status = keep_clean(volume);
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

	return status == DONE ? precache_make(volume, &clean) : status;
}

void commit_tidy(struct volume *volume, int keep, bool precaches)
{
	const size_t revisions = volume->n_revisions;
	const bool had_precache = volume->image[PRECACHE].exists;

	/* XFS frees what is pruned in the background, and a FICLONE beside that takes twice as
	 * long: so the precache comes first, but where it is a copy, which may need the room. */
	const bool is_pruned_last = precaches && clone_is_usual(&volume->dir);

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
