/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_COMPARE_H
#define IMAGE_COMPARE_H

/*
 * Comparing two files byte by byte, range by range: the hands of difference.h, which says what is
 * told.  Where neither file has data (SEEK_DATA of lseek(2)) nothing is read.
 *
 *	struct compare compare = {.is_checking = false, .visit = visit, .data = data};
 *	compare_begin(&compare, from, to);
 *	compare_range(&compare, 0, 4096, false) ...		ascending, in whole blocks
 *	compare_end(&compare)
 */

#include "subcmd/image/difference.h"

struct compare_side {
	const struct file *file;
	int64_t end;	  /* up to here it is known whether there is data, if asked in order */
	bool is_data;	  /* there is, in part of each block at least */
	bool lacks_holes; /* they aren't told here: what isn't known to be one is data */
};

struct compare {
	struct compare_side from, to;
	bool is_checking;
	difference_fn *visit;
	void *data;
	struct difference pending; /* what the next range may go on with; a length of 0: nothing */
};

void compare_begin(struct compare *compare, const struct file *from, const struct file *to);

/* Compare from START to END, the end of the shorter file at most.  IS_EQUAL: they must be, or that
 * is an error. */
enum status compare_range(struct compare *compare, int64_t start, int64_t end, bool is_equal);

/* Tell what lies between the end of the shorter file and that of the longer, and what is pending.
 */
enum status compare_end(struct compare *compare);

#endif
