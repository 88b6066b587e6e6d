/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/state.h"

#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/image/mark.h"
#include "subcmd/pool/links.h"
#include "subcmd/volume/kind.h"
#include "subcmd/volume/layout.h"
#include "subcmd/volume/pin.h"

static const struct {
	const char *name, *color;
} states[] = {
	[STATE_CLEAN] = {"clean", "32"},	 [STATE_DIRTY] = {"dirty", "33"},
	[STATE_VOLATILE] = {"volatile", "36"},	 [STATE_SNAPSHOT] = {"snapshot", "36"},
	[STATE_IMPORTING] = {"importing", "35"}, [STATE_MISSING] = {"missing", "31"},
};

const char *state_name(enum state state)
{
	return states[state].name;
}

const char *state_word(const struct summary *summary)
{
	return summary->use == USE_YES ? "running" : states[summary->state].name;
}

const char *state_color(const struct summary *summary)
{
	return summary->use == USE_YES ? "1;33" : states[summary->state].color;
}

static enum state find_state(const struct traces *traces)
{
	const struct stat *clean = traces->clean;

	if (!traces->dirty && (traces->has_import || clean))
		return traces->has_import ? STATE_IMPORTING : STATE_CLEAN;
	if (!traces->dirty)
		return traces->is_prepared && !traces->n_revisions ? STATE_SNAPSHOT : STATE_MISSING;
	if (kind_looks_volatile(traces->name, strlen(traces->name), clean, traces->n_revisions))
		return STATE_VOLATILE;
	return traces->is_of_template ? STATE_SNAPSHOT : STATE_DIRTY;
}

enum status state_is_prepared(const struct dir *dir, const char *name, bool *ret_is)
{
	char file[NAME_MAX + 1];

	entry_image_name(name, PRECACHE, file);
	return mark_find_of_source(dir, file, ret_is);
}

bool state_depends_on_templates(const struct traces *traces)
{
	return traces->dirty && traces->clean && traces->clean->st_nlink > 1 &&
	       kind_may_be_snapshot(traces->dir, traces->clean, traces->n_revisions);
}

struct summary state_summarize(const struct traces *traces)
{
	const struct stat *st = traces->dirty ? traces->dirty : traces->clean;

	return (struct summary){
		.state = find_state(traces),
		.size = st ? st->st_size : -1,
		.usage = st ? st->st_blocks * 512 : -1,
		.time = st ? st->st_mtim.tv_sec : 0,
		.use = traces->use,
		.n_revisions = traces->n_revisions,
	};
}

/* Is the clean image a link to what a template of the same pool has, or had? */
static enum status look_at_templates(const struct dir *above, struct traces *traces)
{
	_cleanup_links_ struct links links = {.links = NULL};
	_cleanup_dir_ struct dir pool = DIR_CLOSED;
	enum status status = layout_open_pool(above, traces->dir, &pool);

	if (status == DONE)
		status = links_read_templates(&pool, &links);
	traces->is_of_template = links_are_of_template(&links, traces->clean);
	return status == ABSENT ? DONE : status;
}

enum status state_of_volume(const struct volume *volume, struct summary *ret_summary)
{
	struct traces traces = {
		.dir = volume->dir.path,
		.name = volume->vid.name,
		.dirty = volume->image[DIRTY].exists ? &volume->image[DIRTY].st : NULL,
		.clean = volume->image[CLEAN].exists ? &volume->image[CLEAN].st : NULL,
		.has_import = volume->image[IMPORT].exists,
		.n_revisions = pin_states(volume, NULL),
	};
	enum status status = DONE;

	if (traces.dirty)
		traces.use = use_of_name(&volume->dir, volume->image[DIRTY].name);
	if (volume->image[PRECACHE].exists && !traces.dirty && !traces.clean)
		status = state_is_prepared(&volume->dir, volume->vid.name, &traces.is_prepared);
	if (state_depends_on_templates(&traces))
		status = look_at_templates(volume->pool, &traces);
	*ret_summary = state_summarize(&traces);
	return status;
}

enum status state_require_saved(const struct volume *volume, const char *deed)
{
	struct summary summary;
	const enum status status = state_of_volume(volume, &summary);

	if (status != DONE || (summary.state != STATE_SNAPSHOT && summary.state != STATE_VOLATILE))
		return status;
	return msg_error(REFUSED, "cannot %s %s: it is %s, which no stop commits", deed,
			 quote(&volume->dir, volume->image[CLEAN].name),
			 summary.state == STATE_SNAPSHOT ? "a snapshot" : "volatile");
}
