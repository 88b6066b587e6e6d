/* SPDX-License-Identifier: MIT */
#ifndef POOL_FEWEST_H
#define POOL_FEWEST_H

/*
 * The fewest units (revisions) that are to go so that so many bytes are free, where some are free
 * only when all units of a set are gone (sets.h).
 *
 * The best answer can't be found in reasonable time (this is minimum k-union, turned around).  So
 * there are two attempts, of which the better counts: from all units, put back again and again the
 * one that takes the least with it; or from none, take again and again the set that brings the most
 * for each unit that it needs, and then put back what turns out to be too much.  The second one is
 * for pools that are small enough.  Units are numbered from 0, oldest first: in the end each is
 * exchanged for the oldest one that does as well.
 */

#include <stdbool.h>

#include "subcmd/pool/sets.h"

/* Choose units that free SIZE bytes; RET_BYTES is what they do free.  If there isn't so much: all
 * those that free anything. */
enum status fewest_choose(const struct sets *sets, int64_t size, bool *ret_is_chosen,
			  int64_t *ret_bytes);

#endif
