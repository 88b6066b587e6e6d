/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/inspect.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/prepared.h"
#include "subcmd/image/filesystem.h"
#include "subcmd/pool/deleted.h"
#include "subcmd/pool/kept.h"
#include "subcmd/pool/readable.h"

/* How many of a directory's items there are, and would be left. */
struct census {
	size_t n_items, n_left, n_of_volumes, n_of_others, n_dirs;
};

/* Remove it, if that is asked for and loses nothing; else, and in a dry run too, tell of it. */
static enum status handle_finding(struct inspection *inspection, const struct finding_kind *kind,
				  const struct scene *scene, struct item *item)
{
	enum status status = NO;

	if (inspection->repairs && kind->is_repairable)
		status = durable_unlink(scene->dir, item->name);
	item->is_gone = status == DONE;
	if (item->is_gone && !msg_is_dry_run())
		return DONE;
	if (inspection->tell(kind, scene, item, inspection->data) != DONE)
		return FAILED;
	return status == NO ? DONE : status;
}

/* Where do the symbolic links that are no image's lead?  PATH is that of DIR in the pool. */
static void follow_links(const struct inspection *inspection, const struct dir *dir,
			 const char *path, struct items *items)
{
	char below[2 * PATH_MAX];
	struct stat st;

	for (size_t i = 0; i < items->count; i++) {
		struct item *item = &items->items[i];

		if (item->class != ITEM_FOREIGN || !S_ISLNK(item->st.st_mode))
			continue;
		snprintf(below, sizeof(below), "%s/%s", path, item->name);
		item->leads_into_pool = dir_is_beneath(inspection->pool, below);
		item->is_stray = !item->leads_into_pool &&
				 (fstatat(dir->fd, item->name, &st, 0) < 0 || S_ISDIR(st.st_mode));
	}
}

/* Goes on after a failure, and returns it. */
static enum status examine_images(const struct dir *dir, struct item *first, const struct item *end)
{
	enum status status = DONE;

	for (struct item *item = first; item < end; item++)
		if (item_is_image(item) && item_examine(dir, item) != DONE)
			status = FAILED;
	return status;
}

static enum status handle_findings(struct inspection *inspection, const struct scene *scene,
				   struct item *first)
{
	struct item gone;
	enum status status = deleted_find(scene, &gone);

	if (status == DONE)
		status = handle_finding(inspection, &finding_deleted, scene, &gone);
	if (status == NO)
		status = DONE;
	for (const struct finding_kind *kind = finding_kinds; kind->name; kind++)
		for (struct item *item = first; item < scene->end && status == DONE; item++)
			if (!item->is_gone && !item->is_kept && finding_is(kind, scene, item))
				status = handle_finding(inspection, kind, scene, item);
	return status;
}

static void count_items(struct inspection *inspection, const struct scene *scene,
			struct census *census)
{
	for (const struct item *item = scene->first; item < scene->end; item++) {
		census->n_items++;
		census->n_left += !item->is_gone;
		census->n_of_volumes += !item->is_gone && item->name_length;
		census->n_of_others += item->is_kept || item_is_qubes(item);
		census->n_dirs += item->leads_into_pool || S_ISDIR(item->st.st_mode);
		inspection->n_seen += item->name_length > 0;
	}
}

/* What there is of one volume: the items from scene->first to scene->end. */
static void set_scene(struct scene *scene)
{
	for (const struct item *item = scene->first; item < scene->end; item++) {
		if (!item_is_image(item))
			continue;
		if (item->entry.image < IMAGES) {
			scene->image[item->entry.image] = item;
			continue;
		}
		if (item->entry.image == REVISION || !scene->n_revisions)
			scene->newest = item;
		scene->n_revisions++;
	}
}

/* NO for lost+found of ext4, or where something is mounted, or if it IS_EMPTY but was made ready
 * for a VM: not to be removed.  Else DONE or FAILED. */
static enum status is_removable(const struct dir *dir, const struct dir *parent, const char *name,
				bool is_empty)
{
	struct stat here, above;

	if (fstat(dir->fd, &here) < 0 || fstat(parent->fd, &above) < 0)
		return msg_errno(FAILED, "cannot examine directory %s", quote_dir(dir));
	if (strcmp(name, "lost+found") == 0 || here.st_dev != above.st_dev)
		return NO;
	return is_empty && prepared_is(dir, parent) ? NO : DONE;
}

/* The directory as a whole. */
static enum status look_at_directory(struct inspection *inspection, const struct dir *dir,
				     const char *path, const struct census *census)
{
	_cleanup_dir_ struct dir parent = DIR_CLOSED;
	_cleanup_free_ char *above = NULL;
	struct scene scene = {.pool = inspection->pool, .dir = &parent};
	struct item item = {.name_length = 0};
	enum status status;

	/* appvms/ and vm-templates/ are the pool's; a VM's images may be in another pool, or in a
	 * directory of this one. */
	if (!strchr(path, '/') || census->n_of_volumes || census->n_of_others || census->n_dirs)
		return DONE;
	above = path_above(path);
	if (!above)
		return FAILED;
	strcpy(item.name, path_name(path));
	status = dir_open_beneath(inspection->pool, above, DIR_MUST_EXIST, &parent);
	if (status == DONE)
		status = is_removable(dir, &parent, item.name, !census->n_left);
	if (status != DONE)
		return status == NO ? DONE : status;
	/* A dry run tells of what is empty now, and not of what it would only have emptied. */
	if (census->n_left || !inspection->repairs || (msg_is_dry_run() && !census->n_items))
		status = inspection->tell(census->n_left ? &finding_imageless : &finding_empty,
					  &scene, &item, inspection->data);
	if (status != DONE || census->n_left || !inspection->repairs)
		return status;
	status = durable_rmdir(&parent, item.name);
	return status == DONE || status == NO ? durable_sync(&parent) : status;
}

static bool is_wanted(const struct inspection *inspection, const struct item *item)
{
	const char *only = inspection->only;

	return !only || (item->name_length == strlen(only) &&
			 memcmp(item->name, only, item->name_length) == 0);
}

enum status inspect_pool(struct inspection *inspection, const struct dir *also)
{
	enum status status =
		links_read(inspection->pool, also, &inspection->lost, &inspection->links);

	if (status == DONE)
		status = heirs_find(inspection->pool, &inspection->lost, &inspection->links,
				    &inspection->heirs);
	return status;
}

void inspect_free(struct inspection *inspection)
{
	links_free(&inspection->links);
	lost_free(&inspection->lost);
	heirs_free(&inspection->heirs);
}

bool inspect_is_read_only(struct inspection *inspection, const struct dir *dir)
{
	if (inspection->asked != dir)
		inspection->is_read_only = filesystem_is_read_only(dir->fd);
	inspection->asked = dir;
	return inspection->is_read_only;
}

enum status inspect_top(struct inspection *inspection, const char *top, const struct walker *walker)
{
	struct scene scene = {.pool = inspection->pool, .dir = inspection->pool};
	struct item item = {.name_length = 0};
	enum status status;

	inspection->is_readable = false;
	if (fstatat(inspection->pool->fd, top, &item.st, 0) < 0)
		return errno == ENOENT ? ABSENT
				       : msg_errno(FAILED, "cannot examine %s",
						   quote(inspection->pool, top));
	inspection->group = item.st.st_gid;
	status = walk_tree(inspection->pool, top, walker);
	if (status != DONE || !inspection->is_readable ||
	    !readable_is_open(inspection->pool, &item.st))
		return status;
	strcpy(item.name, top);
	return inspection->tell(&finding_readable, &scene, &item, inspection->data);
}

enum status inspect(struct inspection *inspection, struct dir *dir, const char *path)
{
	_cleanup_items_ struct items items = {.items = NULL};
	struct census census = {.n_left = 0};
	enum status status = dir_lock(dir, inspection->wait), read = DONE;

	inspection->asked = NULL;
	if (status == DONE)
		status = items_read(dir, &items);
	if (status == DONE)
		kept_find(&items);
	if (status == DONE && path)
		follow_links(inspection, dir, path, &items);
	if (path && !inspection->is_readable)
		inspection->is_readable = readable_is_any(dir, &items, inspection->group);
	for (size_t i = 0, end; i < items.count && status == DONE; i = end) {
		struct scene scene = {
			.pool = inspection->pool,
			.dir = dir,
			.links = &inspection->links,
			.heirs = &inspection->heirs,
			.has_removed = inspection->has_removed,
			.first = &items.items[i],
		};

		for (end = i + 1; end < items.count; end++)
			if (!item_is_sibling(&items.items[i], &items.items[end]))
				break;
		scene.end = &items.items[end];
		if (!is_wanted(inspection, scene.first))
			continue;
		if (examine_images(dir, &items.items[i], scene.end) != DONE)
			read = FAILED;
		set_scene(&scene);
		status = handle_findings(inspection, &scene, &items.items[i]);
		count_items(inspection, &scene, &census);
	}
	if (status == DONE && inspection->repairs)
		status = durable_sync(dir);
	if (status == DONE && path)
		status = look_at_directory(inspection, dir, path, &census);
	return status == DONE ? read : status;
}
