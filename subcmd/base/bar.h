/* SPDX-License-Identifier: MIT */
#ifndef BASE_BAR_H
#define BASE_BAR_H

/*
 * How much of something is its own, and how much of it is shared, as a bar of characters: for the
 * eyes, beside the figures, and so on terminals alone.  The longest bar is that of the greatest
 * total.
 */

#include <stdint.h>

struct bar {
	int64_t own, total; /* bytes */
};

enum {
	BAR_LEAST = 14, /* columns: the heading needs them */
	BAR_MOST = 40,
};

/* What stands above the bars: which part is which. */
void bar_print_heading(void);

/* Print BAR in WIDTH columns or less, where one of GREATEST bytes, which aren't 0, has WIDTH. */
void bar_print(const struct bar *bar, int64_t greatest, int width);

#endif
