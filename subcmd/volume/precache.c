/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/precache.h"

#include "subcmd/volume/step.h"

bool precache_is_of(const struct stat *precache, const struct stat *clean)
{
	return precache->st_nlink == 1 && precache->st_size == clean->st_size &&
	       precache->st_mtim.tv_sec == clean->st_mtim.tv_sec &&
	       precache->st_mtim.tv_nsec == clean->st_mtim.tv_nsec;
}

bool precache_is_good(const struct volume *volume, const struct stat *clean)
{
	return volume->image[PRECACHE].exists &&
	       precache_is_of(&volume->image[PRECACHE].st, clean);
}

enum status precache_make(struct volume *volume, const struct file *clean)
{
	if (precache_is_good(volume, &clean->st))
		return DONE;
	return step_clone(volume, PRECACHE, clean, true);
}
