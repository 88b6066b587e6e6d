/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/used.h"

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/loop.h"
#include "subcmd/image/use.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/pin.h"

static enum status require_unused(const struct volume *volume, const char *name)
{
	return use_require_none(&volume->dir, name, "remove", "--force removes it all the same");
}

enum status used_require_no_dirty(const struct volume *volume)
{
	if (!volume->image[DIRTY].exists)
		return DONE;
	return require_unused(volume, volume->image[DIRTY].name);
}

enum status used_require_not_removed(const struct volume *volume)
{
	const char *const name = volume->image[DIRTY].name;
	int number;
	const enum status status = loop_find_removed(&volume->dir, name, &number);

	if (status != DONE)
		return status == NO ? DONE : status;
	return msg_error(REFUSED,
			 "cannot stop %s: it was removed while '/dev/loop%d' uses it ('import"
			 " VOLUME /dev/loop%d' saves what that has; to detach it drops that)",
			 quote(&volume->dir, name), number, number);
}

/* A snapshot's clean image is its template's, who loses nothing with one of its names. */
static bool is_snapshot_clean(const struct volume *volume, enum image image)
{
	const struct stat *clean = &volume->image[CLEAN].st;

	return image == CLEAN && clean->st_nlink > 1 &&
	       kind_may_be_snapshot(volume->dir.path, clean, pin_states(volume, NULL));
}

enum status used_require_none(const struct volume *volume)
{
	enum status status = DONE;

	for (enum image image = CLEAN; image < IMAGES && status == DONE; image++)
		if (volume->image[image].exists && !is_snapshot_clean(volume, image))
			status = require_unused(volume, volume->image[image].name);
	for (size_t i = 0; i < volume->n_revisions + volume->n_pins && status == DONE; i++) {
		char name[NAME_MAX + 1];

		revision_name(pin_name_at(volume, i), volume->image[CLEAN].name, name);
		status = require_unused(volume, name);
	}
	return status;
}

enum status used_require_unshared(const struct volume *volume, enum image image)
{
	if (!volume->image[image].exists || volume->image[image].st.st_nlink == 1)
		return DONE;
	return use_require_none(&volume->dir, volume->image[image].name,
				"give an inode of its own to",
				"detach that first");
}
