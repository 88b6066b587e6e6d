/* SPDX-License-Identifier: MIT */
#ifndef BASE_OPTION_H
#define BASE_OPTION_H

/*
 * Options, GNU fashion: options and operands may mix, "--" ends the options, --option=VALUE and
 * --option VALUE are the same, a beginning of a name will do if no other has it.
 *
 * An option is a row of a table, from which both the parsing and the help are made.  The tables
 * end with a row without a name.
 */

#include <stdbool.h>

#include "subcmd/base/status.h"

struct option_row {
	const char *name;     /* without the dashes */
	char letter;	      /* or 0 */
	const char *argument; /* what its value is called in the help; NULL: it has none */
	const char *help;
	enum status (*parse)(const char *option, const char *value, void *into);
	void *into; /* where the value goes */
};

/* Values: a bool that becomes true; a string; a size in bytes (int64_t); a number of revisions, -1
 * or more (int); an age in seconds, written 90s, 30m, 12h, 1d or 2w (int64_t); seconds (double).
 * Errors are reported: USAGE. */
enum status option_flag(const char *option, const char *value, void *into);
enum status option_string(const char *option, const char *value, void *into);
enum status option_size(const char *option, const char *value, void *into);
enum status option_count(const char *option, const char *value, void *into);
enum status option_age(const char *option, const char *value, void *into);
enum status option_seconds(const char *option, const char *value, void *into);

/* Parse ARGV[1] and on by two tables (MORE may be NULL).  The operands are then ARGV[*RET_FIRST]
 * and on; if STOPS, parsing ends at the first of them. */
enum status option_parse(int argc, char **argv, const struct option_row *options,
			 const struct option_row *more, bool stops, int *ret_first);

/* Print the lines of a table to stdout. */
void option_help(const struct option_row *options);

#endif
