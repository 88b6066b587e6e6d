/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/precache.h"

#include "subcmd/volume/step.h"

bool precache_is_good(const struct volume *volume, const struct stat *clean)
{
	return volume->image[PRECACHE].exists &&
	       file_is_dated_copy(&volume->image[PRECACHE].st, clean);
}

enum status precache_make(struct volume *volume, const struct file *clean)
{
	if (precache_is_good(volume, &clean->st))
		return DONE;
	return step_clone(volume, PRECACHE, clean, true);
}
