/* SPDX-License-Identifier: MIT */
#ifndef BASE_NEAREST_H
#define BASE_NEAREST_H

/*
 * The word that was probably meant.  Feed every candidate to nearest_try(), then look at BEST:
 * NULL unless one was close (a quarter of its letters wrong at most; two neighbours swapped count
 * as one, and so does a part of the candidate).
 */

struct nearest {
	const char *word; /* what was typed */
	const char *best;
	unsigned distance; /* of BEST */
};

void nearest_try(struct nearest *nearest, const char *candidate);

#endif
