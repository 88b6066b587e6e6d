/* SPDX-License-Identifier: MIT */
#ifndef BASE_TABLE_H
#define BASE_TABLE_H

/*
 * Tables on stdout for people: columns as wide as their widest cell, two spaces apart, under a
 * line of headings, which a table without rows doesn't have.
 *
 *	struct table table = {.columns = columns, .n_columns = 3};
 *	table_text(&table, "a"); table_size(&table, 4096); table_size(&table, -1);
 *	return table_print(&table);
 *
 * Cells are given row by row, and copied.  Running out of memory is reported once, by
 * table_print(): FAILED.  Colours and bars are for terminals alone (terminal.h).  A bar stands at
 * the end of its row; where there is no room for it, columns give way, and if that isn't enough,
 * there are no bars.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "subcmd/base/bar.h"
#include "subcmd/base/status.h"

struct column {
	const char *heading;
	bool is_number; /* to the right */
};

struct table {
	const struct column *columns;
	size_t n_columns;
	char *text; /* of headings and cells: of each what it says, a NUL, its colour, a NUL */
	size_t n_text, room; /* bytes used and there */
	unsigned gives_way;  /* to bars: 1 << INDEX of each column that does */
	struct bar *bars;    /* of each row, if the table has any */
	size_t n_bars;
	enum status status;
};

/* A cell with TEXT in it, which must be fit for a terminal (quote.h). */
void table_text(struct table *table, const char *text);

/* The same in a colour: the parameter of ECMA-48's SGR, "31" say; "" is none. */
void table_colored(struct table *table, const char *text, const char *color);

/* A cell with a number; with a size for people, where negative is unknown: "-". */
void table_number(struct table *table, uint64_t number);
void table_size(struct table *table, int64_t bytes);

/* After the cells of a row, in each or in none: the bar of what has OWN bytes of its own, and TOTAL
 * or more in all; of unknown OWN (negative) it is empty. */
void table_bar(struct table *table, int64_t own, int64_t total);

/* Print it all, and free the cells. */
enum status table_print(struct table *table);

#endif
