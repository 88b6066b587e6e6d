/* SPDX-License-Identifier: MIT */
#ifndef POOL_SELECTION_H
#define POOL_SELECTION_H

/*
 * Some of the units of sets (sets.h), and the bytes that are free when these are gone.
 */

#include <stdbool.h>

#include "subcmd/pool/sets.h"

struct selection {
	const struct sets *sets;
	bool *is_taken; /* of each unit */
	size_t count;	/* of those taken */
	int64_t bytes;	/* free when they are gone */

	uint32_t *missing; /* of each set: members that aren't taken */
	uint32_t *needed;  /* of each set: how many of those another set would bring */
	size_t *first;	   /* of each unit: where its sets begin */
	uint32_t *of_unit; /* in here */
};

#define for_each_set(selection, unit, i)                                                           \
	for (size_t i = (selection)->first[unit]; i < (selection)->first[(unit) + 1]; i++)

/* Nothing is taken.  RET_SELECTION is to be freed whatever this returns. */
enum status selection_begin(const struct sets *sets, struct selection *ret_selection);
void selection_free(struct selection *selection);

#define _cleanup_selection_ _cleanup_(selection_free)

/* Take a unit that isn't taken, put back one that is. */
void selection_take(struct selection *selection, size_t unit);
void selection_put_back(struct selection *selection, size_t unit);

/* Take those that IS_TAKEN, which isn't that of the selection, and no others. */
void selection_take_these(struct selection *selection, const bool *is_taken);

/* What is free too if all members of SET are taken, or UNIT, which isn't? */
int64_t selection_gain_of_set(struct selection *selection, size_t set);
int64_t selection_gain_of_unit(const struct selection *selection, size_t unit);

static inline const uint32_t *selection_members(const struct selection *selection, size_t set)
{
	return &selection->sets->members[selection->sets->sets[set].first];
}

#endif
