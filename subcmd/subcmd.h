/* SPDX-License-Identifier: MIT */
#ifndef SUBCMD_H
#define SUBCMD_H

/*
 * The contract of a subcommand.  To add one called VERB:
 *
 *   1. subcmd/VERB.c defines "const struct subcmd cmd_VERB", with options and examples;
 *   2. a line for it below, a row in the table of reflinkctl.c, its object in the Makefile;
 *   3. its section in man/reflinkctl.8, and t/VERB.bats saying what it promises.
 *
 * The tests fail until all of that is there.  run() gets operands whose number is right, returns
 * an exit code, and has reported every error.  It writes results to stdout through stdio or
 * json.h, everything else through msg.h, and leaves no state behind but in files.
 */

#include <stdbool.h>
#include <stdint.h>

#include "subcmd/base/dir.h"
#include "subcmd/base/option.h"

/* What the command line says to all subcommands.  The options of one alone are its own: a static
 * struct "given" in its file, beside the table that fills it. */
struct request {
	struct dir pool; /* the directory of -C, or the current one */
	double wait;	 /* seconds for a lock; negative: for ever */
	bool json, quiet, dry_run, help, version;

	int n_operands;
	char **operands;
};

/* Headings of "reflinkctl help", in this order. */
enum subcmd_group { POOL, LIFE, BACK, DATA, LOOK, TOOLS, GROUPS };

struct subcmd {
	const char *name;
	const char *operands; /* as in the synopsis, "VOLUME [REVISION]" */
	const char *summary;  /* half a line */
	const char *drops;    /* and what it keeps, a line or two; NULL: it changes no image */
	const char *example;  /* a command line, without "reflinkctl" */
	enum subcmd_group group;
	const struct option_row *options; /* NULL: none of its own */
	int least, most;		  /* operands; most < 0: any number */
	bool may_lack_pool; /* run() even if the directory of -C isn't there: its fd is -1 then */
	enum status (*run)(const struct request *request);
};

/* Rows that several tables of options have. */
#define OPTION(text, value, meaning, parser, variable)                                             \
	{                                                                                          \
		.name = (text), .argument = (value), .help = (meaning), .parse = (parser),         \
		.into = &(variable)                                                                \
	}
#define OPTION_SOURCE(meaning, variable)                                                           \
	OPTION("snap-on-start", "SOURCE", meaning, option_string, variable)
#define OPTIONS_KIND(kind)                                                                         \
	OPTION_SOURCE("each start takes a snapshot of the volume SOURCE", (kind).source),          \
		OPTION("save-on-stop", NULL, "and stop commits it all the same", option_flag,      \
		       (kind).save_on_stop),                                                       \
		OPTION("volatile", NULL, "each start begins empty", option_flag,                   \
		       (kind).is_volatile)
#define OPTION_KEEP(meaning, variable)                                                             \
	OPTION("revisions-to-keep", "N", meaning, option_count, variable)
#define OPTIONS_RETENTION(meaning, retention)                                                      \
	OPTION_KEEP(meaning, (retention).keep),                                                    \
		OPTION("keep-older-than", "AGE",                                                   \
		       "and keep the youngest that is older (12h, 1d, 2w)", option_age,            \
		       (retention).older_than)
#define OPTION_FORCE(meaning, variable) OPTION("force", NULL, meaning, option_flag, variable)
#define OPTION_SIZE(meaning, variable) OPTION("size", "SIZE", meaning, option_size, variable)
#define OPTION_LIKE(variable)                                                                      \
	OPTION("like", "IMAGE", "share what equals IMAGE, a file or a volume", option_string,      \
	       variable)
#define OPTION_EXCLUSIVE(meaning, variable)                                                        \
	OPTION("exclusive", NULL, meaning, option_flag, variable)
#define OPTIONS_END                                                                                \
	{                                                                                          \
		.name = NULL                                                                       \
	}

extern const struct subcmd cmd_check;
extern const struct subcmd cmd_cleanup;
extern const struct subcmd cmd_clone;
extern const struct subcmd cmd_copy;
extern const struct subcmd cmd_create;
extern const struct subcmd cmd_df;
extern const struct subcmd cmd_diff;
extern const struct subcmd cmd_discard;
extern const struct subcmd cmd_export;
extern const struct subcmd cmd_fsck;
extern const struct subcmd cmd_import;
extern const struct subcmd cmd_import_begin;
extern const struct subcmd cmd_import_end;
extern const struct subcmd cmd_included_in;
extern const struct subcmd cmd_info;
extern const struct subcmd cmd_is_dirty;
extern const struct subcmd cmd_is_outdated;
extern const struct subcmd cmd_list;
extern const struct subcmd cmd_loop_resize;
extern const struct subcmd cmd_pin;
extern const struct subcmd cmd_precache;
extern const struct subcmd cmd_prune;
extern const struct subcmd cmd_receive;
extern const struct subcmd cmd_reclaim;
extern const struct subcmd cmd_remove;
extern const struct subcmd cmd_resize;
extern const struct subcmd cmd_revert;
extern const struct subcmd cmd_revisions;
extern const struct subcmd cmd_send;
extern const struct subcmd cmd_setup;
extern const struct subcmd cmd_snapshot;
extern const struct subcmd cmd_start;
extern const struct subcmd cmd_stop;
extern const struct subcmd cmd_unpin;
extern const struct subcmd cmd_verify;

#endif
