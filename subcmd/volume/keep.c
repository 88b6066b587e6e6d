/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/keep.h"

#include <fcntl.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/replace.h"
#include "subcmd/volume/scan.h"

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
			       file_time_is_before(&volume->image[CLEAN].st.st_ctim,
						   &newest.st_ctim)
		       ? DONE
		       : NO;
}

enum status keep_clean(struct volume *volume)
{
	const size_t count = volume->n_revisions;
	struct revision revision;
	char name[NAME_MAX + 1];
	enum status status = scan_reserve_revision(volume);

	if (status != DONE || !volume->image[CLEAN].exists)
		return status;
	status = count ? volume_is_clean(volume, count - 1) : NO;
	if (status != NO)
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
