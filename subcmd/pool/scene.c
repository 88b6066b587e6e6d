/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/scene.h"

#include <string.h>

#include "subcmd/volume/kind.h"

static bool is_image(const struct item *item, enum image image)
{
	return item_is_image(item) && item->entry.image == image;
}

static bool is_same_inode(const struct item *a, const struct item *b)
{
	return a && b && file_is_same(&a->st, &b->st);
}

bool scene_is_tempfile(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->class == ITEM_OURS && item->entry.is_temp && S_ISREG(item->st.st_mode);
}

bool scene_is_import(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return is_image(item, IMPORT);
}

static bool is_of_either_kind(const struct scene *scene)
{
	const struct item *clean = scene->image[CLEAN];

	return kind_may_be_snapshot(scene->dir->path, clean ? &clean->st : NULL,
				    scene->n_revisions);
}

/* The clean image of a snapshot is a link to its source's, and is replaced at every start.  That
 * of its source is the same. */
static bool may_be_snapshot(const struct scene *scene)
{
	return is_of_either_kind(scene) && links_count(scene->links, &scene->image[CLEAN]->st) > 1;
}

static bool is_snapshot(const struct scene *scene)
{
	return may_be_snapshot(scene) &&
	       links_are_of_template(scene->links, &scene->image[CLEAN]->st);
}

/* One without a mark is another driver's, and may well be good; start makes it anew all the same.
 */
bool scene_is_stale_precache(const struct scene *scene, const struct item *item)
{
	const struct item *clean = scene->image[CLEAN];
	struct mark wanted;

	if (!is_image(item, PRECACHE) || !clean || may_be_snapshot(scene))
		return false;
	wanted = mark_make(MARK_PRECACHE, &clean->st, &clean->born);
	return item->st.st_nlink > 1 || !file_may_be_copy(&item->st, &clean->st) ||
	       (*item->mark.text && !mark_is_equal(&item->mark, &wanted));
}

/* One that is pinned was made on purpose. */
bool scene_is_interrupted(const struct scene *scene, const struct item *item)
{
	if (!is_image(item, REVISION) || !is_same_inode(item, scene->image[CLEAN]))
		return false;
	for (const struct item *pin = scene->first; pin < scene->end; pin++)
		if (is_image(pin, PIN) &&
		    revision_is_state(&pin->entry.revision, &item->entry.revision))
			return false;
	return true;
}

static bool is_stopped_dirty(const struct item *item)
{
	return is_image(item, DIRTY) && item->use == USE_NO;
}

bool scene_is_crashed(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && scene->image[CLEAN] && !is_of_either_kind(scene);
}

bool scene_is_crashed_either(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && is_of_either_kind(scene) && !is_snapshot(scene);
}

bool scene_is_crashed_snapshot(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && is_snapshot(scene);
}

static bool is_volatile(const struct scene *scene, const struct item *item)
{
	return kind_looks_volatile(item->name, item->volume, scene->image[CLEAN],
				   scene->n_revisions);
}

bool scene_is_crashed_volatile(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && is_volatile(scene, item);
}

bool scene_is_only_copy(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && !scene->image[CLEAN] && !is_volatile(scene, item);
}

bool scene_is_all_there_is(const struct scene *scene, const struct item *item)
{
	return item == scene->newest && !scene->image[CLEAN] && !scene->image[DIRTY];
}

bool scene_is_duplicate(const struct scene *scene, const struct item *item)
{
	return is_image(item, REVISION) && item > scene->first && is_image(item - 1, REVISION) &&
	       item[-1].entry.revision.number == item->entry.revision.number;
}

bool scene_is_irregular(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->class != ITEM_FOREIGN && !S_ISREG(item->st.st_mode);
}

/* The command replaces the file: a VM that uses it would go on writing to what has no name. */
bool scene_is_nocow_mix(const struct scene *scene, const struct item *item)
{
	const struct item *clean = scene->image[CLEAN];

	return item->has_flags && clean && clean->has_flags && item->is_nocow != clean->is_nocow &&
	       item->use == USE_NO;
}

static bool has_links_elsewhere(const struct scene *scene, const struct item *item)
{
	return item_is_image(item) && !scene->links->is_partial &&
	       links_count(scene->links, &item->st) < item->st.st_nlink;
}

/* A link that was made since the others were counted may be in the pool: next time that is seen. */
bool scene_is_linked_elsewhere(const struct scene *scene, const struct item *item)
{
	return has_links_elsewhere(scene, item) && item->use == USE_NO &&
	       links_are_older(scene->links, &item->st);
}

bool scene_is_linked_in_use(const struct scene *scene, const struct item *item)
{
	return has_links_elsewhere(scene, item) && item->use != USE_NO;
}

bool scene_is_written(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return (is_image(item, CLEAN) || is_image(item, REVISION) || is_image(item, PIN)) &&
	       item->use == USE_YES;
}

bool scene_is_lost(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item_is_image(item) && item->is_lost;
}

bool scene_is_shared_dirty(const struct scene *scene, const struct item *item)
{
	return is_image(item, DIRTY) && item->st.st_nlink > 1 && !has_links_elsewhere(scene, item);
}

bool scene_is_foreign(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->class == ITEM_FOREIGN && !item_is_qubes(item) && !S_ISDIR(item->st.st_mode) &&
	       !item->is_way && !item->is_stray;
}

bool scene_is_stray_link(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->is_stray && !item_is_qubes(item);
}
