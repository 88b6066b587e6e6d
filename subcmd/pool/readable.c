/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/readable.h"

static bool is_open(const struct dir *dir)
{
	struct stat st;

	return fstat(dir->fd, &st) == 0 && st.st_mode & S_IXOTH;
}

bool readable_is_any(const struct dir *dir, const struct items *items, gid_t group)
{
	for (size_t i = 0; i < items->count; i++) {
		const struct item *item = &items->items[i];
		const mode_t mode = item->st.st_mode;

		if (item_is_image(item) &&
		    (mode & (S_IROTH | S_IWOTH) ||
		     (mode & (S_IRGRP | S_IWGRP) && item->st.st_gid != group)))
			return is_open(dir);
	}
	return false;
}

bool readable_is_open(const struct dir *pool, const struct stat *top)
{
	return top->st_mode & S_IXOTH && is_open(pool);
}
