/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/sources.h"

#include <stdlib.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/memory.h"
#include "subcmd/image/mark.h"
#include "subcmd/pool/walk.h"
#include "subcmd/volume/entry.h"
#include "subcmd/volume/layout.h"

static enum status see(const struct dir *dir, const char *path, const struct dirent *file,
		       void *data)
{
	struct sources *sources = data;
	struct entry entry;
	struct stat st;
	enum status status;

	(void)path;
	if (!entry_parse(file->d_name, &entry) || entry.is_temp ||
	    (entry.image != CLEAN && entry.image < IMAGES))
		return DONE;
	status = walk_examine(dir, file->d_name, &st);
	if (status != DONE)
		return status == NO ? DONE : status;
	status = grow(&sources->times, sources->count, sizeof(*sources->times));
	if (status == DONE)
		sources->times[sources->count++] = (struct source_time){st.st_mtim, st.st_size};
	return status;
}

enum status sources_read(const struct dir *pool, struct sources *ret_sources)
{
	const struct walker walker = {.file = see, .data = ret_sources};
	enum status status = DONE;

	*ret_sources = (struct sources){.times = NULL};
	for (int i = 0; i < LAYOUT_TOPS && status == DONE; i++) {
		status = walk_tree(pool, layout_tops[i], &walker);
		status = status == ABSENT ? DONE : status;
	}
	return status;
}

void sources_free(struct sources *sources)
{
	free(sources->times);
}

enum status sources_lack(const struct sources *sources, const struct dir *dir, const char *name,
			 const struct stat *st, bool *ret_is)
{
	const enum status status = mark_find_of_source(dir, name, ret_is);

	for (size_t i = 0; i < sources->count && status == DONE && *ret_is; i++)
		*ret_is = sources->times[i].size != st->st_size ||
			  !clock_is_same(&sources->times[i].mtime, &st->st_mtim);
	return status;
}
