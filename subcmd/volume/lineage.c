/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/lineage.h"

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/process.h"
#include "subcmd/image/mark.h"
#include "subcmd/volume/keep.h"

/* Open the image called NAME: the next state, unless it is another name of an earlier one. */
static enum status add_state(struct lineage *lineage, const char *name, size_t *ret_state)
{
	struct state *state = &lineage->states[lineage->n_states];
	enum status status;

	strcpy(state->name, name);
	status = file_open(&lineage->volume.dir, state->name, O_RDONLY, &state->image);
	if (status == DONE)
		status = mark_require_whole(&state->image, "export --force takes what can be read");
	if (status != DONE)
		return status;
	for (size_t i = 0; i < lineage->n_states && state->image.st.st_nlink > 1; i++)
		if (file_is_same(&lineage->states[i].image.st, &state->image.st)) {
			file_close(&state->image);
			*ret_state = i;
			return DONE;
		}
	*ret_state = lineage->n_states++;
	return DONE;
}

static enum status add_name(struct lineage *lineage, const struct revision *revision,
			    const char *image)
{
	struct state_name *name = &lineage->names[lineage->n_names];
	const enum status status = add_state(lineage, image, &name->state);

	name->revision = *revision;
	lineage->n_names += status == DONE;
	return status;
}

/* With --live the clean image becomes a revision, unless it is one already. */
static enum status add_clean_as_revision(struct lineage *lineage)
{
	const struct volume *const volume = &lineage->volume;
	struct revision revision;
	bool is_kept;
	enum status status = keep_is_done(volume, &is_kept);

	if (status != DONE || is_kept || !volume->image[CLEAN].exists)
		return status;
	status = keep_number(volume, CLEAN, &revision);
	return status == DONE ? add_name(lineage, &revision, volume->image[CLEAN].name) : status;
}

/* The dirty image as it is at this moment; or itself, where there can be no reflink. */
static enum status add_dirty(struct lineage *lineage)
{
	struct volume *const volume = &lineage->volume;
	enum status status = add_state(lineage, volume->image[DIRTY].name, &lineage->clean);
	struct state *state = &lineage->states[lineage->clean];

	if (status == DONE)
		status = replace_freeze(&volume->dir, &state->image, &lineage->moment);
	if (status == DONE)
		status = replace_date(&lineage->moment, &state->image);
	if (status != DONE)
		return status == NO ? DONE : status;
	file_close(&state->image);
	state->image = lineage->moment.file;
	lineage->moment.file.fd = -1; /* the state's now */
	return DONE;
}

static enum status add_all(struct lineage *lineage, bool is_live)
{
	const struct volume *const volume = &lineage->volume;
	const size_t count = volume->n_revisions + volume->n_pins;
	char name[NAME_MAX + 1];
	enum status status = DONE;

	for (size_t revision = 0, pin = 0; revision + pin < count && status == DONE;) {
		const struct revision *next = &volume->revisions[revision];

		if (revision == volume->n_revisions ||
		    (pin < volume->n_pins && revision_compare(&volume->pins[pin], next) < 0))
			next = &volume->pins[pin++];
		else
			revision++;
		revision_name(next, volume->image[CLEAN].name, name);
		status = add_name(lineage, next, name);
	}
	if (status == DONE && is_live)
		status = add_clean_as_revision(lineage);
	if (status != DONE)
		return status;
	return is_live ? add_dirty(lineage)
		       : add_state(lineage, volume->image[CLEAN].name, &lineage->clean);
}

enum status lineage_open(const struct dir *pool, const char *vid, bool is_live, double wait,
			 struct lineage *lineage)
{
	struct volume *const volume = &lineage->volume;
	enum status status = volume_open(pool, vid, VOLUME_CHANGE, wait, volume);
	size_t room;

	if (status == DONE)
		status = volume_require(volume, is_live ? DIRTY : CLEAN);
	if (status != DONE)
		return status;
	room = volume->n_revisions + volume->n_pins + 3; /* clean, dirty, one that isn't opened */
	lineage->names = calloc(room, sizeof(*lineage->names));
	if (lineage->names)
		lineage->states = calloc(room, sizeof(*lineage->states));
	if (!lineage->states)
		return msg_errno(FAILED, "cannot list revisions");
	for (size_t i = 0; i < room; i++)
		lineage->states[i].image.fd = lineage->states[i].new.file.fd = -1;
	process_allow_files();
	status = add_all(lineage, is_live);
	return status == DONE ? dir_unlock(&volume->dir) : status;
}

void lineage_close(struct lineage *lineage)
{
	for (size_t i = 0; lineage->states && i <= lineage->n_states; i++) {
		replace_abort(&lineage->states[i].new);
		file_close(&lineage->states[i].image);
	}
	free(lineage->states);
	free(lineage->names);
	replace_abort(&lineage->moment);
	volume_close(&lineage->volume);
}
