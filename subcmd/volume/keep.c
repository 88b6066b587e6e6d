/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/keep.h"

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/difference.h"
#include "subcmd/image/identity.h"
#include "subcmd/image/mark.h"
#include "subcmd/image/replace.h"
#include "subcmd/image/use.h"
#include "subcmd/volume/salvage.h"
#include "subcmd/volume/scan.h"

/* Has CLEAN an id (identity.h) that NEWEST lacks?  Then streams are to be based on it.  But a clone
 * that says of what it is bears no id. */
static enum status is_known_apart(const struct file *clean, const struct file *newest, bool *ret_is)
{
	const struct mark on_newest = mark_read(newest->fd), of_clean = mark_of(MARK_STATE, clean);
	char id[IDENTITY_ID], other[IDENTITY_ID];
	enum status status = identity_find(clean, id);

	*ret_is = false;
	if (status != DONE)
		return status == NO ? DONE : status;
	status = identity_find(newest, other);
	*ret_is = status == NO ? !mark_is_equal(&on_newest, &of_clean)
			       : status == DONE && strcmp(id, other) != 0;
	return status == NO ? DONE : status;
}

static enum status open_newest(const struct volume *volume, struct file *ret_newest)
{
	char name[NAME_MAX + 1];

	revision_name(&volume->revisions[volume->n_revisions - 1], volume->image[CLEAN].name, name);
	return file_open(&volume->dir, name, O_RDONLY, ret_newest);
}

/* Is the newest revision, which has CLEAN's time and size, the same state, by a commit that was
 * interrupted after it had cloned that; or since a backup tool has made two files of the two links
 * of one?  The bytes tell (extents first).  But if CLEAN was made from the revision, by a start
 * that used a precache, and nothing was written since, both are states of their own. */
static enum status is_newest_same(const struct volume *volume, const struct file *clean,
				  bool *ret_is)
{
	_cleanup_file_ struct file newest = FILE_CLOSED;
	struct mark on_clean, of_newest;
	bool is_apart = false;
	enum status status = open_newest(volume, &newest);

	*ret_is = false;
	if (status == DONE)
		status = is_known_apart(clean, &newest, &is_apart);
	if (status != DONE || is_apart)
		return status;
	on_clean = mark_read(clean->fd);
	of_newest = mark_of(MARK_PRECACHE, &newest);
	if (mark_is_equal(&on_clean, &of_newest))
		return DONE;
	return difference_is_none(&newest, clean, ret_is);
}

enum status keep_is_done(const struct volume *volume, bool *ret_is)
{
	_cleanup_file_ struct file clean = FILE_CLOSED;
	struct stat newest;
	enum status status;

	*ret_is = false;
	if (!volume->n_revisions || !volume->image[CLEAN].exists)
		return DONE;
	status = volume_stat_revision(volume, &volume->revisions[volume->n_revisions - 1], &newest);
	if (status != DONE)
		return status == ABSENT ? DONE : status;
	*ret_is = file_is_same(&newest, &volume->image[CLEAN].st);
	if (*ret_is || !file_may_be_copy(&newest, &volume->image[CLEAN].st))
		return DONE;
	status = volume_open_image(volume, CLEAN, O_RDONLY, &clean);
	return status == DONE ? is_newest_same(volume, &clean, ret_is) : status;
}

/* There is no clean image.  Is there no need to keep the precache, which may be the last copy of
 * it?  There is none if that is the newest revision, nor if it is of another volume's image. */
static enum status precache_is_kept(const struct volume *volume, bool *ret_is)
{
	const char *const precache = volume->image[PRECACHE].name;
	_cleanup_file_ struct file newest = FILE_CLOSED;
	struct mark of_newest, found;
	enum status status;

	*ret_is = true;
	if (!volume->image[PRECACHE].exists || volume->image[DIRTY].exists)
		return DONE;
	if (mark_read_name(&volume->dir, precache, &found) != DONE)
		return msg_errno(FAILED, "cannot open %s", quote(&volume->dir, precache));
	*ret_is = mark_is_of_source(&found);
	if (*ret_is || !volume->n_revisions)
		return DONE;
	status = open_newest(volume, &newest);
	if (status != DONE)
		return status;
	of_newest = mark_of(MARK_PRECACHE, &newest);
	*ret_is = file_is_same(&newest.st, &volume->image[PRECACHE].st) ||
		  mark_is_equal(&found, &of_newest);
	return DONE;
}

/* What links can't do, a clone with the same mtime can. */
static enum status clone_image(struct volume *volume, enum image image, const char *name)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	enum status status = volume_open_image(volume, image, O_RDONLY, &file);

	if (status != DONE)
		return status;
	return replace_by_clone(&volume->dir, name, &file,
				REPLACE_DATED | REPLACE_MARKED | REPLACE_NEW);
}

enum status keep_link(const struct volume *volume, const char *from, const char *to)
{
	enum use use;
	const enum status status = use_find(&volume->dir, from, &use, NULL);

	if (status != DONE)
		return status;
	return use_warn(&volume->dir, from, use)
		       ? NO
		       : durable_link(&volume->dir, from, &volume->dir, to, DURABLE_NEW);
}

static enum status link_or_clone(struct volume *volume, enum image image, const char *name)
{
	const enum status status = keep_link(volume, volume->image[image].name, name);

	return status == NO ? clone_image(volume, image, name) : status;
}

enum status keep_number(const struct volume *volume, enum image image,
			struct revision *ret_revision)
{
	if (volume->last_number >= UINT64_MAX - 1)
		return msg_error(REFUSED, "cannot number a new revision of %s",
				 quote(&volume->dir, volume->image[CLEAN].name));
	*ret_revision =
		revision_make(volume->last_number + 1, volume->image[image].st.st_mtime);
	return DONE;
}

enum status keep_image(struct volume *volume, enum image image)
{
	struct revision revision;
	char name[NAME_MAX + 1];
	enum status status = keep_number(volume, image, &revision);

	if (status == DONE)
		status = scan_reserve_revision(volume);
	if (status != DONE)
		return status;
	revision_name(&revision, volume->image[CLEAN].name, name);
	status = link_or_clone(volume, image, name);
	if (status != DONE)
		return status;
	volume->revisions[volume->n_revisions++] = revision;
	volume->last_number++;
	return DONE;
}

enum status keep_clean(struct volume *volume)
{
	const enum image image = volume->image[CLEAN].exists ? CLEAN : PRECACHE;
	bool is_kept = false;
	enum status status = salvage_precache(volume);

	if (status == DONE)
		status = image == CLEAN ? keep_is_done(volume, &is_kept)
					: precache_is_kept(volume, &is_kept);
	return status != DONE || is_kept ? status : keep_image(volume, image);
}
