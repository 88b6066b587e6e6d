/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/revisions.h"

#include <string.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/entry.h"

/* Is the file a revision, or a pin?  Then RET_NAME says which, and of which volume. */
static bool find_name(const struct pool_revisions *revisions, const char *path,
		      const struct file *file, struct revision_name *ret_name)
{
	struct entry entry;

	if (!entry_parse(file->name, &entry) || entry.image < IMAGES || entry.is_temp)
		return false;
	*ret_name = (struct revision_name){
		.volume = pool_list_find_file(&revisions->list, path, file->name, &entry),
		.revision = entry.revision};
	return ret_name->volume != (size_t)-1;
}

/* The survey has found a file: the group of a name is its index among the names, and 1. */
static size_t add_name(struct survey *survey, const char *path, const struct file *file)
{
	struct pool_revisions *revisions = survey->data;
	struct revision_name name;

	if (!find_name(revisions, path, file, &name))
		return 0;
	survey->status = grow(&revisions->names, revisions->n_names, sizeof(*revisions->names));
	if (survey->status != DONE)
		return 0;
	name.size = file->st.st_size;
	name.usage = file->st.st_blocks * 512;
	name.group = revisions->n_names + 1;
	revisions->names[revisions->n_names++] = name;
	return name.group;
}

static void forget_names(struct survey *survey)
{
	((struct pool_revisions *)survey->data)->n_names = 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct revision_name *left = a, *right = b;

	if (left->volume != right->volume)
		return left->volume < right->volume ? -1 : 1;
	return revision_compare(&left->revision, &right->revision);
}

static bool is_same_state(const struct revision_name *a, const struct revision_name *b)
{
	return a->volume == b->volume && revision_is_state(&a->revision, &b->revision);
}

static void add_revision(struct pool_revisions *revisions, const struct revision_name *name)
{
	struct pool_revision *const revision = &revisions->revisions[revisions->count++];

	*revision = (struct pool_revision){.volume = &revisions->list.volumes[name->volume],
					   .names = name,
					   .age = name->revision.time,
					   .exclusive = EXCLUSIVE_UNKNOWN};
	if (revisions->count > 1 && revision[-1].volume == revision->volume &&
	    strcmp(revision[-1].age, revision->age) > 0)
		revision->age = revision[-1].age;
}

/* The names of a state lie together. */
static enum status unite(struct pool_revisions *revisions)
{
	const struct revision_name *const names = revisions->names;

	if (revisions->n_names > 1)
		qsort(revisions->names, revisions->n_names, sizeof(*names), compare_names);
	revisions->map = calloc(revisions->n_names + 1, sizeof(*revisions->map));
	revisions->revisions = calloc(revisions->n_names + 1, sizeof(*revisions->revisions));
	if (!revisions->map || !revisions->revisions)
		return msg_errno(FAILED, "cannot list revisions");
	for (size_t i = 0; i < revisions->n_names; i++) {
		if (!i || !is_same_state(&names[i - 1], &names[i]))
			add_revision(revisions, &names[i]);
		revisions->revisions[revisions->count - 1].n_names++;
		revisions->map[names[i].group] = revisions->count;
	}
	revisions->survey.sharing.map = revisions->map;
	return DONE;
}

enum status pool_revisions_read(const struct dir *pool, struct pool_revisions *ret_revisions)
{
	enum status status;

	*ret_revisions = (struct pool_revisions){
		.survey = {.group = add_name, .begin = forget_names, .data = ret_revisions}};
	status = pool_list(pool, &ret_revisions->list);
	if (status == DONE)
		status = survey_read(&ret_revisions->survey, pool);
	if (status == NO)
		return msg_error(REFUSED,
				 "cannot tell what removing files in %s would free: its file"
				 " system doesn't say what they share",
				 quote_dir(pool));
	return status == DONE ? unite(ret_revisions) : status;
}

void pool_revisions_free(struct pool_revisions *revisions)
{
	survey_free(&revisions->survey);
	pool_list_free(&revisions->list);
	free(revisions->names);
	free(revisions->revisions);
	free(revisions->map);
}

static int compare_state(const void *wanted, const void *state)
{
	const struct revision_name *a = wanted, *b = ((const struct pool_revision *)state)->names;

	return is_same_state(a, b) ? 0 : compare_names(a, b);
}

static size_t find_group(struct survey *survey, const char *path, const struct file *file)
{
	const struct pool_revisions *revisions = survey->data;
	const struct pool_revision *found;
	struct revision_name wanted;

	if (!find_name(revisions, path, file, &wanted))
		return 0;
	found = bsearch(&wanted, revisions->revisions, revisions->count, sizeof(*found),
			compare_state);
	return found ? (size_t)(found - revisions->revisions) + 1 : 0;
}

enum status pool_revisions_measure(const struct dir *pool, struct pool_revisions *revisions)
{
	_cleanup_free_ struct exclusive *exclusive =
		calloc(revisions->count + 1, sizeof(*exclusive));
	enum status status;

	if (!exclusive)
		return msg_errno(FAILED, "cannot measure revisions");
	revisions->survey.group = find_group;
	status = exclusive_of_groups(&revisions->survey, pool, revisions->count, exclusive);
	for (size_t i = 0; i < revisions->count; i++)
		revisions->revisions[i].exclusive = exclusive[i];
	return status;
}

enum status pool_revisions_find_held(const struct dir *pool, struct pool_revisions *revisions,
				     bool *is_held)
{
	revisions->survey.group = find_group;
	return survey_find_held(&revisions->survey, pool, is_held);
}

size_t pool_revisions_end(const struct pool_revisions *revisions, size_t index)
{
	const struct pool_volume *const volume = revisions->revisions[index].volume;

	while (index < revisions->count && revisions->revisions[index].volume == volume)
		index++;
	return index;
}

bool pool_revision_is_pinned(const struct pool_revision *revision)
{
	return revision->n_names > 1 || *revision->names->revision.pin;
}
