/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/erase.h"

#include <string.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/prepared.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/leftover.h"
#include "subcmd/volume/pin.h"

enum status erase_image(struct volume *volume, enum image image)
{
	enum status status;

	if (!volume->image[image].exists)
		return DONE;
	status = durable_unlink(&volume->dir, volume->image[image].name);
	if (status == DONE)
		volume->image[image].exists = false;
	return status;
}

void erase_forget(struct volume *volume, size_t index)
{
	volume->n_revisions--;
	memmove(&volume->revisions[index], &volume->revisions[index + 1],
		(volume->n_revisions - index) * sizeof(*volume->revisions));
}

enum status erase_revision(struct volume *volume, size_t index)
{
	char name[NAME_MAX + 1];
	enum status status;

	revision_name(&volume->revisions[index], volume->image[CLEAN].name, name);
	status = durable_unlink(&volume->dir, name);
	if (status == DONE)
		erase_forget(volume, index);
	return status;
}

enum status erase_revisions(struct volume *volume, const bool *is_dropped)
{
	const size_t count = volume->n_revisions;
	enum status status = DONE;

	for (size_t i = 0, index = 0; i < count; i++) {
		const enum status one = is_dropped[i] ? erase_revision(volume, index) : NO;

		index += one != DONE;
		status = one == DONE || one == NO ? status : one;
	}
	return status;
}

static enum status require_removable(const struct volume *volume, const char *name)
{
	if (!birth_is_fixed(volume->dir.fd, name))
		return DONE;
	return msg_error(FAILED,
			 "cannot remove %s: it is immutable or append-only (chattr -ia ends that)",
			 quote(&volume->dir, name));
}

static enum status require_all_removable(const struct volume *volume)
{
	enum status status = DONE;

	for (enum image image = CLEAN; image < IMAGES && status == DONE; image++)
		if (volume->image[image].exists)
			status = require_removable(volume, volume->image[image].name);
	for (size_t i = 0; i < volume->n_revisions + volume->n_pins && status == DONE; i++) {
		char name[NAME_MAX + 1];

		revision_name(pin_name_at(volume, i), volume->image[CLEAN].name, name);
		status = require_removable(volume, name);
	}
	for (size_t i = 0; i < volume->n_temps && status == DONE; i++)
		status = require_removable(volume, volume->temps[i]);
	return status;
}

enum status erase_all(struct volume *volume)
{
	enum status status = require_all_removable(volume);

	if (status == DONE)
		status = leftover_drop(volume);
	while (volume->n_revisions && status == DONE)
		status = erase_revision(volume, 0);
	while (volume->n_pins && status == DONE)
		status = pin_remove(volume, &volume->pins[0]);
	if (status == DONE)
		status = erase_image(volume, CLEAN);
	if (status == DONE)
		status = erase_image(volume, PRECACHE);
	return status == DONE ? erase_image(volume, DIRTY) : status;
}

enum status erase_dir(struct volume *volume)
{
	_cleanup_dir_ struct dir parent = DIR_CLOSED;
	const char *name;
	enum status status;

	if (!volume_has_dir_alone(volume))
		return DONE;
	status = vid_open_parent(volume->pool, &volume->vid, &parent, &name);
	if (status == DONE && !volume->is_new && prepared_is(&volume->dir, &parent))
		return DONE;
	if (status == DONE)
		status = durable_rmdir(&parent, name);
	/* FUSE and NFS keep a file that is open under a name of their own (.nfsXXXX). */
	if (status == NO && !volume->is_new)
		msg_note("directory %s isn't empty yet, and stays: an image may still be open",
			 quote(&parent, name));
	return status == DONE || status == NO ? durable_sync(&parent) : status;
}
