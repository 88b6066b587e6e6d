/* SPDX-License-Identifier: MIT */
#include "subcmd/image/sharing.h"

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"

struct sharer {
	dev_t dev;
	ino_t ino;
	nlink_t n_links, n_names; /* names that it has, and that we were told of */
	size_t group;
	uint64_t alone;	 /* bytes that the file system says nobody shares */
	uint64_t mapped; /* bytes of extents, shared or not */
};

struct edge {
	uint64_t at;
	uint32_t sharer;
	bool is_end;
};

static enum status add_edge(struct sharing *sharing, uint64_t at, bool is_end)
{
	enum status status = grow(&sharing->edges, sharing->n_edges, sizeof(*sharing->edges));

	if (status == DONE)
		sharing->edges[sharing->n_edges++] = (struct edge){
			.at = at, .sharer = (uint32_t)sharing->n_sharers - 1, .is_end = is_end};
	return status;
}

static enum status add_extent(const struct extent *extent, void *data)
{
	struct sharing *sharing = data;
	const size_t n = sharing->n_edges;
	enum status status;

	if (extent->kind == EXTENT_OPAQUE)
		return DONE;
	sharing->sharers[sharing->n_sharers - 1].mapped += extent->length;
	if (sharing->type == EXTENT_XFS && !extent->is_shared) {
		sharing->sharers[sharing->n_sharers - 1].alone += extent->length;
		return DONE;
	}
	/* A file that was written to in the middle of an extent refers to it twice. */
	if (sharing->type == EXTENT_BTRFS && n && sharing->edges[n - 2].at == extent->start &&
	    sharing->edges[n - 2].sharer == sharing->n_sharers - 1)
		return DONE;
	status = add_edge(sharing, extent->start, false);
	return status == DONE ? add_edge(sharing, extent->start + extent->length, true) : status;
}

/* The file, if it was added under another name. */
static struct sharer *find(const struct sharing *sharing, const struct stat *st)
{
	for (size_t i = 0; st->st_nlink > 1 && i < sharing->n_linked; i++) {
		struct sharer *sharer = &sharing->sharers[sharing->linked[i]];

		if (sharer->ino == st->st_ino && sharer->dev == st->st_dev)
			return sharer;
	}
	return NULL;
}

/* XFS sets blocks aside for the next copy on write, for minutes after one.  They are the file's
 * alone, and counted by stat(2), but in no extent. */
static void add_set_aside(struct sharer *sharer, const struct stat *st)
{
	const uint64_t used = (uint64_t)st->st_blocks * 512;

	if (used > sharer->mapped)
		sharer->alone += used - sharer->mapped;
}

enum status sharing_add(struct sharing *sharing, const struct file *file, size_t group)
{
	const struct stat *st = &file->st;
	struct sharer *known = find(sharing, st);
	enum status status;

	if (known) {
		known->n_names++;
		known->group = known->group == group ? group : 0;
		return DONE;
	}
	status = grow(&sharing->sharers, sharing->n_sharers, sizeof(*sharing->sharers));
	if (status == DONE && st->st_nlink > 1)
		status = grow(&sharing->linked, sharing->n_linked, sizeof(*sharing->linked));
	if (status != DONE)
		return status;
	if (st->st_nlink > 1)
		sharing->linked[sharing->n_linked++] = sharing->n_sharers;
	sharing->sharers[sharing->n_sharers++] = (struct sharer){.dev = st->st_dev,
								 .ino = st->st_ino,
								 .n_links = st->st_nlink,
								 .n_names = 1,
								 .group = group};
	status = extent_each(file, sharing->type, add_extent, sharing);
	if (status == DONE && sharing->type == EXTENT_XFS)
		add_set_aside(&sharing->sharers[sharing->n_sharers - 1], st);
	return status;
}

static int compare(const void *a, const void *b)
{
	const struct edge *left = a, *right = b;

	return left->at < right->at ? -1 : left->at > right->at;
}

/* Go over the space from edge to edge, keeping count of who has an extent there. */
static void sweep(const struct sharing *sharing, size_t *n_extents, int64_t *bytes)
{
	/* Shared by one extent that we know of and another that we don't: somebody else's file. */
	const size_t least = sharing->type == EXTENT_XFS ? 2 : 1;
	size_t n_here = 0, n_groups = 0, sum = 0; /* of groups' numbers */

	for (size_t i = 0; i < sharing->n_edges; i++) {
		const struct edge *edge = &sharing->edges[i];
		const size_t group = sharing->sharers[edge->sharer].group;

		/* If there is one group here, the sum is its number. */
		if (i && n_groups == 1 && sum && n_here >= least)
			bytes[sum - 1] += (int64_t)(edge->at - edge[-1].at);
		if (edge->is_end) {
			n_here--;
			if (--n_extents[group] == 0) {
				n_groups--;
				sum -= group;
			}
		} else {
			n_here++;
			if (n_extents[group]++ == 0) {
				n_groups++;
				sum += group;
			}
		}
	}
}

enum status sharing_measure(struct sharing *sharing, int64_t *ret_bytes)
{
	size_t *n_extents = calloc(sharing->n_groups + 1, sizeof(*n_extents));

	if (!n_extents)
		return msg_errno(FAILED, "cannot compare extents");
	for (size_t i = 0; i < sharing->n_groups; i++)
		ret_bytes[i] = 0;
	for (size_t i = 0; i < sharing->n_sharers; i++) {
		struct sharer *sharer = &sharing->sharers[i];

		if (sharer->n_names < sharer->n_links)
			sharer->group = 0;
		if (sharer->group)
			ret_bytes[sharer->group - 1] += (int64_t)sharer->alone;
	}
	if (sharing->n_edges > 1)
		qsort(sharing->edges, sharing->n_edges, sizeof(*sharing->edges), compare);
	sweep(sharing, n_extents, ret_bytes);
	free(n_extents);
	return DONE;
}

void sharing_free(struct sharing *sharing)
{
	free(sharing->sharers);
	free(sharing->linked);
	free(sharing->edges);
	*sharing = (struct sharing){.n_groups = 0};
}
