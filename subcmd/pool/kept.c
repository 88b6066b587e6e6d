/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/kept.h"

#include <stdlib.h>
#include <string.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/path.h"

/* The length of NAME without the ending; 0: it has none. */
static size_t length_of_kept(const char *name)
{
	const size_t length = strlen(name), ending = strlen(KEPT_ENDING);

	return length > ending && strcmp(name + length - ending, KEPT_ENDING) == 0
		       ? length - ending
		       : 0;
}

enum status kept_see(struct kept *kept, const char *path, const char *name)
{
	enum status status;
	char *dir;

	if (!length_of_kept(name))
		return DONE;
	status = grow(&kept->paths, kept->count, sizeof(*kept->paths));
	if (status != DONE)
		return status;
	dir = path_join(path, name);
	if (!dir)
		return FAILED;
	dir[length_of_kept(dir)] = '\0';
	kept->paths[kept->count++] = dir;
	return DONE;
}

bool kept_has(const struct kept *kept, const char *path)
{
	for (size_t i = 0; i < kept->count; i++) {
		const size_t length = strlen(kept->paths[i]);

		if (strncmp(path, kept->paths[i], length) == 0 &&
		    (!path[length] || path[length] == '/'))
			return true;
	}
	return false;
}

void kept_free(struct kept *kept)
{
	for (size_t i = 0; i < kept->count; i++)
		free(kept->paths[i]);
	free(kept->paths);
}

void kept_find(struct items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		struct item *item = &items->items[i];
		const size_t length = length_of_kept(item->name);

		item->is_kept |= item->class == ITEM_FOREIGN && (length || *item->name == '.');
		for (size_t j = 0; length && j < items->count; j++) {
			struct item *other = &items->items[j];

			if (other->class != ITEM_OURS && !other->name[length] &&
			    strncmp(other->name, item->name, length) == 0)
				other->is_kept = true;
		}
	}
}
