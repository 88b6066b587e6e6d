/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/sources.h"

#include <stdlib.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/file.h"
#include "subcmd/image/mark.h"
#include "subcmd/pool/walk.h"
#include "subcmd/volume/entry.h"
#include "subcmd/volume/layout.h"

static enum status see_file(const struct dir *dir, const char *path, const struct dirent *file,
			    void *data)
{
	struct sources *sources = data;
	struct entry entry;
	struct source_image image;
	enum status status;

	(void)path;
	if (!entry_parse(file->d_name, &entry) || entry.is_temp ||
	    (entry.image != CLEAN && entry.image < IMAGES))
		return DONE;
	status = walk_examine(dir, file->d_name, &image.st, &image.born);
	if (status != DONE)
		return status == NO ? DONE : status;
	status = grow(&sources->images, sources->count, sizeof(*sources->images));
	if (status == DONE)
		sources->images[sources->count++] = image;
	return status;
}

enum status sources_read(const struct dir *pool, struct sources *ret_sources)
{
	const struct walker walker = {.file = see_file, .data = ret_sources};
	enum status status = DONE;

	*ret_sources = (struct sources){.images = NULL};
	for (int i = 0; i < LAYOUT_TOPS && status == DONE; i++) {
		status = walk_tree(pool, layout_tops[i], &walker);
		status = status == ABSENT ? DONE : status;
	}
	return status;
}

void sources_free(struct sources *sources)
{
	free(sources->images);
}

/* Is the file ST, with MARK, a copy of IMAGE, and as it was made? */
static bool is_copy(const struct source_image *image, enum mark_role role, const struct stat *st,
		    const struct mark *mark)
{
	struct mark wanted;

	if (!file_may_be_copy(&image->st, st))
		return false;
	wanted = mark_make(role, &image->st, &image->born);
	return mark_is_equal(mark, &wanted);
}

enum status sources_lack(const struct sources *sources, const struct dir *dir, const char *name,
			 bool is_image, const struct stat *st, bool *ret_is)
{
	const enum mark_role role = is_image ? MARK_STATE : MARK_SOURCE;
	struct mark mark;

	if (mark_read_name(dir, name, &mark) != DONE)
		return msg_errno(FAILED, "cannot open %s", quote(dir, name));
	*ret_is = is_image || mark_is_of_source(&mark);
	for (size_t i = 0; i < sources->count && *ret_is; i++)
		*ret_is = !is_copy(&sources->images[i], role, st, &mark);
	return DONE;
}
