/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/heir.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/entries.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/file.h"
#include "subcmd/pool/sources.h"
#include "subcmd/pool/walk.h"
#include "subcmd/volume/layout.h"

/* A directory that is being read. */
struct search {
	struct heirs *heirs;
	const struct links *links;
	struct sources sources;
	struct lost around; /* what there is in it */
	size_t n_before;    /* heirs of other directories */
	const struct dir *dir;
	const char *path; /* of DIR in the pool */
	size_t of;	  /* in POOL/lost/: the lost volume */
};

static bool is_called(const char *name, const char *other, size_t length)
{
	return strncmp(name, other, length) == 0 && !name[length];
}

static enum status add_heir(struct search *search, const char *name, const struct entry *entry,
			    const struct stat *st, size_t of)
{
	struct heirs *heirs = search->heirs;
	const struct timespec time = lost_time(entry, st);
	enum status status = grow(&heirs->heirs, heirs->count, sizeof(*heirs->heirs));
	struct heir *heir;

	if (status != DONE)
		return status;
	heir = &heirs->heirs[heirs->count];
	*heir = (struct heir){.dir = strdup(search->path),
			      .name_length = entry->name_length,
			      .of = of,
			      .st = *st,
			      .time = time,
			      .is_likely = true};
	if (!heir->dir)
		return msg_errno(FAILED, "cannot remember %s", quote(search->dir, name));
	strcpy(heir->name, name);
	heirs->count++;
	return DONE;
}

/* Follows a link.  NO, without a message: it isn't there, or no regular file. */
static enum status examine_target(const struct dir *dir, const char *name, struct stat *ret_st)
{
	if (fstatat(dir->fd, name, ret_st, 0) < 0)
		return errno == ENOENT || errno == ELOOP
			       ? NO
			       : msg_errno(FAILED, "cannot examine %s", quote(dir, name));
	return S_ISREG(ret_st->st_mode) ? DONE : NO;
}

/* DONE or NO: a clean image, a revision or a pin, and none of a template; or what is prepared for
 * the next start of a snapshot, from an image that is gone. */
static enum status may_be_heir(const struct search *search, const struct dir *dir, const char *name,
			       const struct entry *entry, const struct stat *st)
{
	const bool is_precache = entry->image == PRECACHE;
	bool is_outlived;
	enum status status;

	if (!is_precache && ((entry->image != CLEAN && entry->image < IMAGES) ||
			     links_are_of_template(search->links, st)))
		return NO;
	status = sources_lack(&search->sources, dir, name, !is_precache, st, &is_outlived);
	return status == DONE && !is_outlived ? NO : status;
}

/* Of which lost templates may it be a state? */
static enum status see_file(const struct dir *dir, const char *path, const struct dirent *file,
			    void *data)
{
	struct search *search = data;
	const struct lost *lost = search->heirs->lost;
	struct entry entry;
	struct stat st;
	enum status status;

	if (!entry_parse(file->d_name, &entry) || entry.is_temp)
		return DONE;
	status = walk_examine(dir, file->d_name, &st, NULL);
	if (status == DONE)
		status = lost_see(&search->around, file->d_name, &entry, &st);
	if (status == DONE)
		status = may_be_heir(search, dir, file->d_name, &entry, &st);
	if (status != DONE)
		return status == NO ? DONE : status;
	search->dir = dir;
	search->path = path;
	for (size_t i = 0; i < lost->count && status == DONE; i++)
		if (lost_is_template(lost->volumes[i].dir) &&
		    is_called(lost->volumes[i].name, file->d_name, entry.name_length))
			status = add_heir(search, file->d_name, &entry, &st, i);
	return status;
}

static enum status end_directory(const struct dir *dir, const char *path, void *data)
{
	struct search *search = data;
	struct heirs *heirs = search->heirs;

	(void)dir;
	(void)path;
	for (; search->n_before < heirs->count; search->n_before++) {
		struct heir *heir = &heirs->heirs[search->n_before];

		heir->is_likely =
			!lost_has_revision(&search->around, heir->name, heir->name_length);
	}
	search->around.n_here = 0;
	return DONE;
}

/* The length of NAME without the ".~1~" of mv --backup=numbered. */
static size_t length_without_number(const char *name)
{
	const char *const tail = strstr(name, ".~");
	const size_t digits = tail ? strspn(tail + 2, "0123456789") : 0;

	return digits && strcmp(tail + 2 + digits, "~") == 0 ? (size_t)(tail - name) : strlen(name);
}

/* A file that was moved to POOL/lost/, or the target of a link that was. */
static enum status see_moved(const struct dirent *file, void *data)
{
	struct search *search = data;
	const char *const wanted = search->heirs->lost->volumes[search->of].name;
	char name[NAME_MAX + 1] = "";
	struct timespec time;
	struct entry entry;
	struct stat st;
	enum status status;

	memcpy(name, file->d_name, length_without_number(file->d_name));
	if (!entry_parse(name, &entry) || entry.is_temp || entry.image == IMPORT ||
	    !is_called(wanted, name, entry.name_length))
		return DONE;
	status = examine_target(search->dir, file->d_name, &st);
	if (status != DONE)
		return status == NO ? DONE : status;
	time = lost_time(&entry, &st);
	/* Two states that were written in one tick of the clock have the same time. */
	return clock_is_before(&time, &search->heirs->lost->volumes[search->of].newest)
		       ? DONE
		       : add_heir(search, file->d_name, &entry, &st, search->of);
}

static enum status look_in_lost(const struct dir *pool, size_t of, struct heirs *heirs)
{
	_cleanup_free_ char *path = path_join("lost", heirs->lost->volumes[of].dir);
	_cleanup_dir_ struct dir dir = DIR_CLOSED;
	struct search search = {.heirs = heirs, .dir = &dir, .path = path, .of = of};
	enum status status = path ? DONE : FAILED;

	/* fsck has put nothing where that leads out of the pool, or is no directory. */
	if (status == DONE && !dir_is_beneath(pool, path))
		return errno == ENOENT || errno == EXDEV || errno == ENOTDIR || errno == ELOOP
			       ? DONE
			       : msg_errno(FAILED, "cannot open directory %s", quote(pool, path));
	if (status == DONE)
		status = dir_open_beneath(pool, path, DIR_MAY_LACK, &dir);
	if (status == DONE)
		status = entries_read_anew(&dir, see_moved, &search);
	return status == ABSENT ? DONE : status;
}

enum status heirs_find(const struct dir *pool, const struct lost *lost, const struct links *links,
		       struct heirs *ret_heirs)
{
	struct search search = {.heirs = ret_heirs, .links = links};
	const struct walker walker = {.file = see_file, .end = end_directory, .data = &search};
	bool is_template = false;
	enum status status = DONE;

	*ret_heirs = (struct heirs){.lost = lost};
	for (size_t i = 0; i < lost->count && status == DONE; i++) {
		is_template |= lost_is_template(lost->volumes[i].dir);
		status = look_in_lost(pool, i, ret_heirs);
	}
	search.n_before = ret_heirs->count;
	if (status == DONE && is_template)
		status = sources_read(pool, &search.sources);
	if (status == DONE && is_template)
		status = walk_tree(pool, layout_tops[APPVMS], &walker);
	lost_free(&search.around);
	sources_free(&search.sources);
	return status == ABSENT ? DONE : status;
}

/* Is A to be told before B, which may be NULL? */
static bool is_before(const struct heir *a, const struct heir *b)
{
	if (!b || a->is_likely != b->is_likely)
		return !b || a->is_likely;
	return clock_is_before(&b->time, &a->time);
}

size_t heirs_of(const struct heirs *heirs, const char *dir, const char *name, size_t length,
		const struct heir *ret_heirs[static HEIRS_TOLD])
{
	size_t count = 0;

	for (; count < HEIRS_TOLD; count++) {
		const struct heir *best = NULL;

		for (size_t i = 0; i < heirs->count; i++) {
			const struct heir *heir = &heirs->heirs[i];
			const struct lost_volume *of = &heirs->lost->volumes[heir->of];

			if (is_called(of->name, name, length) && strcmp(of->dir, dir) == 0 &&
			    !(count && file_is_same(&ret_heirs[0]->st, &heir->st)) &&
			    is_before(heir, best))
				best = heir;
		}
		if (!best)
			break;
		ret_heirs[count] = best;
	}
	return count;
}

const struct lost_volume *heirs_held_by(const struct heirs *heirs, const char *dir,
					const char *name, size_t length)
{
	for (size_t i = 0; i < heirs->count; i++) {
		const struct heir *heir = &heirs->heirs[i];

		if (strncmp(heir->name, name, length) == 0 &&
		    (heir->name_length == length || !heir->name[length]) &&
		    strcmp(heir->dir, dir) == 0)
			return &heirs->lost->volumes[heir->of];
	}
	return NULL;
}

void heirs_free(struct heirs *heirs)
{
	for (size_t i = 0; i < heirs->count; i++)
		free(heirs->heirs[i].dir);
	free(heirs->heirs);
}
