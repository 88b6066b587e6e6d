/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/sets.h"

#include <stdlib.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"

/* Sets come and go with their members in any order, so that must make no difference. */
static size_t hash(uint32_t unit)
{
	uint64_t x = (unit + 1) * 0x9e3779b97f4a7c15;

	return (size_t)((x ^ x >> 29) * 0xbf58476d1ce4e5b9 >> 17);
}

/* The place in the table of the set of COUNT units with this sum of hashes, which are those seen
 * NOW. */
static size_t *find_place(const struct sets *sets, size_t count, size_t sum)
{
	for (;; sum++) {
		size_t *place = &sets->table[sum & (sets->n_table - 1)];
		const struct set *set = *place ? &sets->sets[*place - 1] : NULL;
		size_t i = 0;

		if (!set)
			return place;
		while (set->count == count && i < count &&
		       sets->seen[sets->members[set->first + i]] == sets->now)
			i++;
		if (i == count)
			return place;
	}
}

/* Double the table when it is half full. */
static enum status make_room(struct sets *sets)
{
	const size_t size = sets->n_table ? 2 * sets->n_table : 64;

	if (!sets->seen)
		sets->seen = calloc(sets->n_units + 1, sizeof(*sets->seen));
	if (sets->seen && 2 * sets->n_sets < sets->n_table)
		return DONE;
	free(sets->table);
	sets->table = calloc(size, sizeof(*sets->table));
	if (!sets->seen || !sets->table)
		return msg_errno(FAILED, "cannot compare revisions");
	sets->n_table = size;
	for (size_t i = 0; i < sets->n_sets; i++) {
		size_t at = 0;

		for (size_t j = 0; j < sets->sets[i].count; j++)
			at += hash(sets->members[sets->sets[i].first + j]);
		while (sets->table[at & (size - 1)])
			at++;
		sets->table[at & (size - 1)] = i + 1;
	}
	return DONE;
}

enum status sets_add(const size_t *units, size_t count, int64_t bytes, void *data)
{
	struct sets *const sets = data;
	size_t sum = 0, *place;
	enum status status = make_room(sets);

	if (status != DONE)
		return status;
	sets->now++;
	for (size_t i = 0; i < count; i++) {
		sets->seen[units[i] - 1] = sets->now;
		sum += hash((uint32_t)units[i] - 1);
	}
	place = find_place(sets, count, sum);
	if (*place) {
		sets->sets[*place - 1].bytes += bytes;
		return DONE;
	}
	status = grow(&sets->sets, sets->n_sets, sizeof(*sets->sets));
	if (status != DONE)
		return status;
	sets->sets[sets->n_sets] =
		(struct set){.bytes = bytes, .first = sets->n_members, .count = count};
	*place = ++sets->n_sets;
	for (size_t i = 0; i < count && status == DONE; i++) {
		status = grow(&sets->members, sets->n_members, sizeof(*sets->members));
		if (status == DONE)
			sets->members[sets->n_members++] = (uint32_t)units[i] - 1;
	}
	return status;
}

void sets_free(struct sets *sets)
{
	free(sets->sets);
	free(sets->members);
	free(sets->table);
	free(sets->seen);
}
