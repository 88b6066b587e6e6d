/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/state.h"

#include <string.h>

static const struct {
	const char *name, *color;
} states[] = {
	[STATE_CLEAN] = {"clean", "32"},
	[STATE_DIRTY] = {"dirty", "33"},
	[STATE_VOLATILE] = {"volatile", "36"},
	[STATE_SNAPSHOT] = {"snapshot", "36"},
	[STATE_IMPORTING] = {"importing", "35"},
	[STATE_MISSING] = {"missing", "31"},
};

const char *state_name(enum state state)
{
	return states[state].name;
}

const char *state_color(enum state state)
{
	return states[state].color;
}

/* Is the VM one of those in vm-templates/, whose volumes are nobody's snapshots? */
static bool is_template(const char *dir)
{
	static const char templates[] = "/vm-templates/";
	const char *found = strstr(dir, templates);

	for (const char *next = found; next; next = strstr(next + 1, templates))
		found = next;
	return found && !strchr(found + sizeof(templates) - 1, '/');
}

static enum state find(const struct traces *traces)
{
	const struct stat *clean = traces->clean;

	if (!traces->dirty)
		return traces->has_import ? STATE_IMPORTING : clean ? STATE_CLEAN : STATE_MISSING;
	if (traces->n_revisions)
		return STATE_DIRTY;
	if (!clean)
		return strcmp(traces->name, "volatile") == 0 ? STATE_VOLATILE : STATE_DIRTY;
	return clean->st_nlink > 1 && !is_template(traces->dir) ? STATE_SNAPSHOT : STATE_DIRTY;
}

struct summary state_summarize(const struct traces *traces)
{
	const struct stat *st = traces->dirty ? traces->dirty : traces->clean;

	return (struct summary){
		.state = find(traces),
		.size = st ? st->st_size : -1,
		.usage = st ? st->st_blocks * 512 : -1,
		.n_revisions = traces->n_revisions,
	};
}

struct summary state_of_volume(const struct volume *volume)
{
	const struct traces traces = {
		.dir = volume->dir.path,
		.name = volume->vid.name,
		.dirty = volume->image[DIRTY].exists ? &volume->image[DIRTY].st : NULL,
		.clean = volume->image[CLEAN].exists ? &volume->image[CLEAN].st : NULL,
		.has_import = volume->image[IMPORT].exists,
		.n_revisions = volume->n_revisions,
	};

	return state_summarize(&traces);
}
