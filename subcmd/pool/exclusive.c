/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/exclusive.h"

#include <stdio.h>
#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/size.h"
#include "subcmd/volume/layout.h"
#include "subcmd/volume/pin.h"

void exclusive_cell(struct table *table, const struct exclusive *exclusive)
{
	char human[SIZE_HUMAN], text[SIZE_HUMAN + sizeof("at most ")];

	if (exclusive->bytes < 0 || !exclusive->is_at_most) {
		table_size(table, exclusive->bytes);
		return;
	}
	size_human(exclusive->bytes, human);
	snprintf(text, sizeof(text), "at most %s", human);
	table_text(table, text);
}

void exclusive_json(const struct exclusive *exclusive)
{
	json_size("exclusive", exclusive->bytes);
	json_bool("exclusive_at_most", exclusive->is_at_most);
}

/* Whose files are in which group. */
struct wanted {
	const struct volume *volume;
	const struct pool_list *list;
	const bool *is_removed; /* of the volume's revisions */
	const struct revision **states;
	size_t n_states;
};

typedef size_t group_fn(struct survey *survey, const char *path, const struct file *file);

static enum status add_bytes(const size_t *groups, size_t count, int64_t bytes, void *data)
{
	struct exclusive *exclusive = data;

	if (count == 1)
		exclusive[*groups - 1].bytes += bytes;
	return DONE;
}

enum status exclusive_of_groups(struct survey *survey, const struct dir *pool, size_t n_groups,
				struct exclusive *ret_exclusive)
{
	_cleanup_free_ bool *is_held = calloc(n_groups + 1, sizeof(*is_held));
	enum status status;

	if (!is_held)
		return msg_errno(FAILED, "cannot measure %s", quote_dir(pool));
	for (size_t i = 0; i < n_groups; i++)
		ret_exclusive[i].bytes = 0;
	status = sweep_groups(&survey->sharing, n_groups, add_bytes, ret_exclusive);
	if (status == DONE)
		status = survey_find_held(survey, pool, is_held);
	for (size_t i = 0; i < n_groups; i++)
		ret_exclusive[i].is_at_most = is_held[i + 1];
	return status;
}

static enum status measure(const struct wanted *wanted, group_fn *group, const struct dir *pool,
			   size_t n_groups, struct exclusive *ret_exclusive)
{
	_cleanup_survey_ struct survey survey = {.group = group, .data = (void *)wanted};
	enum status status = n_groups ? survey_read(&survey, pool) : NO;

	for (size_t i = 0; i < n_groups; i++)
		ret_exclusive[i] = EXCLUSIVE_UNKNOWN;
	if (status != DONE || !survey.has_found_group)
		return status == NO ? DONE : status;
	return exclusive_of_groups(&survey, pool, n_groups, ret_exclusive);
}

static size_t group_by_vid(struct survey *survey, const char *path, const struct file *file)
{
	const struct wanted *wanted = survey->data;
	struct entry entry;

	return entry_parse(file->name, &entry)
		       ? pool_list_find_file(wanted->list, path, file->name, &entry) + 1
		       : 0;
}

enum status exclusive_of_volumes(const struct dir *pool, const struct pool_list *list,
				 struct exclusive *ret_exclusive)
{
	const struct wanted wanted = {.list = list};

	return measure(&wanted, group_by_vid, pool, list->count, ret_exclusive);
}

/* Is the file one of the volume's? */
static bool is_of_volume(const struct volume *volume, const struct file *file,
			 struct entry *ret_entry)
{
	struct stat here, there;

	return entry_parse(file->name, ret_entry) &&
	       ret_entry->name_length == strlen(volume->vid.name) &&
	       memcmp(file->name, volume->vid.name, ret_entry->name_length) == 0 &&
	       fstat(file->dir->fd, &here) == 0 && fstat(volume->dir.fd, &there) == 0 &&
	       file_is_same(&here, &there);
}

static size_t group_whole(struct survey *survey, const char *path, const struct file *file)
{
	const struct wanted *wanted = survey->data;
	struct entry entry;

	(void)path;
	return is_of_volume(wanted->volume, file, &entry);
}

static size_t group_by_revision(struct survey *survey, const char *path, const struct file *file)
{
	const struct wanted *wanted = survey->data;
	const struct volume *volume = wanted->volume;
	const struct revision *found;
	struct entry entry;

	(void)path;
	if (!is_of_volume(volume, file, &entry) || entry.image != REVISION || entry.is_temp)
		return 0;
	found = bsearch(&entry.revision, volume->revisions, volume->n_revisions, sizeof(*found),
			revision_compare);
	return found && wanted->is_removed[found - volume->revisions];
}

static int compare_state(const void *wanted, const void *state)
{
	const struct revision *a = wanted, *b = *(const struct revision *const *)state;

	return revision_is_state(a, b) ? 0 : revision_compare(a, b);
}

/* A state has all its names: removing one of several frees nothing. */
static size_t group_by_state(struct survey *survey, const char *path, const struct file *file)
{
	const struct wanted *wanted = survey->data;
	const struct revision **found;
	struct entry entry;

	(void)path;
	if (!is_of_volume(wanted->volume, file, &entry) || entry.image < IMAGES || entry.is_temp)
		return 0;
	found = bsearch(&entry.revision, wanted->states, wanted->n_states, sizeof(*found),
			compare_state);
	return found ? (size_t)(found - wanted->states) + 1 : 0;
}

enum status exclusive_open_pool(const struct volume *volume, struct dir *ret_pool)
{
	enum status status = layout_open_pool(volume->pool, volume->dir.path, ret_pool);

	if (status != ABSENT)
		return status;
	return dir_open(*volume->vid.dir == '/' ? &volume->dir : volume->pool, ".", DIR_MUST_EXIST,
			ret_pool);
}

static enum status measure_volume(const struct wanted *wanted, group_fn *group, size_t n_groups,
				  struct exclusive *ret_exclusive)
{
	_cleanup_dir_ struct dir pool = DIR_CLOSED;
	enum status status;

	for (size_t i = 0; i < n_groups; i++)
		ret_exclusive[i] = EXCLUSIVE_UNKNOWN;
	status = exclusive_open_pool(wanted->volume, &pool);
	return status == DONE ? measure(wanted, group, &pool, n_groups, ret_exclusive) : status;
}

enum status exclusive_of_volume(const struct volume *volume, struct exclusive *ret_exclusive)
{
	const struct wanted wanted = {.volume = volume};

	return measure_volume(&wanted, group_whole, 1, ret_exclusive);
}

enum status exclusive_of_states(const struct volume *volume, struct exclusive *ret_exclusive)
{
	struct wanted wanted = {.volume = volume};
	_cleanup_free_ const struct revision **states =
		calloc(volume->n_revisions + volume->n_pins + 1, sizeof(*states));

	if (!states)
		return msg_errno(FAILED, "cannot measure revisions");
	wanted.states = states;
	wanted.n_states = pin_states(volume, states);
	return measure_volume(&wanted, group_by_state, wanted.n_states, ret_exclusive);
}

enum status exclusive_of_several(const struct volume *volume, const bool *is_removed,
				 struct exclusive *ret_exclusive)
{
	const struct wanted wanted = {.volume = volume, .is_removed = is_removed};

	return measure_volume(&wanted, group_by_revision, 1, ret_exclusive);
}
