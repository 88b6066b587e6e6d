/* SPDX-License-Identifier: MIT */
#ifndef SUBCMD_HELP_H
#define SUBCMD_HELP_H

/*
 * What "reflinkctl help" prints, and what is told of a subcommand that doesn't exist.  It is made
 * from the table of subcommands, which ends with a NULL; only the topics are texts of their own.
 * t/once/rescue.bats types each command that they have.
 */

#include "subcmd/subcmd.h"

struct help {
	const struct subcmd *const *subcmds;
	const struct option_row *options; /* the global ones */
};

/* The subcommand called NAME; or NULL, and a message with the one that was meant, perhaps. */
const struct subcmd *help_find(const struct help *help, const char *name);

/* The help of one subcommand. */
enum status help_subcmd(const struct subcmd *subcmd);

/* "help WORD...": of a subcommand or topic; without WORD, of the program. */
enum status help_print(const struct help *help, int argc, char **argv);

#endif
