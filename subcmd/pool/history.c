/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/history.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/table.h"
#include "subcmd/base/terminal.h"
#include "subcmd/image/map.h"
#include "subcmd/volume/pin.h"

enum {
	MOST = 12, /* states: each is compared with all before it */
	LABEL = 24,
	LINES = 6 * MOST, /* bytes of the lines before a label */
};

struct state {
	char label[LABEL], time[REVISION_TIME], name[NAME_MAX + 1];
	const struct revision *revision; /* NULL: it is an image */
	struct file file;
	size_t parent;	 /* index of the state that it hangs on */
	int64_t changed; /* bytes; -1: unknown */
};

struct history {
	const struct volume *volume;
	struct state states[MOST]; /* oldest first */
	size_t count;
	size_t n_older; /* states that are left out */
	struct table table;
};

static void close_all(struct history *history)
{
	for (size_t i = 0; i < history->count; i++)
		file_close(&history->states[i].file);
}

/* Open the state whose label and name are set.  ABSENT, without a message: it has vanished
 * meanwhile, or isn't for the eyes of who asks. */
static enum status add_state(struct history *history, struct state *state)
{
	const struct dir *dir = &history->volume->dir;
	enum status status;

	if (faccessat(dir->fd, state->name, R_OK, 0) < 0)
		return ABSENT;
	status = file_open(dir, state->name, O_RDONLY, &state->file);
	if (status == DONE) {
		strcpy(state->time, revision_make(0, state->file.st.st_mtim.tv_sec).time);
		history->count++;
	}
	return status;
}

static enum status add_image(struct history *history, enum image image, const char *label)
{
	struct state *state = &history->states[history->count];

	if (!history->volume->image[image].exists)
		return DONE;
	strcpy(state->label, label);
	strcpy(state->name, history->volume->image[image].name);
	return add_state(history, state);
}

static enum status add_revisions(struct history *history, const struct revision **all, size_t count)
{
	enum { REVISIONS = MOST - 2 }; /* two are clean and dirty */
	enum status status = DONE;

	history->n_older = count > REVISIONS ? count - REVISIONS : 0;
	for (size_t i = history->n_older; i < count && status == DONE; i++) {
		struct state *state = &history->states[history->count];

		state->revision = all[i];
		snprintf(state->label, LABEL, "%llu", (unsigned long long)all[i]->number);
		revision_name(all[i], history->volume->image[CLEAN].name, state->name);
		status = add_state(history, state);
	}
	return status;
}

static enum status add_states(struct history *history)
{
	const struct volume *volume = history->volume;
	_cleanup_free_ const struct revision **all =
		calloc(volume->n_revisions + volume->n_pins + 1, sizeof(*all));
	enum status status;

	if (!all)
		return msg_errno(FAILED, "cannot draw the history");
	status = add_revisions(history, all, pin_states(volume, all));
	if (status == DONE)
		status = add_image(history, CLEAN, "clean");
	return status == DONE ? add_image(history, DIRTY, "dirty") : status;
}

struct sum {
	int64_t bytes, limit;
};

/* Sum up what differs, as long as that is less than the limit. */
static enum status count_changed(int64_t start, int64_t end, void *data)
{
	struct sum *sum = data;

	sum->bytes += end - start;
	return sum->bytes < sum->limit ? DONE : NO;
}

/* Find what the state at INDEX hangs on: of several as near, the newest. */
static enum status find_parent(struct history *history, enum extent_type type, size_t index)
{
	struct state *state = &history->states[index];
	enum status status = DONE;

	state->parent = index - 1;
	state->changed = -1;
	for (size_t i = index; i-- > 0 && state->changed && (status == DONE || status == NO);) {
		const struct file *of = &history->states[i].file;
		const int64_t size = of->st.st_size, own_size = state->file.st.st_size;
		struct sum sum = {.limit = state->changed < 0 ? INT64_MAX : state->changed};

		status = map_each_difference(of, &state->file, type,
					     size > own_size ? size : own_size, count_changed,
					     &sum);
		if (status == DONE && sum.bytes < sum.limit) {
			state->parent = i;
			state->changed = sum.bytes;
		}
	}
	return status == NO ? DONE : status;
}

/* The child of the state at INDEX that leads to the newest state; 0 if there is none. */
static size_t find_trunk(const struct history *history, size_t index)
{
	size_t trunk = 0;

	for (size_t i = index + 1; i < history->count; i++) {
		size_t ancestor = i;

		while (ancestor > index && history->states[ancestor].parent != index)
			ancestor = history->states[ancestor].parent;
		if (ancestor > index)
			trunk = ancestor;
	}
	return trunk;
}

/* The pins of STATE, as far as they fit, in NAMES. */
static void list_pins(const struct volume *volume, const struct revision *state,
		      char names[static PIN_NAME + 4])
{
	char *end = names;

	*names = '\0';
	for (size_t i = 0; state && i < volume->n_pins; i++) {
		const char *pin = volume->pins[i].pin;

		if (!revision_is_state(&volume->pins[i], state))
			continue;
		if ((size_t)(end - names) + strlen(pin) + 1 >= PIN_NAME && end > names) {
			strcpy(end, ",..");
			return;
		}
		end = stpcpy(stpcpy(end, end > names ? "," : ""), pin);
	}
}

/* A state that is to be drawn: how many branches deep, and is it where one begins? */
struct place {
	size_t index;
	int depth;
	bool is_beginning;
};

static void add_row(struct history *history, const struct place *place)
{
	const struct state *state = &history->states[place->index];
	const bool is_utf8 = terminal_has_utf8();
	char text[LINES + LABEL + 8] = "", pins[PIN_NAME + 4], *end = text;

	for (int i = 0; i < place->depth - place->is_beginning; i++)
		end = stpcpy(end, is_utf8 ? "│ " : "| ");
	if (place->is_beginning)
		end = stpcpy(end, is_utf8 ? "├─" : "|-");
	stpcpy(stpcpy(end, is_utf8 ? "● " : "* "), state->label);
	list_pins(history->volume, state->revision, pins);
	table_text(&history->table, text);
	table_text(&history->table, state->time);
	table_size(&history->table, state->changed);
	if (history->volume->n_pins)
		table_text(&history->table, *pins ? pins : "-");
}

/* Below each state are its branches, then what leads to the newest of all that hang on it. */
static void add_rows(struct history *history)
{
	struct place left[MOST] = {{.index = 0}}; /* the next one last */
	size_t n_left = 1;

	while (n_left) {
		const struct place place = left[--n_left];
		const size_t trunk = find_trunk(history, place.index);

		add_row(history, &place);
		if (trunk)
			left[n_left++] = (struct place){trunk, place.depth, false};
		for (size_t i = history->count; i-- > place.index + 1;)
			if (i != trunk && history->states[i].parent == place.index)
				left[n_left++] = (struct place){i, place.depth + 1, true};
	}
}

enum status history_draw(const struct volume *volume)
{
	static const struct column columns[] = {
		{"HISTORY", false}, {"TIME", false}, {"CHANGED", true}, {"PINS", false}};
	_cleanup_(close_all) struct history history = {
		.volume = volume,
		.table = {.columns = columns, .n_columns = volume->n_pins ? 4 : 3},
	};
	enum extent_type type = EXTENT_UNKNOWN;
	enum status status;

	if (terminal_columns() < 0)
		return DONE;
	status = add_states(&history);
	if (status == DONE && history.count > 1)
		type = extent_type_of_both(&history.states[0].file, &history.states[1].file);
	if (type == EXTENT_UNKNOWN)
		return status == ABSENT ? DONE : status;
	history.states[0].changed = -1;
	for (size_t i = 1; i < history.count && status == DONE; i++)
		status = find_parent(&history, type, i);
	if (status == DONE) {
		putchar('\n');
		if (history.n_older)
			printf("(%zu older)\n", history.n_older);
		add_rows(&history);
		status = table_print(&history.table);
	}
	return status;
}
