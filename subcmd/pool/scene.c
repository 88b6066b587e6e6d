/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/scene.h"

#include "subcmd/base/clock.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/layout.h"
#include "subcmd/volume/salvage.h"

static bool is_image(const struct item *item, enum image image)
{
	return item_is_image(item) && item->entry.image == image;
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
	return kind_may_be_snapshot(scene->dir->path,
				    scene->image[CLEAN] ? &scene->image[CLEAN]->st : NULL,
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
 * One of another volume's image is for the next start of a snapshot, which alone knows of which. */
static bool is_of_other_state(const struct scene *scene, const struct item *item)
{
	const struct item *clean = scene->image[CLEAN];
	struct mark wanted;

	if (!is_image(item, PRECACHE) || !clean || mark_is_of_source(&item->mark) ||
	    may_be_snapshot(scene))
		return false;
	wanted = mark_make(MARK_PRECACHE, &clean->st, &clean->born);
	return item->st.st_nlink > 1 || !file_may_be_copy(&item->st, &clean->st) ||
	       (*item->mark.text && !mark_is_equal(&item->mark, &wanted));
}

bool scene_is_unsaved_precache(const struct scene *scene, const struct item *item)
{
	return is_of_other_state(scene, item) &&
	       salvage_may_be(&item->st, &item->mark, &scene->image[CLEAN]->st);
}

bool scene_is_stale_precache(const struct scene *scene, const struct item *item)
{
	return is_of_other_state(scene, item) && !scene_is_unsaved_precache(scene, item);
}

/* One that is pinned was made on purpose. */
bool scene_is_interrupted(const struct scene *scene, const struct item *item)
{
	if (!is_image(item, REVISION) || !scene->image[CLEAN] ||
	    !file_is_same(&item->st, &scene->image[CLEAN]->st))
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

/* No start makes such a thing: what is committed was written after it. */
static bool is_older_than_clean(const struct scene *scene, const struct item *item)
{
	return scene->image[CLEAN] &&
	       clock_is_before(&item->st.st_mtim, &scene->image[CLEAN]->st.st_mtim);
}

bool scene_is_older_dirty(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && is_older_than_clean(scene, item) && !is_snapshot(scene);
}

bool scene_is_crashed(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && scene->image[CLEAN] && !is_of_either_kind(scene) &&
	       !is_older_than_clean(scene, item);
}

bool scene_is_crashed_either(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && is_of_either_kind(scene) && !is_snapshot(scene) &&
	       !is_older_than_clean(scene, item);
}

bool scene_is_crashed_snapshot(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && is_snapshot(scene);
}

bool scene_is_crashed_volatile(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) &&
	       kind_looks_volatile(item->name, item->name_length, scene->image[CLEAN],
				   scene->n_revisions);
}

bool scene_is_linked_image(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->class == ITEM_OURS && !item->entry.is_temp && item->entry.image == CLEAN &&
	       item->has_target;
}

/* Nothing is in the place of the clean image; first of the scene, if there is one, it would be. */
static bool lacks_clean(const struct scene *scene)
{
	return !scene->image[CLEAN] && !scene_is_linked_image(scene, scene->first);
}

bool scene_is_only_copy(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(item) && lacks_clean(scene) &&
	       !scene_is_crashed_volatile(scene, item);
}

/* A copy of the clean image that is gone, and younger than what else there is. */
static bool is_all_that_is_left(const struct scene *scene, const struct item *precache)
{
	struct timespec newest;

	if (!precache || !lacks_clean(scene) || scene->image[DIRTY] ||
	    mark_is_of_source(&precache->mark))
		return false;
	if (!scene->newest) /* without a mark, perhaps another driver's for a snapshot */
		return *precache->mark.text || layout_is_template(scene->dir->path);
	newest = lost_time(&scene->newest->entry, &scene->newest->st);
	return clock_is_before(&newest, &precache->st.st_mtim);
}

bool scene_is_lone_precache(const struct scene *scene, const struct item *item)
{
	return is_image(item, PRECACHE) && is_all_that_is_left(scene, item);
}

bool scene_is_all_there_is(const struct scene *scene, const struct item *item)
{
	return item == scene->newest && lacks_clean(scene) && !scene->image[DIRTY] &&
	       !is_all_that_is_left(scene, scene->image[PRECACHE]);
}

/* What a file of the driver "file" is called.  A volatile volume has no clean image of ours. */
bool scene_blocks_volatile(const struct scene *scene, const struct item *item)
{
	return is_image(item, CLEAN) &&
	       kind_looks_volatile(item->name, item->name_length, false, 0) &&
	       !scene->n_revisions && !scene->image[DIRTY] && item->use == USE_NO;
}

/* An inode that was there at the time in its name has kept that as its mtime, unless somebody wrote
 * to it.  One that was born later is a copy, which may have the time when it was made. */
bool scene_is_written_later(const struct scene *scene, const struct item *item)
{
	time_t named;

	(void)scene;
	if ((!is_image(item, REVISION) && !is_image(item, PIN)) || item->use != USE_NO)
		return false;
	named = revision_time(&item->entry.revision);
	return item->born.tv_sec && item->born.tv_sec <= named && item->st.st_mtim.tv_sec > named;
}

bool scene_is_duplicate(const struct scene *scene, const struct item *item)
{
	return is_image(item, REVISION) && item > scene->first && is_image(item - 1, REVISION) &&
	       item[-1].entry.revision.number == item->entry.revision.number;
}

bool scene_is_irregular(const struct scene *scene, const struct item *item)
{
	return item->class != ITEM_FOREIGN && !S_ISREG(item->st.st_mode) &&
	       !scene_is_linked_image(scene, item);
}

/* The command replaces the file: a VM that uses it would go on writing to what has no name. */
bool scene_is_nocow_mix(const struct scene *scene, const struct item *item)
{
	const struct item *clean = scene->image[CLEAN];

	return item->use == USE_NO && item->has_flags && clean && clean->has_flags &&
	       item->is_nocow != clean->is_nocow;
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
	       !item->leads_into_pool && !item->is_stray;
}

bool scene_is_stray_link(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->is_stray && !item_is_qubes(item);
}
