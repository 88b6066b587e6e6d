/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLI_H
#define BASE_CLI_H

/*
 * Options, GNU fashion: options and operands may mix, "--" ends the options, --option=VALUE and
 * --option VALUE are the same, a beginning of a name will do if no other has it.
 *
 * An option is a row of a table, from which both the parsing and the help are made.  The tables
 * end with a row without a name.  What was said goes into a struct of the caller's at OFFSET.
 */

#include <stdbool.h>
#include <stddef.h>

#include "subcmd/base/status.h"

struct cli_option {
	const char *name;     /* without the dashes */
	char letter;	      /* or 0 */
	const char *argument; /* what its value is called in the help; NULL: it has none */
	const char *help;
	enum status (*parse)(const char *option, const char *value, void *into);
	size_t offset;
};

/* Values: a bool that becomes true; a string; a size in bytes (int64_t); a number of revisions,
 * -1 or more (int); seconds (double).  Errors are reported: USAGE. */
enum status cli_flag(const char *option, const char *value, void *into);
enum status cli_string(const char *option, const char *value, void *into);
enum status cli_size(const char *option, const char *value, void *into);
enum status cli_keep(const char *option, const char *value, void *into);
enum status cli_seconds(const char *option, const char *value, void *into);

/* Parse ARGV[1] and on by two tables (MORE may be NULL).  The operands are then ARGV[*RET_FIRST]
 * and on; if STOPS, parsing ends at the first of them. */
enum status cli_parse(int argc, char **argv, const struct cli_option *options,
		      const struct cli_option *more, bool stops, void *into, int *ret_first);

/* Print the lines of a table to stdout. */
void cli_help(const struct cli_option *options);

#endif
