// SPDX-License-Identifier: MIT
// Command lines: a line of the input is an argument.
#include "t/fuzz/fuzz.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/option.h"

enum { ARGUMENTS = 16 };

static struct values {
	const char *pool, *source;
	bool json, is_quiet;
	int64_t size, age;
	int keep;
	double wait;
} values;

#define ROW(text, sign, value, parser, field)                                                      \
	{                                                                                          \
		.name = (text), .letter = (sign), .argument = (value), .help = "",                 \
		.parse = (parser), .into = &values.field                        \
	}
static const struct option_row global[] = {
	ROW("pool", 'C', "POOL", option_string, pool), ROW("json", 0, NULL, option_flag, json),
	ROW("quiet", 'q', NULL, option_flag, is_quiet), ROW("wait", 0, "SECONDS", option_seconds, wait),
	{.name = NULL}};
static const struct option_row own[] = {
	ROW("size", 0, "SIZE", option_size, size), ROW("snap-on-start", 0, "SOURCE", option_string, source),
	ROW("revisions-to-keep", 0, "N", option_count, keep), ROW("keep-older-than", 0, "AGE", option_age, age),
	{.name = NULL}};

static int compare_pointers(const void *a, const void *b)
{
	const char *const *left = a, *const *right = b;

	return (*left > *right) - (*left < *right);
}

/* Is VALUE one of the arguments, or the end of one? */
static bool is_said(const char *value, char *const *argv, int argc)
{
	for (int i = 1; i < argc; i++)
		if (value >= argv[i] && value <= argv[i] + strlen(argv[i]))
			return true;
	return !value;
}

static void parse(int argc, char **argv, const struct option_row *more, bool stops)
{
	char *before[ARGUMENTS + 1], *after[ARGUMENTS + 1];
	int first = -1;
	enum status status;

	values = (struct values){.size = -1, .age = -1, .keep = -2, .wait = -1};
	memcpy(before, argv, sizeof(before));
	status = option_parse(argc, argv, global, more, stops, &first);
	MUST(status == DONE || status == USAGE);
	MUST(fuzz_messages() == (status == USAGE));
	MUST(values.size >= -1 && values.keep >= -2 && !(values.wait > 1e9));
	MUST(values.age >= -1 && values.age <= (int64_t)INT_MAX * 7 * 86400);
	MUST(values.wait == -1 || values.wait >= 0);
	MUST(is_said(values.pool, argv, argc) && is_said(values.source, argv, argc));
	if (status != DONE)
		return;
	MUST(first >= 1 && first <= argc && !argv[argc]);
	if (stops && first < argc && strcmp(argv[first - 1], "--") != 0)
		MUST(argv[first][0] != '-' || !argv[first][1]);
	/* Operands move, none comes or goes. */
	memcpy(after, argv, sizeof(after));
	qsort(before, (size_t)argc, sizeof(*before), compare_pointers);
	qsort(after, (size_t)argc, sizeof(*after), compare_pointers);
	MUST(memcmp(before, after, (size_t)argc * sizeof(*before)) == 0);
}

void fuzz_cli(const char *text, size_t length)
{
	for (int way = 0; way < 4; way++) {
		char *copy = strdup(text), *rest = copy, name[] = "fuzz";
		char *argv[ARGUMENTS + 1] = {name};
		int argc = 1;

		while (length && argc < ARGUMENTS && rest)
			argv[argc++] = strsep(&rest, "\n");
		parse(argc, argv, way & 1 ? own : NULL, way & 2);
		free(copy);
	}
}
