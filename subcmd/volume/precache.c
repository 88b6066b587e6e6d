/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/precache.h"

#include "subcmd/volume/step.h"

bool precache_is_good(const struct volume *volume, const struct stat *clean)
{
	const struct stat *precache = &volume->image[PRECACHE].st;

	return volume->image[PRECACHE].exists && file_is_dated_copy(precache, clean) &&
	       (clean->st_mtim.tv_nsec || precache->st_ctim.tv_sec - clean->st_ctim.tv_sec > 2);
}

enum status precache_make(struct volume *volume, const struct file *clean)
{
	if (precache_is_good(volume, &clean->st))
		return DONE;
	return step_clone(volume, PRECACHE, clean, true);
}
