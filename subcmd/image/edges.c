/* SPDX-License-Identifier: MIT */
#include "subcmd/image/edges.h"

#include <stdlib.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"

enum {
	RUN = 65536,	/* extents in one: these take 1.5 MiB before they are sorted */
	NUMBER = 10,	/* bytes of a number, at most */
	SECTOR_BITS = 9,
};

struct edges_extent {
	uint64_t start, length;
	uint32_t sharer;
};

/* Of a run what it has next, and what is behind that; without BYTES the end of an extent. */
struct edges_event {
	uint64_t at, length;
	const unsigned char *bytes, *end;
	uint32_t sharer;
};

/* Seven bits in each byte, the lowest first; the last byte has no eighth bit. */
static size_t put_number(unsigned char *into, uint64_t number)
{
	size_t n = 0;

	for (; number > 127; number >>= 7)
		into[n++] = (unsigned char)(number | 128);
	into[n++] = (unsigned char)number;
	return n;
}

static uint64_t take_number(const unsigned char **from)
{
	uint64_t number = 0;
	unsigned bits = 0;

	for (; **from > 127; bits += 7)
		number |= (uint64_t)(*(*from)++ & 127) << bits;
	return number | (uint64_t)*(*from)++ << bits;
}

/* Multiples of sectors become small numbers.  Whatever a broken disk has comes back as it was. */
static uint64_t in_sectors(uint64_t bytes)
{
	return bytes >> SECTOR_BITS | bytes << (64 - SECTOR_BITS);
}

static uint64_t in_bytes(uint64_t sectors)
{
	return sectors << SECTOR_BITS | sectors >> (64 - SECTOR_BITS);
}

static size_t put(unsigned char *into, const struct edges_extent *extent, uint64_t before)
{
	size_t n = put_number(into, in_sectors(extent->start - before));

	n += put_number(into + n, in_sectors(extent->length));
	return n + put_number(into + n, extent->sharer);
}

/* The run goes on with its next extent.  Is there one? */
static bool take(struct edges_event *event)
{
	if (event->bytes == event->end)
		return false;
	event->at += in_bytes(take_number(&event->bytes));
	event->length = in_bytes(take_number(&event->bytes));
	event->sharer = (uint32_t)take_number(&event->bytes);
	return true;
}

static int compare_starts(const void *a, const void *b)
{
	const struct edges_extent *left = a, *right = b;

	return left->start < right->start ? -1 : left->start > right->start;
}

enum status edges_sort(struct edges *edges)
{
	unsigned char room[3 * NUMBER];
	uint64_t before = 0;
	struct edges_run run = {.length = 0};

	if (!edges->n_fresh)
		return DONE;
	if (grow(&edges->runs, edges->n_runs, sizeof(*edges->runs)) != DONE)
		return FAILED;
	qsort(edges->fresh, edges->n_fresh, sizeof(*edges->fresh), compare_starts);
	for (size_t i = 0; i < edges->n_fresh; before = edges->fresh[i++].start)
		run.length += put(room, &edges->fresh[i], before);
	run.bytes = malloc(run.length);
	if (!run.bytes)
		return msg_errno(FAILED, "cannot remember extents");
	before = 0;
	run.length = 0;
	for (size_t i = 0; i < edges->n_fresh; before = edges->fresh[i++].start)
		run.length += put(run.bytes + run.length, &edges->fresh[i], before);
	edges->runs[edges->n_runs++] = run;
	edges->n_fresh = 0;
	return DONE;
}

enum status edges_add(struct edges *edges, uint64_t start, uint64_t length, uint32_t sharer)
{
	enum status status = edges->n_fresh == RUN ? edges_sort(edges) : DONE;

	if (status == DONE && edges->n_fresh == edges->room) {
		status = grow(&edges->fresh, edges->room, sizeof(*edges->fresh));
		edges->room = edges->room ? 2 * edges->room : 1;
	}
	if (status == DONE)
		edges->fresh[edges->n_fresh++] = (struct edges_extent){start, length, sharer};
	return status;
}

/* The first event of the heap goes to its place. */
static void sift_down(struct edges_walk *walk)
{
	struct edges_event *const heap = walk->heap;

	for (size_t i = 0, child; (child = 2 * i + 1) < walk->count; i = child) {
		struct edges_event parent = heap[i];

		if (child + 1 < walk->count && heap[child + 1].at < heap[child].at)
			child++;
		if (heap[child].at >= parent.at)
			return;
		heap[i] = heap[child];
		heap[child] = parent;
	}
}

static enum status push(struct edges_walk *walk, const struct edges_event *event)
{
	size_t i = walk->count;

	if (walk->count == walk->room) {
		if (grow(&walk->heap, walk->room, sizeof(*walk->heap)) != DONE)
			return FAILED;
		walk->room = walk->room ? 2 * walk->room : 1;
	}
	for (; i && walk->heap[(i - 1) / 2].at > event->at; i = (i - 1) / 2)
		walk->heap[i] = walk->heap[(i - 1) / 2];
	walk->heap[i] = *event;
	walk->count++;
	return DONE;
}

enum status edges_walk(const struct edges *edges, struct edges_walk *ret_walk)
{
	enum status status = DONE;

	*ret_walk = (struct edges_walk){.heap = NULL};
	for (size_t i = 0; i < edges->n_runs && status == DONE; i++) {
		struct edges_event first = {.bytes = edges->runs[i].bytes};

		first.end = first.bytes + edges->runs[i].length;
		(void)take(&first);
		status = push(ret_walk, &first);
	}
	return status;
}

enum status edges_next(struct edges_walk *walk, struct edge *ret_edge)
{
	struct edges_event *const top = walk->heap;
	struct edges_event end;

	if (!walk->count)
		return NO;
	end = (struct edges_event){.at = top->at + top->length, .sharer = top->sharer};
	*ret_edge = (struct edge){.at = top->at, .sharer = top->sharer, .is_end = !top->bytes};
	if (ret_edge->is_end || !take(top))
		*top = walk->heap[--walk->count];
	sift_down(walk);
	return ret_edge->is_end ? DONE : push(walk, &end);
}

void edges_end(struct edges_walk *walk)
{
	free(walk->heap);
	*walk = (struct edges_walk){.heap = NULL};
}

void edges_free(struct edges *edges)
{
	for (size_t i = 0; i < edges->n_runs; i++)
		free(edges->runs[i].bytes);
	free(edges->runs);
	free(edges->fresh);
	*edges = EDGES_NONE;
}
