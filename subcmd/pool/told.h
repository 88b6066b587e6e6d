/* SPDX-License-Identifier: MIT */
#ifndef POOL_TOLD_H
#define POOL_TOLD_H

/*
 * A finding as it is told: its path, and the commands against it.  It outlives what it was found
 * in, so that it can be printed when the directory isn't locked any more: who reads it may take his
 * time.
 *
 * No command is told that would change the last copy of what a lost volume (lost.h) had, nor one
 * that can't work since the file system is read-only.
 */

#include "subcmd/pool/finding.h"

struct told {
	const struct finding_kind *kind;
	char *path, *commands[FINDING_COMMANDS];
	char *holds;	   /* the lost volume because of which there are none; NULL: none */
	bool is_read_only; /* there are none because of that */
};

/* RET_TOLD is to be freed whatever this returns. */
enum status told_make(const struct finding_kind *kind, const struct scene *scene,
		      const struct item *item, bool is_read_only, struct told *ret_told);

/* An object of JSON, or a line for each thing there is to say. */
void told_print(const struct told *told, bool is_json);

void told_free(struct told *told);

#endif
