/* SPDX-License-Identifier: MIT */
#ifndef BASE_GROW_H
#define BASE_GROW_H

/*
 * Arrays that grow by one element at a time, and double when they are full:
 *
 *	struct thing *things = NULL;
 *	size_t count = 0;
 *	if (grow(&things, count, sizeof(*things)) == DONE)
 *		things[count++] = thing;
 */

#include <stddef.h>

#include "subcmd/base/status.h"

/* Make room for one more element in *ARRAY, which has COUNT elements of SIZE bytes and was only
 * ever grown here.  Reports when there is no memory: FAILED. */
enum status grow(void *array, size_t count, size_t size);

#endif
