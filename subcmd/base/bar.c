/* SPDX-License-Identifier: MIT */
#include "subcmd/base/bar.h"

#include <stdio.h>

#include "subcmd/base/terminal.h"

static const char *own_mark(void)
{
	return terminal_has_utf8() ? "█" : "#";
}

static const char *shared_mark(void)
{
	return terminal_has_utf8() ? "░" : ".";
}

void bar_print_heading(void)
{
	printf("%s OWN %s SHARED", own_mark(), shared_mark());
}

/* BYTES in columns; whatever there is can be seen. */
static int to_columns(int64_t bytes, int64_t greatest, int width)
{
	const int columns = (int)((double)bytes / (double)greatest * width + 0.5);

	return bytes > 0 && columns == 0 ? 1 : columns;
}

void bar_print(const struct bar *bar, int64_t greatest, int width)
{
	int own = to_columns(bar->own, greatest, width);
	int total = to_columns(bar->total, greatest, width);
	const char *const own_text = own_mark(), *const shared_text = shared_mark();

	if (bar->own < bar->total && own == total) /* something is shared */
		own > 1 ? own-- : total++;
	for (int i = 0; i < total && i < width; i++)
		fputs(i < own ? own_text : shared_text, stdout);
}
