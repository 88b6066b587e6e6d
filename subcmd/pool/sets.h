/* SPDX-License-Identifier: MIT */
#ifndef POOL_SETS_H
#define POOL_SETS_H

/*
 * How many bytes are free when all units of a set of them are gone?  Of each set that there is,
 * once; a hash table finds it.
 */

#include <stddef.h>
#include <stdint.h>

#include "subcmd/base/scope.h"
#include "subcmd/base/status.h"

struct set {
	int64_t bytes;
	size_t first, count; /* of its members */
};

struct sets {
	size_t n_units; /* to be set */

	struct set *sets;
	size_t n_sets;
	uint32_t *members; /* units, from 0 on */
	size_t n_members;

	size_t *table; /* where its hash says: index of a set, and 1 */
	size_t n_table;
	size_t *seen; /* of each unit: when it was last looked at */
	size_t now;
};

/* To the struct sets DATA: BYTES more are free when these COUNT units, here numbered from 1, are
 * gone. */
enum status sets_add(const size_t *units, size_t count, int64_t bytes, void *data);

void sets_free(struct sets *sets);

#define _cleanup_sets_ _cleanup_(sets_free)

#endif
