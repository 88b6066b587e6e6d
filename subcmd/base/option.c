/* SPDX-License-Identifier: MIT */
#include "subcmd/base/option.h"

#include <errno.h>
#include <getopt.h>
#include <limits.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/nearest.h"
#include "subcmd/base/quote.h"
#include "subcmd/base/size.h"

enum { MOST = 32, FIRST = 256 }; /* options; their codes for getopt_long(3) */

enum status option_flag(const char *option, const char *value, void *into)
{
	(void)option;
	(void)value;
	*(bool *)into = true;
	return DONE;
}

enum status option_string(const char *option, const char *value, void *into)
{
	(void)option;
	*(const char **)into = value;
	return DONE;
}

enum status option_size(const char *option, const char *value, void *into)
{
	if (!size_parse(value, into))
		return msg_error(USAGE, "invalid size %s for %s: write bytes, or 10G, 512MiB ...",
				 quote(NULL, value), option);
	return DONE;
}

enum status option_count(const char *option, const char *value, void *into)
{
	char *end;
	long number;

	errno = 0;
	number = strtol(value, &end, 10);
	if (end == value || *end || errno || number < -1 || number > INT_MAX)
		return msg_error(USAGE, "invalid number %s for %s: write -1, 0, 1, 2 ...",
				 quote(NULL, value), option);
	*(int *)into = (int)number;
	return DONE;
}

enum status option_age(const char *option, const char *value, void *into)
{
	static const struct {
		char letter;
		int seconds;
	} units[] = {{'s', 1}, {'m', 60}, {'h', 3600}, {'d', 86400}, {'w', 7 * 86400}};
	char *end;
	const long number = strtol(value, &end, 10);

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
		if (*value >= '0' && *value <= '9' && *end == units[i].letter && !end[1] &&
		    number <= INT_MAX) {
			*(int64_t *)into = (int64_t)number * units[i].seconds;
			return DONE;
		}
	return msg_error(USAGE, "invalid age %s for %s: write 12h, 1d, 2w ...", quote(NULL, value),
			 option);
}

enum status option_seconds(const char *option, const char *value, void *into)
{
	const size_t whole = strspn(value, "0123456789");
	const char *fraction = value + whole + (value[whole] == '.');
	const size_t digits = strspn(fraction, "0123456789");
	double number = (double)strtol(value, NULL, 10), unit = 1;

	/* strtod(3) would take more than that, and be a tenth of the program. */
	for (size_t i = 0; i < digits; i++)
		number += (fraction[i] - '0') * (unit /= 10);
	if (!(whole + digits) || fraction[digits] || number > 1e9)
		return msg_error(USAGE, "invalid number of seconds %s for %s", quote(NULL, value),
				 option);
	*(double *)into = number;
	return DONE;
}

/* What getopt_long(3) needs to know of one table. */
static int add(const struct option_row *options, const struct option_row **known,
	       struct option *names, char *letters, int count)
{
	for (; options && options->name && count < MOST; options++, count++) {
		known[count] = options;
		names[count] = (struct option){
			.name = options->name,
			.has_arg = options->argument ? required_argument : no_argument,
			.val = FIRST + count,
		};
		if (options->letter)
			sprintf(letters + strlen(letters), "%c%s", options->letter,
				options->argument ? ":" : "");
	}
	return count;
}

/* Names that begin with WORD; RET_NAMES are the last two. */
static int count_beginnings(const char *word, size_t length, const struct option_row **known,
			    int count, const char *ret_names[2])
{
	int found = 0;

	for (int i = 0; i < count; i++)
		if (strncmp(word, known[i]->name, length) == 0) {
			ret_names[0] = ret_names[1];
			ret_names[1] = known[i]->name;
			found++;
		}
	return found;
}

/* Why did getopt_long(3) balk at ARGUMENT? */
static enum status complain(const char *argument, bool lacks_value, const struct option_row **known,
			    int count)
{
	const size_t dashes = strspn(argument, "-"), length = strcspn(argument + dashes, "=");
	char word[64];
	struct nearest nearest = {.word = word};
	const char *names[2] = {NULL};
	int beginnings;

	if (lacks_value)
		return msg_error(USAGE, "option %s needs a value", quote(NULL, argument));
	snprintf(word, sizeof(word), "%.*s", (int)length, argument + dashes);
	beginnings = count_beginnings(word, strlen(word), known, count, names);
	if (dashes == 2 && beginnings == 1 && argument[dashes + length] == '=')
		return msg_error(USAGE, "option '--%s' takes no value", names[1]);
	if (dashes == 2 && beginnings > 1)
		return msg_error(USAGE, "ambiguous option '--%s': did you mean '--%s' or '--%s'?",
				 word, names[0], names[1]);
	for (int i = 0; i < count; i++)
		nearest_try(&nearest, known[i]->name);
	if (beginnings == 1)
		nearest.best = names[1]; /* of a letter, say */
	if (nearest.best)
		return msg_error(USAGE, "unknown option %s: did you mean '--%s'?",
				 quote(NULL, argument), nearest.best);
	return msg_error(USAGE, "unknown option %s: '--help' lists them", quote(NULL, argument));
}

/* The argument that getopt_long(3) balked at: the one before NEXT; or if LETTER isn't 0 the one
 * that has it, in a row like -abc perhaps, wherever the C library has moved the operands. */
static const char *culprit(char **argv, int argc, int next, int letter)
{
	for (int i = 1; letter && i < argc; i++)
		if (argv[i][0] == '-' && argv[i][1] != '-' && strchr(argv[i], letter))
			return argv[i];
	return argv[next - 1];
}

static int find_letter(const struct option_row **known, int count, int letter)
{
	for (int i = 0; i < count; i++)
		if (known[i]->letter == letter)
			return i;
	return -1;
}

enum status option_parse(int argc, char **argv, const struct option_row *options,
			 const struct option_row *more, bool stops, int *ret_first)
{
	const struct option_row *known[MOST];
	struct option names[MOST + 1] = {0};
	char letters[2 * MOST + 4] = "", shown[NAME_MAX];
	int code, count;

	strcpy(letters, stops ? "+:" : ":");
	count = add(options, known, names, letters, 0);
	count = add(more, known, names, letters, count);
	memset(&names[count], 0, sizeof(*names));
	opterr = 0;
	optind = 0; /* begin anew: glibc's and musl's extension */
	while ((code = getopt_long(argc, argv, letters, names, NULL)) != -1) {
		const struct option_row *option;
		enum status status;

		if (code == '?' || code == ':') {
			int letter = optopt < FIRST ? optopt : 0;

			return complain(culprit(argv, argc, optind, letter), code == ':', known,
					count);
		}
		option = known[code < FIRST ? find_letter(known, count, code) : code - FIRST];
		snprintf(shown, sizeof(shown), "'--%s'", option->name);
		status = option->parse(shown, optarg, option->into);
		if (status != DONE)
			return status;
	}
	*ret_first = optind;
	return DONE;
}

void option_help(const struct option_row *options)
{
	for (; options->name; options++) {
		char left[64];

		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", options->letter ? '-' : ' ',
			 options->letter ? options->letter : ' ', options->letter ? ", " : "  ",
			 options->name, options->argument ? "=" : "",
			 options->argument ? options->argument : "");
		printf("  %-26s  %s\n", left, options->help);
	}
}
