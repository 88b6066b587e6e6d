/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_BLOCK_H
#define IMAGE_BLOCK_H

/*
 * Blocks in memory: all zeros, or the same?  Eight words a step run several times faster than
 * memcmp(3) does in musl; a block that is neither is mostly recognised by its first words.
 */

#include <stdbool.h>
#include <stddef.h>

enum { BLOCK = 4096 }; /* what becomes a hole if it is zeros, and is told if any of it differs */

bool block_is_zero(const unsigned char *block, size_t length);

/* How long is the run of blocks, all zeros or all not, that FROM[0..LENGTH) begins with? */
size_t block_run(const unsigned char *from, size_t length, bool *ret_is_zero);

/* How long is the run of blocks, all the same or all not, that A[0..LENGTH) and B begin with? */
size_t block_run_same(const unsigned char *a, const unsigned char *b, size_t length,
		      bool *ret_is_same);

/* Are A and B the same in all of their LENGTH bytes? */
bool block_is_same(const unsigned char *a, const unsigned char *b, size_t length);

#endif
