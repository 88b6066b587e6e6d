/* SPDX-License-Identifier: MIT */
#ifndef POOL_ROWS_H
#define POOL_ROWS_H

/*
 * Revisions of many volumes, on stdout: as report.h has those of one.
 */

#include "subcmd/pool/revisions.h"

/* COUNT of them; HAS_EXCLUSIVE: with what each of them would free. */
struct rows {
	const struct pool_revision **revisions;
	size_t count;
	bool has_exclusive;
};

/* A JSON array (called KEY inside an object), and a table. */
enum status rows_print_json(const struct dir *pool, const char *key, const struct rows *rows);
enum status rows_print_table(const struct rows *rows);

#endif
