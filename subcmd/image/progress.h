/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_PROGRESS_H
#define IMAGE_PROGRESS_H

/*
 * How far a long copy is: on a terminal a bar with rate and time left, redrawn in place and gone
 * at the end; elsewhere one line every ten seconds.  Nothing in the first second, nothing with -q.
 */

#include <stdbool.h>
#include <stdint.h>

#include "subcmd/image/file.h"

struct progress {
	const struct file *target;
	int64_t total;	    /* bytes; -1: unknown */
	double begun, next; /* seconds of the monotonic clock; when to speak again */
	bool is_terminal;
};

struct progress progress_begin(const struct file *target, int64_t total);
void progress_update(struct progress *progress, int64_t done);

/* Remove the bar. */
void progress_end(struct progress *progress);

#define _cleanup_progress_ _cleanup_(progress_end)

#endif
