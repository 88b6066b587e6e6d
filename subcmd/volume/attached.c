/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/attached.h"

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/loop.h"
#include "subcmd/volume/kind.h"

static enum status require_detached(const struct volume *volume, const struct loops *loops,
				    const char *name, const struct stat *st)
{
	const struct loop *loop = loops_find(loops, st);

	if (!loop)
		return DONE;
	return msg_error(
		REFUSED,
		"cannot remove %s: '/dev/loop%d' uses it (--force removes it all the same)",
		quote(&volume->dir, name), loop->number);
}

/* A snapshot's clean image is its template's, who loses nothing with one of its names. */
static bool is_snapshot_clean(const struct volume *volume, enum image image)
{
	const struct stat *clean = &volume->image[CLEAN].st;

	return image == CLEAN && clean->st_nlink > 1 &&
	       kind_may_be_snapshot(volume->dir.path, clean, volume->n_revisions);
}

enum status attached_require_none(const struct volume *volume, bool all)
{
	_cleanup_loops_ struct loops loops;
	enum status status = loops_list(&loops);

	for (enum image image = CLEAN; image < IMAGES && status == DONE; image++)
		if (volume->image[image].exists &&
		    (image == DIRTY || (all && !is_snapshot_clean(volume, image))))
			status = require_detached(volume, &loops, volume->image[image].name,
						  &volume->image[image].st);
	for (size_t i = 0; all && loops.count && i < volume->n_revisions && status == DONE; i++) {
		char name[NAME_MAX + 1];
		struct stat st;

		revision_name(&volume->revisions[i], volume->image[CLEAN].name, name);
		status = volume_stat_revision(volume, i, &st);
		if (status == DONE)
			status = require_detached(volume, &loops, name, &st);
	}
	return status;
}

enum status attached_require_unshared(const struct volume *volume, enum image image)
{
	_cleanup_loops_ struct loops loops = {.loops = NULL};
	const struct loop *loop;
	enum status status;

	if (!volume->image[image].exists || volume->image[image].st.st_nlink == 1)
		return DONE;
	status = loops_list(&loops);
	loop = loops_find(&loops, &volume->image[image].st);
	if (status != DONE || !loop)
		return status;
	return msg_error(REFUSED,
			 "cannot give %s an inode of its own: '/dev/loop%d' uses it"
			 " (detach that, or remove its other names)",
			 quote(&volume->dir, volume->image[image].name), loop->number);
}
