/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/renew.h"

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/tempname.h"

/* What the name at INDEX is in VOLUME; the last, one behind all, is that of the clean image. */
static void name_at(const struct lineage *lineage, const struct volume *volume, size_t index,
		    char ret_name[static NAME_MAX + 1])
{
	const char *const clean = volume->image[CLEAN].name;

	if (index < lineage->n_names)
		revision_name(&lineage->names[index].revision, clean, ret_name);
	else
		strcpy(ret_name, clean);
}

static struct state *state_at(const struct lineage *lineage, size_t index)
{
	return &lineage->states[index < lineage->n_names ? lineage->names[index].state
							 : lineage->clean];
}

/* Which name does each state get first? */
static enum status choose_names(struct lineage *lineage, const struct volume *volume)
{
	char name[NAME_MAX + 1];

	for (size_t i = 0; i <= lineage->n_names; i++) {
		struct state *state = state_at(lineage, i);

		name_at(lineage, volume, i, name);
		if (strlen(name) + TEMPNAME_EXTRA > NAME_MAX)
			return msg_error(REFUSED, "cannot clone %s: the name would be too long",
					 file_quote(&state->image));
		if (!*state->new_name)
			strcpy(state->new_name, name);
	}
	return DONE;
}

static enum status build_state(struct state *state, const struct carried *last, struct dir *dir)
{
	struct identity identity = {.mtime = state->image.st.st_mtim};
	enum status status = identity_find(&state->image, identity.id);

	if (status == NO)
		*identity.id = '\0';
	else if (status != DONE)
		return status;
	status = replace_begin(dir, state->new_name, &state->new);
	state->new.is_new = true;
	if (status == DONE)
		status = carry_content(&state->image, last, &state->new.file, &state->report);
	if (status == DONE)
		status = carry_identity(&state->new, &identity);
	return status == DONE ? replace_flush(&state->new) : status;
}

enum status renew_build(struct lineage *lineage, struct volume *volume)
{
	enum status status = choose_names(lineage, volume);

	for (size_t i = 0; i < lineage->n_states && status == DONE; i++) {
		struct state *const state = &lineage->states[i], *const before = state - (i > 0);
		const struct carried last = {&before->image, &before->new.file};

		status = build_state(state, i ? &last : NULL, &volume->dir);
	}
	for (size_t i = 0; i < lineage->n_states && status == DONE; i++)
		status = file_require_unchanged(&lineage->states[i].image, "clone");
	return status;
}

/* Another name of what has one. */
static enum status name_again(const struct state *state, struct dir *dir, const char *name)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	enum status status = durable_link(dir, state->new_name, dir, name, DURABLE_NEW);

	if (status != NO)
		return status;
	status = file_open(dir, state->new_name, O_RDONLY, &file);
	if (status != DONE)
		return status;
	return replace_by_clone(dir, name, &file, REPLACE_DATED | REPLACE_MARKED | REPLACE_NEW);
}

static enum status give_name(struct state *state, struct dir *dir, const char *name)
{
	enum status status;

	if (state->is_named)
		return name_again(state, dir, name);
	status = replace_name(&state->new);
	if (status != DONE)
		return status;
	state->is_named = true;
	file_close(&state->new.file); /* or we would be those who write to the image */
	clone_tell(&state->image, quote(dir, name), &state->report);
	return DONE;
}

enum status renew_name(struct lineage *lineage, struct volume *volume)
{
	char name[NAME_MAX + 1];
	enum status status = DONE;
	size_t i;

	for (i = 0; i <= lineage->n_names; i++) {
		name_at(lineage, volume, i, name);
		status = give_name(state_at(lineage, i), &volume->dir, name);
		if (status != DONE)
			break;
	}
	while (status != DONE && i-- > 0) {
		name_at(lineage, volume, i, name);
		(void)durable_unlink(&volume->dir, name);
	}
	return status;
}
