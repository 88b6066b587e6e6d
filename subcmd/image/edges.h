/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_EDGES_H
#define IMAGE_EDGES_H

/*
 * Where extents of many files begin and end, in the order of the disk.
 *
 *	struct edges edges = EDGES_NONE;
 *	edges_add(&edges, start, length, sharer)	for each extent, in any order
 *	edges_sort(&edges)
 *	edges_walk(&edges, &walk); edges_next(&walk, &edge) while DONE; edges_end(&walk)
 *	edges_free(&edges)
 *
 * An image that was written to for years has millions of extents, and each of its revisions has
 * them too.  So they aren't kept as two edges each (32 bytes), but sorted in runs, as what each
 * differs from the one before it by (some 4 bytes); and a walk merges the runs.  More may be added
 * and sorted between two walks.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "subcmd/base/scope.h"
#include "subcmd/base/status.h"

struct edges_run {
	unsigned char *bytes;
	size_t length;
};

struct edges {
	struct edges_extent *fresh; /* in no run yet */
	size_t n_fresh, room;
	struct edges_run *runs;
	size_t n_runs;
};

#define EDGES_NONE ((struct edges){.fresh = NULL})

struct edge {
	uint64_t at;
	uint32_t sharer;
	bool is_end;
};

struct edges_walk {
	struct edges_event *heap; /* what comes next: of each run, and ends of what has begun */
	size_t count, room;
};

/* All of these report when there is no memory: FAILED. */
enum status edges_add(struct edges *edges, uint64_t start, uint64_t length, uint32_t sharer);
enum status edges_sort(struct edges *edges);
enum status edges_walk(const struct edges *edges, struct edges_walk *ret_walk);

/* NO: there are no more. */
enum status edges_next(struct edges_walk *walk, struct edge *ret_edge);

void edges_end(struct edges_walk *walk);
void edges_free(struct edges *edges);

#define _cleanup_edges_walk_ _cleanup_(edges_end)

#endif
