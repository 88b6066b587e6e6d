/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/lost.h"

#include <stdlib.h>
#include <string.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/state.h"
#include "subcmd/volume/layout.h"

/* What there is of a volume of the directory that is being read.  Files of one volume seldom come
 * in a row, so there may be several of it until they are united: a search for each file would take
 * the square of their number. */
struct remains {
	char name[NAME_MAX + 1];
	size_t length;
	bool has_image, has_precache, has_revision;
	struct revision newest;
	struct timespec time, precached;
};

static bool is_of(const struct remains *remains, const char *name, size_t length)
{
	return remains->length == length && memcmp(remains->name, name, length) == 0;
}

struct timespec lost_time(const struct entry *entry, const struct stat *st)
{
	const bool is_state = entry->image == REVISION || entry->image == PIN;
	const time_t named = is_state ? revision_time(&entry->revision) : st->st_mtim.tv_sec;

	return named == st->st_mtim.tv_sec ? st->st_mtim : (struct timespec){.tv_sec = named};
}

static void see_revision(struct remains *remains, const struct revision *revision,
			 const struct timespec *time)
{
	if (remains->has_revision && revision_compare(&remains->newest, revision) >= 0)
		return;
	remains->has_revision = true;
	remains->newest = *revision;
	remains->time = *time;
}

enum status lost_see(struct lost *lost, const char *name, const struct entry *entry,
		     const struct stat *st)
{
	struct remains *remains = lost->n_here ? &lost->here[lost->n_here - 1] : NULL;
	const struct timespec time = lost_time(entry, st);
	enum status status;

	if (entry->is_temp || entry->image == IMPORT)
		return DONE;
	if (!remains || !is_of(remains, name, entry->name_length)) {
		status = grow(&lost->here, lost->n_here, sizeof(*lost->here));
		if (status != DONE)
			return status;
		remains = &lost->here[lost->n_here++];
		*remains = (struct remains){.length = entry->name_length};
		memcpy(remains->name, name, remains->length);
	}
	remains->has_image |= entry->image == CLEAN || entry->image == DIRTY;
	if (entry->image == PRECACHE) {
		remains->has_precache = true;
		remains->precached = st->st_mtim;
	} else if (entry->image >= IMAGES) {
		see_revision(remains, &entry->revision, &time);
	}
	return DONE;
}

bool lost_is_template(const char *path)
{
	const size_t length = strlen(layout_tops[VM_TEMPLATES]);

	return strncmp(path, layout_tops[VM_TEMPLATES], length) == 0 && path[length] == '/';
}

static enum status add_lost(struct lost *lost, const char *path, const struct remains *remains)
{
	enum status status = grow(&lost->volumes, lost->count, sizeof(*lost->volumes));
	struct lost_volume *volume;

	if (status != DONE)
		return status;
	volume = &lost->volumes[lost->count];
	*volume = (struct lost_volume){.dir = strdup(path), .newest = remains->time};
	if (!volume->dir)
		return msg_errno(FAILED, "cannot remember %s", quote(NULL, remains->name));
	lost->count++;
	strcpy(volume->name, remains->name);
	if (remains->has_precache && clock_is_before(&volume->newest, &remains->precached))
		volume->newest = remains->precached;
	return DONE;
}

/* For qsort(3) */
static int compare_remains(const void *left, const void *right)
{
	const struct remains *a = left, *b = right;

	return strcmp(a->name, b->name);
}

static void unite(struct remains *into, const struct remains *from)
{
	into->has_image |= from->has_image;
	if (from->has_precache) {
		into->has_precache = true;
		into->precached = from->precached;
	}
	if (from->has_revision)
		see_revision(into, &from->newest, &from->time);
}

/* Has it lost its image?  A precache of a source's image is no state of it, and forgotten. */
static enum status find_lost(const struct dir *dir, const char *path, struct remains *remains,
			     bool *ret_is_lost)
{
	bool is_of_source = false;
	enum status status = DONE;

	*ret_is_lost = !remains->has_image && (remains->has_revision || lost_is_template(path));
	if (*ret_is_lost && remains->has_precache)
		status = state_is_prepared(dir, remains->name, &is_of_source);
	remains->has_precache = remains->has_precache && !is_of_source;
	*ret_is_lost = *ret_is_lost && (remains->has_revision || remains->has_precache);
	return status;
}

enum status lost_end(struct lost *lost, const struct dir *dir, const char *path)
{
	struct remains *const here = lost->here;
	enum status status = DONE;
	bool is_lost;

	if (lost->n_here > 1)
		qsort(here, lost->n_here, sizeof(*here), compare_remains);
	for (size_t i = 0; i < lost->n_here && status == DONE; i++) {
		if (i + 1 < lost->n_here && compare_remains(&here[i], &here[i + 1]) == 0) {
			unite(&here[i + 1], &here[i]);
			continue;
		}
		status = find_lost(dir, path, &here[i], &is_lost);
		if (status == DONE && is_lost)
			status = add_lost(lost, path, &here[i]);
	}
	lost->n_here = 0;
	return status;
}

bool lost_has_revision(const struct lost *lost, const char *name, size_t length)
{
	for (size_t i = 0; i < lost->n_here; i++)
		if (lost->here[i].has_revision && is_of(&lost->here[i], name, length))
			return true;
	return false;
}

void lost_free(struct lost *lost)
{
	for (size_t i = 0; i < lost->count; i++)
		free(lost->volumes[i].dir);
	free(lost->volumes);
	free(lost->here);
}
