/* SPDX-License-Identifier: MIT */
/*
 * reflinkctl: the volumes of virtual machines as files on a copy-on-write file system.
 *
 * This file is the command line: the table of subcommands, from which dispatch and help
 * (subcmd/help.h) are made, and the global options.  A subcommand is subcmd/VERB.c, its contract
 * subcmd/subcmd.h.
 */

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/process.h"
#include "subcmd/base/quote.h"
#include "subcmd/help.h"
#include "subcmd/subcmd.h"

#ifndef VERSION
#define VERSION "unknown"
#endif

/* clang-format off */
static const struct subcmd *const subcmds[] = { /* in the order of the help */
	&cmd_setup, &cmd_check, &cmd_df, &cmd_included_in,
	&cmd_fsck, &cmd_cleanup, &cmd_create, &cmd_start,
	&cmd_stop, &cmd_snapshot, &cmd_discard, &cmd_resize, &cmd_precache,
	&cmd_remove, &cmd_revert, &cmd_revisions, &cmd_pin, &cmd_unpin, &cmd_diff,
	&cmd_prune, &cmd_reclaim, &cmd_import, &cmd_import_begin, &cmd_import_end,
	&cmd_export, &cmd_clone, &cmd_send, &cmd_receive,
	&cmd_list, &cmd_info,
	&cmd_verify, &cmd_is_dirty, &cmd_is_outdated, &cmd_copy,
	&cmd_loop_resize, NULL,
};
/* clang-format on */

/* An absent pool is told of only when it is needed, which it isn't for all subcommands. */
static enum status require_pool(const struct dir *pool)
{
	if (!pool->path || pool->fd >= 0)
		return DONE;
	errno = ENOENT;
	return msg_errno(MISSING, "cannot open directory %s", quote_dir(pool));
}

/* Like git's -C: each one is relative to the one before, an empty one changes nothing.  Nobody
 * changes directory, though: everything is relative to the descriptor, and called in messages as it
 * was called here. */
static enum status choose_pool(const char *option, const char *value, void *into)
{
	struct dir *pool = into, next;
	enum status status = require_pool(pool);

	(void)option;
	if (status != DONE)
		return status;
	status = dir_open(pool->path ? pool : NULL, *value ? value : ".", DIR_MAY_LACK, &next);
	dir_close(pool);
	*pool = next;
	return status == ABSENT ? DONE : status;
}

static struct request request = {.pool = DIR_CLOSED, .wait = -1};

static const struct option_row global_options[] = {
	{.name = "directory",
	 .letter = 'C',
	 .argument = "POOL",
	 .parse = choose_pool,
	 .into = &request.pool,
	 .help = "be in the directory POOL"},
	{.name = "json",
	 .parse = option_flag,
	 .into = &request.json,
	 .help = "print the result as JSON"},
	{.name = "dry-run",
	 .letter = 'n',
	 .parse = option_flag,
	 .into = &request.dry_run,
	 .help = "only say what would be done, and change nothing"},
	{.name = "quiet",
	 .letter = 'q',
	 .parse = option_flag,
	 .into = &request.quiet,
	 .help = "log only errors and warnings"},
	{.name = "wait",
	 .argument = "SECONDS",
	 .parse = option_seconds,
	 .into = &request.wait,
	 .help = "wait so long for others (default: for ever)"},
	{.name = "help",
	 .letter = 'h',
	 .parse = option_flag,
	 .into = &request.help,
	 .help = "print this help"},
	{.name = "version",
	 .parse = option_flag,
	 .into = &request.version,
	 .help = "print the version"},
	OPTIONS_END,
};

/* What may stand behind the subcommand too: all of them from --json on. */
static const struct option_row *const common_options = &global_options[1];

static const struct help help = {.subcmds = subcmds, .options = global_options};

static enum status print_version(void)
{
	puts("reflinkctl " VERSION);
	return DONE;
}

static enum status run(const struct subcmd *subcmd)
{
	enum status status = DONE;

	if (request.n_operands < subcmd->least ||
	    (subcmd->most >= 0 && request.n_operands > subcmd->most))
		return msg_error(USAGE,
				 "usage: reflinkctl %s%s %s ('reflinkctl help %s' says more)",
				 subcmd->name, subcmd->options ? " [OPTION]..." : "",
				 subcmd->operands, subcmd->name);
	for (int i = 0; i < request.n_operands; i++)
		if (!*request.operands[i]) /* of a variable that isn't set, say */
			return msg_error(USAGE, "operand %d is empty", i + 1);
	if (!request.pool.path)
		status = dir_open(NULL, ".", DIR_MUST_EXIST, &request.pool);
	else if (!subcmd->may_lack_pool)
		status = require_pool(&request.pool);
	return status == DONE ? subcmd->run(&request) : status;
}

static enum status dispatch(int argc, char **argv)
{
	const struct subcmd *subcmd;
	int first;
	enum status status = option_parse(argc, argv, global_options, NULL, true, &first);

	if (status != DONE)
		return status;
	argc -= first;
	argv += first;
	if (request.version)
		return print_version();
	if (argc && strcmp(*argv, "help") == 0)
		return help_print(&help, argc - 1, argv + 1);
	if (request.help)
		return help_print(&help, argc, argv);
	if (!argc)
		return msg_error(USAGE, "no subcommand given: 'reflinkctl help' lists them");
	subcmd = help_find(&help, *argv);
	if (!subcmd)
		return USAGE;
	status = option_parse(argc, argv, subcmd->options, common_options, false, &first);
	if (status != DONE)
		return status;
	if (request.version)
		return print_version();
	if (request.help)
		return help_subcmd(subcmd);
	msg_setup(request.quiet, request.dry_run);
	request.n_operands = argc - first;
	request.operands = argv + first;
	return run(subcmd);
}

int main(int argc, char **argv)
{
	enum status status = process_begin();

	if (status != DONE)
		return status;
	status = dispatch(argc, argv);
	dir_close(&request.pool);
	if (ferror(stdout)) /* errno is another's by now */
		return msg_error(FAILED, "cannot write to standard output");
	if (fflush(stdout) != 0)
		return msg_errno(FAILED, "cannot write to standard output");
	return status;
}
