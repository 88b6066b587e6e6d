/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/volume.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/layout.h"
#include "subcmd/volume/pretend.h"
#include "subcmd/volume/scan.h"

/* Create the VM's directory, durably, unless somebody was faster: NO.  In a dry run its parent
 * stands in for it. */
static enum status make_dir(struct volume *volume)
{
	_cleanup_dir_ struct dir parent = DIR_CLOSED;
	const char *name;
	enum status status = vid_open_parent(volume->pool, &volume->vid, &parent, &name);

	if (status == DONE && faccessat(parent.fd, name, F_OK, AT_SYMLINK_NOFOLLOW) == 0)
		return NO;
	if (status == DONE)
		status = durable_mkdir(&parent, name);
	if (status == DONE && msg_is_dry_run())
		return dir_pretend(&parent, name, &volume->dir);
	return status == DONE ? durable_sync(&parent) : status;
}

/* Open the VM's directory, or make it and open that.  Before it is open somebody may have removed
 * it again, since it is empty and not locked yet; but not for ever. */
static enum status open_or_make(struct volume *volume, bool may_make, enum dir_need need,
				bool *ret_made)
{
	enum status status;

	*ret_made = false;
	for (int tries = 0; may_make && tries < 100; tries++) {
		status = vid_open_dir(volume->pool, &volume->vid, DIR_MAY_LACK, &volume->dir);
		if (status != ABSENT)
			return status;
		dir_close(&volume->dir);
		status = make_dir(volume);
		*ret_made = status == DONE;
		if ((status != DONE && status != NO) || (*ret_made && msg_is_dry_run()))
			return status;
	}
	return vid_open_dir(volume->pool, &volume->vid, need, &volume->dir);
}

/* Is the directory that is open, HERE, still that of the volume?  Somebody may have removed it
 * before we had the lock or, while we waited for that, moved it. */
static enum status is_current(const struct volume *volume, const struct stat *here, bool *ret_is)
{
	_cleanup_dir_ struct dir now = DIR_CLOSED;
	struct stat there = {.st_ino = 0};
	enum status status;

	*ret_is = here->st_nlink > 0;
	if (!*ret_is || !volume->dir.has_waited)
		return DONE;
	status = vid_open_dir(volume->pool, &volume->vid, DIR_MAY_LACK, &now);
	if (status == DONE && fstat(now.fd, &there) < 0)
		return msg_errno(FAILED, "cannot examine directory %s", quote_dir(&now));
	*ret_is = file_is_same(&there, here);
	return status == ABSENT ? DONE : status;
}

/* Open and lock the directory that is there when we have the lock: the one that we opened may have
 * been removed by the process we waited for.  (Again and again only if it is mounted there still.)
 * Until we have the lock, one that we made isn't ours to remove: somebody may be at work in it. */
static enum status open_and_lock(struct volume *volume, int flags, double wait)
{
	for (int tries = 0;; tries++) {
		struct stat st;
		bool was_made, is_there;
		enum status status = open_or_make(
			volume, flags & VOLUME_MAKE_DIR,
			flags & VOLUME_MAY_LACK_DIR ? DIR_MAY_LACK : DIR_MUST_EXIST, &was_made);

		if (status == DONE && flags & VOLUME_CHANGE && !(was_made && msg_is_dry_run()))
			status = dir_lock(&volume->dir, wait);
		if (status != DONE)
			return status;
		if (fstat(volume->dir.fd, &st) < 0)
			return msg_errno(FAILED, "cannot examine directory %s",
					 quote_dir(&volume->dir));
		volume->is_new = was_made && st.st_nlink > 0;
		status = is_current(volume, &st, &is_there);
		if (status != DONE || is_there)
			return status;
		if (tries == 100)
			return msg_error(MISSING, "cannot use directory %s: it was removed",
					 quote_dir(&volume->dir));
		dir_close(&volume->dir);
	}
}

enum status volume_open(const struct dir *pool, const char *vid, int flags, double wait,
			struct volume *volume)
{
	enum status status;

	*volume = (struct volume){.pool = pool, .dir = DIR_CLOSED};
	status = vid_parse(vid, &volume->vid);
	if (status != DONE)
		return status;
	for (enum image image = CLEAN; image < IMAGES; image++)
		entry_image_name(volume->vid.name, image, volume->image[image].name);
	status = open_and_lock(volume, flags, wait);
	if (volume->is_new && msg_is_dry_run())
		return status; /* it would be empty */
	return status == DONE ? scan_directory(volume) : status;
}

void volume_close(struct volume *volume)
{
	for (enum image image = CLEAN; image < IMAGES; image++)
		if (volume->image[image].stand_in)
			(void)close(volume->image[image].stand_in);
	dir_close(&volume->dir);
	free(volume->revisions);
	free(volume->pins);
	free(volume->temps);
	*volume = (struct volume){.dir = DIR_CLOSED};
}

bool volume_has_images(const struct volume *volume)
{
	bool has = volume->n_revisions + volume->n_pins > 0;

	for (enum image image = CLEAN; image < IMAGES; image++)
		has = has || volume->image[image].exists;
	return has;
}

enum status volume_require_nothing(const struct volume *volume, const char *hint)
{
	const bool has_state =
		volume->n_revisions || volume->image[CLEAN].exists || volume->image[DIRTY].exists;

	if (!volume_has_images(volume))
		return DONE;
	return msg_error(REFUSED, "cannot create %s: the volume has %s%s%s",
			 quote(&volume->dir, volume->image[CLEAN].name),
			 volume->n_revisions ? "revisions" : "images",
			 has_state ? ": import keeps them" : "", hint);
}

bool volume_has_dir_alone(const struct volume *volume)
{
	const char *path = volume->dir.path, *name = path_name(path);

	return !volume->n_others && !volume_has_images(volume) &&
	       strcmp(path, volume->pool->path) != 0 && strcmp(name, layout_tops[APPVMS]) != 0 &&
	       strcmp(name, layout_tops[VM_TEMPLATES]) != 0;
}

enum status volume_require(const struct volume *volume, enum image image)
{
	const char *name = volume->vid.name, *hint = "";

	if (volume->image[image].exists)
		return DONE;
	if (volume->n_revisions && image == CLEAN)
		hint = ": revisions are left, and fsck tells what may take its place";
	else if (strlen(name) > 4 && strcmp(name + strlen(name) - 4, ".img") == 0)
		hint = ": a VOLUME is written without '.img'";
	else if (!volume_has_images(volume) && !volume->n_temps)
		hint = ": " VID_NO_SUCH;
	return msg_error(MISSING, "cannot find %s%s",
			 quote(&volume->dir, volume->image[image].name), hint);
}

enum status volume_open_image(const struct volume *volume, enum image image, int flags,
			      struct file *ret_file)
{
	enum status status = pretend_open(volume, image, ret_file);

	if (status != NO)
		return status;
	return file_open_seen(&volume->dir, volume->image[image].name, flags, ret_file);
}

enum status volume_stat_revision(const struct volume *volume, const struct revision *revision,
				 struct stat *ret_st)
{
	char name[NAME_MAX + 1];

	revision_name(revision, volume->image[CLEAN].name, name);
	if (fstatat(volume->dir.fd, name, ret_st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT
			       ? ABSENT
			       : msg_errno(FAILED, "cannot examine %s", quote(&volume->dir, name));
	return DONE;
}

enum status volume_revision_is_clean(const struct volume *volume, const struct revision *revision,
				     bool *ret_is)
{
	struct stat st;
	const enum status status = volume_stat_revision(volume, revision, &st);

	*ret_is = status == DONE && volume->image[CLEAN].exists &&
		  file_is_same(&st, &volume->image[CLEAN].st);
	return status == ABSENT ? DONE : status;
}
