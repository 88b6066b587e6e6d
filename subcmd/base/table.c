/* SPDX-License-Identifier: MIT */
#include "subcmd/base/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/size.h"

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

/* Columns on the terminal, if every character takes one: UTF-8, so count what begins one. */
static size_t width(const char *text)
{
	size_t columns = 0;

	for (; *text; text++)
		columns += (*text & 0xc0) != 0x80;
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
	if (*color)
		printf("\033[%sm", color);
	fputs(text, stdout);
	if (*color)
		fputs("\033[0m", stdout);
	if (is_last)
		putchar('\n');
	else
		print_blanks(column->is_number ? 2 : blanks + 2);
}

static const char *next(const char *text)
{
	return text + strlen(text) + 1;
}

static void print_rows(const struct table *table, const size_t *widest)
{
	const size_t columns = table->n_columns;
	const bool is_colored = has_colors();
	const char *const end = table->text + table->n_text;
	size_t i = 0;

	for (const char *text = table->text; text < end; text = next(next(text))) {
		print_cell(&table->columns[i], text, is_colored ? next(text) : "", widest[i],
			   i + 1 == columns);
		i = (i + 1) % columns;
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

enum status table_print(struct table *table)
{
	size_t *widest = calloc(table->n_columns, sizeof(*widest));

	if (!widest && table->status == DONE)
		table->status = msg_errno(FAILED, "cannot make a table");
	if (table->status == DONE && table->text) {
		measure(table, widest);
		print_rows(table, widest);
	}
	free(table->text);
	free(widest);
	return table->status;
}
