/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/links.h"

#include <fcntl.h>

#include "subcmd/base/grow.h"
#include "subcmd/base/walk.h"
#include "subcmd/volume/entry.h"

struct link {
	dev_t dev;
	ino_t ino;
	nlink_t count;
};

static int compare(const void *left, const void *right)
{
	const struct link *a = left, *b = right;

	if (a->dev != b->dev)
		return a->dev < b->dev ? -1 : 1;
	return a->ino < b->ino ? -1 : a->ino > b->ino;
}

static enum status see(const struct dir *dir, const char *path, const struct dirent *file,
		       void *data)
{
	struct links *links = data;
	struct entry entry;
	struct stat st;
	enum status status;

	(void)path;
	if (!entry_parse(file->d_name, &entry) ||
	    fstatat(dir->fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 || !S_ISREG(st.st_mode) ||
	    st.st_nlink < 2)
		return DONE;
	status = grow(&links->links, links->count, sizeof(*links->links));
	if (status == DONE)
		links->links[links->count++] =
			(struct link){.dev = st.st_dev, .ino = st.st_ino, .count = 1};
	return status;
}

/* Sort them, and make one of those to the same inode. */
static void unite(struct links *links)
{
	size_t last = 0;

	if (!links->count)
		return;
	qsort(links->links, links->count, sizeof(*links->links), compare);
	for (size_t i = 1; i < links->count; i++)
		if (compare(&links->links[last], &links->links[i]) == 0)
			links->links[last].count += links->links[i].count;
		else
			links->links[++last] = links->links[i];
	links->count = last + 1;
}

static enum status add(const struct dir *top, const char *path, struct links *links)
{
	const struct walker walker = {.file = see, .data = links};
	enum status status = walk_tree(top, path, &walker);

	return status == MISSING ? DONE : status;
}

enum status links_read(const struct dir *pool, const struct dir *also, struct links *ret_links)
{
	enum status status;

	*ret_links = (struct links){.links = NULL};
	status = add(pool, "appvms", ret_links);
	if (status == DONE)
		status = add(pool, "vm-templates", ret_links);
	if (status == DONE && also)
		status = add(also, ".", ret_links);
	unite(ret_links);
	return status;
}

void links_free(struct links *links)
{
	free(links->links);
}

nlink_t links_count(const struct links *links, const struct stat *st)
{
	const struct link key = {.dev = st->st_dev, .ino = st->st_ino};
	const struct link *found = NULL;

	if (st->st_nlink < 2)
		return st->st_nlink;
	if (links->count)
		found = bsearch(&key, links->links, links->count, sizeof(key), compare);
	return found ? found->count : 0;
}
