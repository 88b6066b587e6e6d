/* SPDX-License-Identifier: MIT */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stddef.h>

#include "subcmd/base/status.h"

/*
 * Buffers and arrays.
 *
 * BIG is for large buffers that live as long as the program.  Common symbols are placed behind all
 * other variables, so that those, which every run touches, lie together on one page or two, and not
 * some before and some behind 400 KiB of buffers: each page that is touched costs a page fault,
 * which is most of what it costs to start a process, above all in a virtual machine.  (That is why
 * such a buffer isn't static.)
 */
#define BIG __attribute__((common))

/*
 * Arrays that grow by one element at a time, and double when they are full:
 *
 *	struct thing *things = NULL;
 *	size_t count = 0;
 *	if (grow(&things, count, sizeof(*things)) == DONE)
 *		things[count++] = thing;
 */

/* Make room for one more element in *ARRAY, which has COUNT elements of SIZE bytes and was only
 * ever grown here.  Reports when there is no memory: FAILED. */
enum status grow(void *array, size_t count, size_t size);

#endif
