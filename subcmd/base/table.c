/* SPDX-License-Identifier: MIT */
#include "subcmd/base/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/size.h"
#include "subcmd/base/terminal.h"

/* Append TEXT and its NUL.  (One buffer for all, since there may be as many cells as ten times the
 * files of a pool.  What isn't used of it costs nothing, unlike copies.) */
static void append(struct table *table, const char *text)
{
	const size_t length = strlen(text) + 1;
	size_t room = table->room ? table->room : 4096;
	char *larger;

	if (table->status != DONE)
		return;
	while (room - table->n_text < length)
		room *= 4;
	if (room != table->room) {
		larger = realloc(table->text, room);
		if (!larger) {
			table->status = msg_errno(FAILED, "cannot make a table");
			return;
		}
		table->text = larger;
		table->room = room;
	}
	memcpy(table->text + table->n_text, text, length);
	table->n_text += length;
}

void table_colored(struct table *table, const char *text, const char *color)
{
	const bool is_first = !table->text;

	for (size_t i = 0; is_first && i < table->n_columns; i++) {
		append(table, table->columns[i].heading);
		append(table, "");
	}
	append(table, text);
	append(table, color);
}

void table_text(struct table *table, const char *text)
{
	table_colored(table, text, "");
}

void table_number(struct table *table, uint64_t number)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)number);
	table_text(table, text);
}

void table_size(struct table *table, int64_t bytes)
{
	char text[SIZE_HUMAN] = "-";

	if (bytes >= 0)
		size_human(bytes, text);
	table_text(table, text);
}

void table_bar(struct table *table, int64_t own, int64_t total)
{
	struct bar bar = {.own = own, .total = total < own ? own : total};

	if (own < 0)
		bar.own = bar.total = 0;
	if (table->status == DONE)
		table->status = grow(&table->bars, table->n_bars, sizeof(*table->bars));
	if (table->status == DONE)
		table->bars[table->n_bars++] = bar;
}

/* Columns on the terminal, if every character takes one: UTF-8, so count what begins one. */
static size_t width(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += (*text & 0xc0) != 0x80;
	return columns;
}

static void print_blanks(size_t count)
{
	while (count--)
		putchar(' ');
}

/* How a table is laid out: of each column the width, 0 if it gave way, and that of bars. */
struct layout {
	size_t *widest;
	size_t last;	  /* column that is there */
	int bar;	  /* 0: there are none */
	int64_t greatest; /* of all bars */
	bool is_colored;
};

/* Print a cell of column I, in all of its width unless it is the last of its row and not a number.
 * (printf(3) would take longer for a big pool than finding its volumes.) */
static void print_cell(const struct table *table, const struct layout *layout, size_t i,
		       const char *text, const char *color)
{
	const size_t blanks = layout->widest[i] - width(text);
	const bool is_number = table->columns[i].is_number, is_last = i == layout->last;

	if (is_number)
		print_blanks(blanks);
	if (*color)
		printf("\033[%sm", color);
	fputs(text, stdout);
	if (*color)
		fputs("\033[0m", stdout);
	if (!is_last || layout->bar)
		print_blanks(is_number ? 2 : blanks + 2);
}

static void print_row_bar(const struct table *table, const struct layout *layout, size_t row)
{
	if (row == 0)
		bar_print_heading();
	else if (row <= table->n_bars)
		bar_print(&table->bars[row - 1], layout->greatest, layout->bar);
}

static const char *next(const char *text)
{
	return text + strlen(text) + 1;
}

static void print_rows(const struct table *table, const struct layout *layout)
{
	const char *const end = table->text + table->n_text;
	size_t i = 0, row = 0;

	for (const char *text = table->text; text < end; text = next(next(text))) {
		if (layout->widest[i])
			print_cell(table, layout, i, text, layout->is_colored ? next(text) : "");
		if (++i < table->n_columns)
			continue;
		if (layout->bar)
			print_row_bar(table, layout, row++);
		putchar('\n');
		i = 0;
	}
}

static void measure(const struct table *table, size_t *widest)
{
	const char *const end = table->text + table->n_text;
	size_t i = 0;

	for (const char *text = table->text; text < end; text = next(next(text))) {
		const size_t here = width(text);

		if (here > widest[i])
			widest[i] = here;
		i = (i + 1) % table->n_columns;
	}
}

static bool gives_way(const struct table *table, size_t i)
{
	return table->gives_way >> i & 1;
}

/* Columns that are left for bars beside the table; the last of the terminal stays empty, since some
 * wrap a line that is full. */
static int room_for_bars(const struct table *table, const struct layout *layout, bool all_stay)
{
	int room = terminal_columns() - 1;

	for (size_t i = 0; i < table->n_columns; i++)
		if (all_stay || !gives_way(table, i))
			room -= (int)layout->widest[i] + 2;
	return room;
}

/* Make room for bars, if there are any to be shown. */
static void lay_out_bars(const struct table *table, struct layout *layout)
{
	int room = table->n_bars ? room_for_bars(table, layout, true) : 0;
	const bool all_stay = room >= BAR_LEAST;

	for (size_t i = 0; i < table->n_bars; i++)
		if (table->bars[i].total > layout->greatest)
			layout->greatest = table->bars[i].total;
	if (!layout->greatest)
		return;
	if (!all_stay)
		room = room_for_bars(table, layout, false);
	if (room < BAR_LEAST)
		return;
	layout->bar = room < BAR_MOST ? room : BAR_MOST;
	for (size_t i = 0; i < table->n_columns; i++)
		if (!all_stay && gives_way(table, i))
			layout->widest[i] = 0;
}

enum status table_print(struct table *table)
{
	struct layout layout = {.widest = calloc(table->n_columns, sizeof(*layout.widest)),
				.last = table->n_columns - 1};

	if (!layout.widest && table->status == DONE)
		table->status = msg_errno(FAILED, "cannot make a table");
	layout.is_colored = terminal_has_colors();
	if (table->status == DONE && table->text) {
		measure(table, layout.widest);
		lay_out_bars(table, &layout);
		print_rows(table, &layout);
	}
	free(table->text);
	free(table->bars);
	free(layout.widest);
	return table->status;
}
