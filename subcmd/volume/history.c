/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/history.h"

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/process.h"
#include "subcmd/image/mark.h"
#include "subcmd/volume/keep.h"

/* Open the image called NAME: the next state, unless it is another name of an earlier one. */
static enum status add_state(struct history *history, const char *name, size_t *ret_state)
{
	struct state *state = &history->states[history->n_states];
	enum status status;

	strcpy(state->name, name);
	status = file_open(&history->volume.dir, state->name, O_RDONLY, &state->image);
	if (status == DONE)
		status = mark_require_whole(&state->image, "export --force takes what can be read");
	if (status != DONE)
		return status;
	for (size_t i = 0; i < history->n_states && state->image.st.st_nlink > 1; i++)
		if (file_is_same(&history->states[i].image.st, &state->image.st)) {
			file_close(&state->image);
			*ret_state = i;
			return DONE;
		}
	*ret_state = history->n_states++;
	return DONE;
}

static enum status add_name(struct history *history, const struct revision *revision,
			    const char *image)
{
	struct state_name *name = &history->names[history->n_names];
	const enum status status = add_state(history, image, &name->state);

	name->revision = *revision;
	history->n_names += status == DONE;
	return status;
}

/* With --live the clean image becomes a revision, unless it is one already. */
static enum status add_clean_as_revision(struct history *history)
{
	const struct volume *const volume = &history->volume;
	struct revision revision;
	bool is_kept;
	enum status status = keep_is_done(volume, &is_kept);

	if (status != DONE || is_kept || !volume->image[CLEAN].exists)
		return status;
	if (volume->last_number >= UINT64_MAX - 1)
		return msg_error(REFUSED, "cannot number a new revision of %s",
				 quote(&volume->dir, volume->image[CLEAN].name));
	revision = revision_make(volume->last_number + 1, volume->image[CLEAN].st.st_mtime);
	return add_name(history, &revision, volume->image[CLEAN].name);
}

/* The dirty image as it is at this moment; or itself, where there can be no reflink. */
static enum status add_dirty(struct history *history)
{
	struct volume *const volume = &history->volume;
	enum status status = add_state(history, volume->image[DIRTY].name, &history->clean);
	struct state *state = &history->states[history->clean];

	if (status == DONE)
		status = replace_freeze(&volume->dir, &state->image, &history->moment);
	if (status == DONE)
		status = replace_date(&history->moment, &state->image);
	if (status != DONE)
		return status == NO ? DONE : status;
	file_close(&state->image);
	state->image = history->moment.file;
	history->moment.file.fd = -1; /* the state's now */
	return DONE;
}

static enum status add_all(struct history *history, bool is_live)
{
	const struct volume *const volume = &history->volume;
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
		status = add_name(history, next, name);
	}
	if (status == DONE && is_live)
		status = add_clean_as_revision(history);
	if (status != DONE)
		return status;
	return is_live ? add_dirty(history)
		       : add_state(history, volume->image[CLEAN].name, &history->clean);
}

enum status history_open(const struct dir *pool, const char *vid, bool is_live, double wait,
			 struct history *history)
{
	struct volume *const volume = &history->volume;
	enum status status = volume_open(pool, vid, VOLUME_CHANGE, wait, volume);
	size_t room;

	if (status == DONE)
		status = volume_require(volume, is_live ? DIRTY : CLEAN);
	if (status != DONE)
		return status;
	room = volume->n_revisions + volume->n_pins + 3; /* clean, dirty, one that isn't opened */
	history->states = calloc(room, sizeof(*history->states));
	history->names = calloc(room, sizeof(*history->names));
	if (!history->states || !history->names)
		return msg_errno(FAILED, "cannot list revisions");
	for (size_t i = 0; i < room; i++)
		history->states[i].image.fd = history->states[i].new.file.fd = -1;
	process_allow_files();
	status = add_all(history, is_live);
	return status == DONE ? dir_unlock(&volume->dir) : status;
}

void history_close(struct history *history)
{
	for (size_t i = 0; history->states && i <= history->n_states; i++) {
		replace_abort(&history->states[i].new);
		file_close(&history->states[i].image);
	}
	free(history->states);
	free(history->names);
	replace_abort(&history->moment);
	volume_close(&history->volume);
}
