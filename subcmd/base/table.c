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

void table_colored(struct table *table, const char *text, const char *color)
{
	char *copy;

	if (table->status != DONE)
		return;
	table->status = grow(&table->cells, table->n_cells, sizeof(*table->cells));
	if (table->status != DONE)
		return;
	copy = strdup(text);
	if (copy)
		table->cells[table->n_cells++] = (struct cell){.text = copy, .color = color};
	else
		table->status = msg_errno(FAILED, "cannot make a table");
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

/* Print a cell, in WIDEST columns unless it is the last of its row and not a number. */
static void print_cell(const struct column *column, const struct cell *cell, size_t widest,
		       bool is_last, bool is_colored)
{
	const int blank = (int)(widest - width(cell->text));
	const bool has_color = is_colored && cell->color;

	printf("%*s%s%s%s%s%s%*s", column->is_number ? blank : 0, "", has_color ? "\033[" : "",
	       has_color ? cell->color : "", has_color ? "m" : "", cell->text,
	       has_color ? "\033[0m" : "", column->is_number || is_last ? 0 : blank, "");
	fputs(is_last ? "\n" : "  ", stdout);
}

static void print_rows(const struct table *table, const size_t *widest)
{
	const size_t columns = table->n_columns;
	const bool is_colored = has_colors();

	for (size_t i = 0; i < columns; i++) {
		const struct cell heading = {.text = (char *)table->columns[i].heading};

		print_cell(&table->columns[i], &heading, widest[i], i + 1 == columns, false);
	}
	for (size_t i = 0; i < table->n_cells; i++)
		print_cell(&table->columns[i % columns], &table->cells[i], widest[i % columns],
			   (i + 1) % columns == 0, is_colored);
}

enum status table_print(struct table *table)
{
	size_t *widest = calloc(table->n_columns, sizeof(*widest));

	if (!widest && table->status == DONE)
		table->status = msg_errno(FAILED, "cannot make a table");
	for (size_t i = 0; widest && i < table->n_cells + table->n_columns; i++) {
		size_t *column = &widest[i % table->n_columns];
		size_t columns = width(i < table->n_cells
					       ? table->cells[i].text
					       : table->columns[i - table->n_cells].heading);

		*column = columns > *column ? columns : *column;
	}
	if (table->status == DONE && table->n_cells)
		print_rows(table, widest);
	while (table->n_cells)
		free(table->cells[--table->n_cells].text);
	free(table->cells);
	free(widest);
	return table->status;
}
