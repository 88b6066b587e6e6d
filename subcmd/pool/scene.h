/* SPDX-License-Identifier: MIT */
#ifndef POOL_SCENE_H
#define POOL_SCENE_H

/*
 * What fsck looks at: one volume in its directory, and questions about each of its files.  A dirty
 * image that somebody writes to is a running VM's.
 */

#include "subcmd/pool/heir.h"
#include "subcmd/pool/item.h"
#include "subcmd/pool/links.h"

struct scene {
	const struct dir *pool, *dir;
	const struct links *links;
	const struct heirs *heirs;
	const struct item *first, *end;	  /* the items of the same volume */
	const struct item *image[IMAGES]; /* those that are regular files; NULL: none */
	const struct item *newest;	  /* revision, else pin; NULL: none */
	size_t n_revisions;		  /* and pins */
	bool has_removed; /* there are loop devices on files that were removed: see deleted.h */
};

/* Is ITEM, of the scene, a finding of that kind (finding.c)? */
typedef bool scene_test(const struct scene *scene, const struct item *item);

scene_test scene_is_tempfile;
scene_test scene_is_import;
scene_test scene_is_stale_precache;
scene_test scene_is_unsaved_precache;
scene_test scene_is_interrupted;
scene_test scene_is_crashed;
scene_test scene_is_crashed_either;
scene_test scene_is_crashed_snapshot;
scene_test scene_is_crashed_volatile;
scene_test scene_is_older_dirty;
scene_test scene_is_only_copy;
scene_test scene_is_lone_precache;
scene_test scene_is_all_there_is;
scene_test scene_is_duplicate;
scene_test scene_is_written_later;
scene_test scene_is_linked_image;
scene_test scene_blocks_volatile;
scene_test scene_is_irregular;
scene_test scene_is_nocow_mix;
scene_test scene_is_linked_elsewhere;
scene_test scene_is_linked_in_use;
scene_test scene_is_shared_dirty;
scene_test scene_is_written;
scene_test scene_is_lost;
scene_test scene_is_foreign;
scene_test scene_is_stray_link;

#endif
