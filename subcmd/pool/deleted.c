/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/deleted.h"

#include <stdio.h>

#include "subcmd/image/loop.h"
#include "subcmd/volume/kind.h"

/* Is no state of the volume saved, or only one that is likely to be its source's? */
static bool is_saved_nowhere(const struct scene *scene)
{
	const struct item *const clean = scene->image[CLEAN];

	if (!clean)
		return !scene->n_revisions;
	return clean->st.st_nlink > 1 &&
	       kind_may_be_snapshot(scene->dir->path, &clean->st, scene->n_revisions);
}

enum status deleted_find(const struct scene *scene, struct item *ret_item)
{
	const struct item *const first = scene->first;
	char volume[NAME_MAX + 1];

	if (!scene->has_removed || !first->name_length || is_saved_nowhere(scene))
		return NO;
	*ret_item = (struct item){.name_length = first->name_length};
	snprintf(volume, sizeof(volume), "%.*s", (int)first->name_length, first->name);
	entry_image_name(volume, DIRTY, ret_item->name);
	return loop_find_removed(scene->dir, ret_item->name, &ret_item->device);
}
