/* SPDX-License-Identifier: MIT */
#include "subcmd/image/sweep.h"

#include "subcmd/base/msg.h"

/* The groups that have an extent where a sweep is. */
struct place {
	size_t *n_names; /* of each group: names of files with an extent here, for each extent */
	size_t *groups;	 /* those that have any */
	size_t *index;	 /* of each in there */
	size_t count, n_extents;
};

static void change(const struct sharing *sharing, struct place *place, size_t group, bool is_end)
{
	if (sharing->map)
		group = sharing->map[group];
	place->n_names[group] += is_end ? -1UL : 1;
	if (place->n_names[group] != !is_end)
		return;
	if (is_end) {
		place->count--;
		place->groups[place->index[group]] = place->groups[place->count];
		place->index[place->groups[place->count]] = place->index[group];
	} else {
		place->index[group] = place->count;
		place->groups[place->count++] = group;
	}
}

/* An extent of SHARER begins or ends. */
static void move(const struct sharing *sharing, struct place *place, const struct sharer *sharer,
		 bool is_end)
{
	const struct name *name = &sharer->name;

	place->n_extents += is_end ? -1UL : 1;
	if (sharer->n_names < sharer->n_links)
		change(sharing, place, 0, is_end);
	for (;; name = &sharing->names[name->next - 1]) {
		change(sharing, place, name->group, is_end);
		if (!name->next)
			return;
	}
}

/* What extents have: all on btrfs, elsewhere what the file system says is shared. */
static enum status sweep_extents(const struct sharing *sharing, struct place *place,
				 sweep_fn *visit, void *data)
{
	/* Shared by one extent that we know of and another that we don't: somebody else's file. */
	const size_t least = sharing->type == EXTENT_XFS ? 2 : 1;
	_cleanup_edges_walk_ struct edges_walk walk = {.heap = NULL};
	uint64_t before = 0;
	struct edge edge;
	enum status status = edges_walk(&sharing->edges, &walk), next = DONE;

	while (status == DONE && (next = edges_next(&walk, &edge)) == DONE) {
		if (edge.sharer >= sharing->n_sharers)
			continue;
		if (edge.at > before && place->n_extents >= least && !place->n_names[0])
			status = visit(place->groups, place->count, (int64_t)(edge.at - before),
				       data);
		before = edge.at;
		move(sharing, place, &sharing->sharers[edge.sharer], edge.is_end);
	}
	return next == FAILED ? FAILED : status;
}

static enum status sweep_alone(const struct sharing *sharing, struct place *place, sweep_fn *visit,
			       void *data)
{
	enum status status = DONE;

	for (size_t i = 0; i < sharing->n_sharers && status == DONE; i++) {
		const struct sharer *sharer = &sharing->sharers[i];

		if (!sharer->alone)
			continue;
		move(sharing, place, sharer, false);
		if (!place->n_names[0])
			status = visit(place->groups, place->count, (int64_t)sharer->alone, data);
		move(sharing, place, sharer, true);
	}
	return status;
}

enum status sweep_groups(const struct sharing *sharing, size_t n_groups, sweep_fn *visit,
			 void *data)
{
	_cleanup_free_ size_t *numbers = calloc(n_groups + 1, 3 * sizeof(*numbers));
	struct place place = {.n_names = numbers};
	enum status status;

	if (!numbers)
		return msg_errno(FAILED, "cannot compare extents");
	place.groups = numbers + n_groups + 1;
	place.index = place.groups + n_groups + 1;
	status = sweep_extents(sharing, &place, visit, data);
	return status == DONE ? sweep_alone(sharing, &place, visit, data) : status;
}
