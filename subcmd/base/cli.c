/* SPDX-License-Identifier: MIT */
#include "subcmd/base/cli.h"

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

enum status cli_flag(const char *option, const char *value, void *into)
{
	(void)option;
	(void)value;
	*(bool *)into = true;
	return DONE;
}

enum status cli_string(const char *option, const char *value, void *into)
{
	(void)option;
	*(const char **)into = value;
	return DONE;
}

enum status cli_size(const char *option, const char *value, void *into)
{
	if (!size_parse(value, into))
		return msg_error(USAGE, "invalid size %s for %s: write bytes, or 10G, 512MiB ...",
				 quote(NULL, value), option);
	return DONE;
}

enum status cli_keep(const char *option, const char *value, void *into)
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

enum status cli_seconds(const char *option, const char *value, void *into)
{
	char *end;
	double number;

	number = strtod(value, &end);
	if (strspn(value, "0123456789.") != strlen(value) || end == value || *end || number > 1e9)
		return msg_error(USAGE, "invalid number of seconds %s for %s", quote(NULL, value),
				 option);
	*(double *)into = number;
	return DONE;
}

/* What getopt_long(3) needs to know of one table. */
static int add(const struct cli_option *options, const struct cli_option **known,
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

/* Why did getopt_long(3) balk at ARGUMENT? */
static enum status complain(const char *argument, bool lacks_value,
			    const struct cli_option **known, int count)
{
	size_t length = strcspn(argument, "=");
	char word[64];
	struct nearest nearest = {.word = word};

	if (lacks_value)
		return msg_error(USAGE, "option %s needs a value", quote(NULL, argument));
	snprintf(word, sizeof(word), "%.*s", (int)length, argument);
	for (int i = 0; i < count; i++) {
		if (strncmp(argument, "--", 2) == 0 && argument[length] == '=' &&
		    strncmp(argument + 2, known[i]->name, length - 2) == 0 && !known[i]->argument)
			return msg_error(USAGE, "option '--%s' takes no value", known[i]->name);
		nearest.word = word + strspn(word, "-");
		nearest_try(&nearest, known[i]->name);
	}
	if (nearest.best && strncmp(argument, "--", 2) == 0)
		return msg_error(USAGE, "unknown or ambiguous option %s: did you mean '--%s'?",
				 quote(NULL, word), nearest.best);
	return msg_error(USAGE, "unknown option %s", quote(NULL, word));
}

static int find_letter(const struct cli_option **known, int count, int letter)
{
	for (int i = 0; i < count; i++)
		if (known[i]->letter == letter)
			return i;
	return -1;
}

enum status cli_parse(int argc, char **argv, const struct cli_option *options,
		      const struct cli_option *more, bool stops, void *into, int *ret_first)
{
	const struct cli_option *known[MOST];
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
		const struct cli_option *option;
		enum status status;

		if (code == '?' || code == ':') {
			char letter[3] = {'-', (char)optopt, '\0'};
			bool is_letter = optopt > 0 && optopt < FIRST;

			return complain(is_letter ? letter : argv[optind - 1], code == ':', known,
					count);
		}
		option = known[code < FIRST ? find_letter(known, count, code) : code - FIRST];
		snprintf(shown, sizeof(shown), "'--%s'", option->name);
		status = option->parse(shown, optarg, (char *)into + option->offset);
		if (status != DONE)
			return status;
	}
	*ret_first = optind;
	return DONE;
}

void cli_help(const struct cli_option *options)
{
	for (; options->name; options++) {
		char left[64];

		snprintf(left, sizeof(left), "%c%c%s--%s%s%s", options->letter ? '-' : ' ',
			 options->letter ? options->letter : ' ', options->letter ? ", " : "  ",
			 options->name, options->argument ? "=" : "",
			 options->argument ? options->argument : "");
		printf("  %-30s %s\n", left, options->help);
	}
}
