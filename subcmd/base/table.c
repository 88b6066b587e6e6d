/* SPDX-License-Identifier: MIT */
#include "subcmd/base/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/grow.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/size.h"

/* Make room for LENGTH more bytes of text.  (One buffer for all, since there may be as many cells
 * as ten times the files of a pool.) */
static enum status reserve(struct table *table, size_t length)
{
	size_t room = table->room ? table->room : 4096;
	char *larger;

	while (room - table->n_text < length)
		room *= 2;
	if (room == table->room)
		return DONE;
	larger = realloc(table->text, room);
	if (!larger)
		return msg_errno(FAILED, "cannot make a table");
	table->text = larger;
	table->room = room;
	return DONE;
}

void table_colored(struct table *table, const char *text, const char *color)
{
	const size_t length = strlen(text) + 1;

	if (table->status == DONE)
		table->status = grow(&table->cells, table->n_cells, sizeof(*table->cells));
	if (table->status == DONE)
		table->status = reserve(table, length);
	if (table->status != DONE)
		return;
	table->cells[table->n_cells++] = (struct cell){.text = table->n_text, .color = color};
	memcpy(table->text + table->n_text, text, length);
	table->n_text += length;
}

void table_text(struct table *table, const char *text)
{
	table_colored(table, text, NULL);
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

/* Columns on the terminal, if every character takes one. */
static size_t width(const char *text)
{
	size_t columns = 0;

	for (; *text; columns++) {
		size_t length = quote_utf8(text);

		text += length ? length : 1;
	}
	return columns;
}

static bool has_colors(void)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");

	return isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
	       !(term && strcmp(term, "dumb") == 0);
}

static void print_blanks(size_t count)
{
	while (count--)
		putchar(' ');
}

/* Print a cell, in WIDEST columns unless it is the last of its row and not a number.  (printf(3)
 * would take longer for a big pool than finding its volumes.) */
static void print_cell(const struct column *column, const char *text, const char *color,
		       size_t widest, bool is_last)
{
	const size_t blanks = widest - width(text);

	if (column->is_number)
		print_blanks(blanks);
	if (color)
		printf("\033[%sm", color);
	fputs(text, stdout);
	if (color)
		fputs("\033[0m", stdout);
	if (!column->is_number && !is_last)
		print_blanks(blanks);
	fputs(is_last ? "\n" : "  ", stdout);
}

static void print_rows(const struct table *table, const size_t *widest)
{
	const size_t columns = table->n_columns;
	const bool is_colored = has_colors();

	for (size_t i = 0; i < columns; i++)
		print_cell(&table->columns[i], table->columns[i].heading, NULL, widest[i],
			   i + 1 == columns);
	for (size_t i = 0; i < table->n_cells; i++)
		print_cell(&table->columns[i % columns], table->text + table->cells[i].text,
			   is_colored ? table->cells[i].color : NULL, widest[i % columns],
			   (i + 1) % columns == 0);
}

enum status table_print(struct table *table)
{
	const size_t columns = table->n_columns;
	size_t *widest = calloc(columns, sizeof(*widest));

	if (!widest && table->status == DONE)
		table->status = msg_errno(FAILED, "cannot make a table");
	for (size_t i = 0; widest && i < table->n_cells + columns; i++) {
		const size_t here =
			width(i < columns ? table->columns[i].heading
					  : table->text + table->cells[i - columns].text);

		if (here > widest[i % columns])
			widest[i % columns] = here;
	}
	if (table->status == DONE && table->n_cells)
		print_rows(table, widest);
	free(table->cells);
	free(table->text);
	free(widest);
	return table->status;
}
