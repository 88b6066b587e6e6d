/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/links.h"

#include <time.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/memory.h"
#include "subcmd/image/file.h"
#include "subcmd/image/filesystem.h"
#include "subcmd/pool/walk.h"
#include "subcmd/volume/entry.h"
#include "subcmd/volume/layout.h"

struct link {
	dev_t dev;
	ino_t ino;
	nlink_t count;
	bool is_template;
};

static int compare_links(const void *left, const void *right)
{
	const struct link *a = left, *b = right;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

enum status links_add(struct links *links, dev_t dev, ino_t ino, bool is_template)
{
	enum status status = grow(&links->links, links->count, sizeof(*links->links));

	if (status == DONE)
		links->links[links->count++] = (struct link){
			.dev = dev, .ino = ino, .count = 1, .is_template = is_template};
	return status;
}

struct look {
	struct links *links;
	struct lost *lost; /* NULL: nobody asks */
	bool is_template;
};

static enum status see_file(const struct dir *dir, const char *path, const struct dirent *file,
			    void *data)
{
	struct look *look = data;
	struct entry entry;
	struct stat st;
	enum status status;

	(void)path;
	if (!entry_parse(file->d_name, &entry)) {
		look->links->is_partial |= (file->d_type == DT_LNK || file->d_type == DT_UNKNOWN) &&
					   fstatat(dir->fd, file->d_name, &st, 0) == 0 &&
					   S_ISDIR(st.st_mode);
		return DONE;
	}
	status = walk_examine(dir, file->d_name, &st, NULL);
	if (status != DONE)
		return status == NO ? DONE : status;
	if (look->lost && lost_see(look->lost, file->d_name, &entry, &st) != DONE)
		return FAILED;
	if (st.st_nlink < 2)
		return DONE;
	return links_add(look->links, st.st_dev, st.st_ino, look->is_template);
}

static enum status end_directory(const struct dir *dir, const char *path, void *data)
{
	const struct look *look = data;

	return look->lost ? lost_end(look->lost, dir, path) : DONE;
}

void links_unite(struct links *links)
{
	size_t last = 0;

	if (!links->count)
		return;
	qsort(links->links, links->count, sizeof(*links->links), compare_links);
	for (size_t i = 1; i < links->count; i++)
		if (compare_links(&links->links[last], &links->links[i]) == 0) {
			links->links[last].count += links->links[i].count;
			links->links[last].is_template |= links->links[i].is_template;
		} else {
			links->links[++last] = links->links[i];
		}
	links->count = last + 1;
}

static enum status add_tree(const struct dir *top, const char *path, bool is_template,
			    struct lost *lost, struct links *links)
{
	struct look look = {.links = links, .lost = lost, .is_template = is_template};
	const struct walker walker = {.file = see_file, .end = end_directory, .data = &look};

	return walk_tree(top, path, &walker);
}

enum status links_read(const struct dir *pool, const struct dir *also, struct lost *lost,
		       struct links *ret_links)
{
	enum status status;

	*ret_links = (struct links){.is_partial = !filesystem_counts_links(pool->fd)};
	clock_gettime(CLOCK_REALTIME_COARSE, &ret_links->begun); /* the one of st_ctim */
	status = add_tree(pool, layout_tops[APPVMS], false, lost, ret_links);
	if (status == DONE || status == ABSENT)
		status = add_tree(pool, layout_tops[VM_TEMPLATES], true, lost, ret_links);
	if (status == ABSENT)
		status = DONE;
	if (status == DONE && also)
		status = add_tree(also, ".", false, NULL, ret_links);
	links_unite(ret_links);
	return status;
}

enum status links_read_templates(const struct dir *pool, struct links *ret_links)
{
	enum status status;

	*ret_links = (struct links){.links = NULL};
	status = add_tree(pool, layout_tops[VM_TEMPLATES], true, NULL, ret_links);
	links_unite(ret_links);
	return status;
}

void links_free(struct links *links)
{
	free(links->links);
}

static const struct link *find_link(const struct links *links, const struct stat *st)
{
	const struct link key = {.dev = st->st_dev, .ino = st->st_ino};

	if (!links->count || st->st_nlink < 2)
		return NULL;
	return bsearch(&key, links->links, links->count, sizeof(key), compare_links);
}

nlink_t links_count(const struct links *links, const struct stat *st)
{
	const struct link *found = find_link(links, st);

	return found ? found->count : st->st_nlink < 2 ? st->st_nlink : 0;
}

bool links_are_older(const struct links *links, const struct stat *st)
{
	return clock_is_before(&st->st_ctim, &links->begun);
}

bool links_are_of_template(const struct links *links, const struct stat *st)
{
	const struct link *found = find_link(links, st);

	return found && found->is_template;
}
