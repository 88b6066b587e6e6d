/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_OUTPUT_H
#define IMAGE_OUTPUT_H

/*
 * A copy of a file for somebody else: at a path, on a block device, or through a pipe.
 */

#include <stdbool.h>

#include "subcmd/image/file.h"

/* A copy of SOURCE appears at PATH (relative to BASE), whole and durable, by reflink if possible;
 * what was there, a regular file, is replaced (but what comes there only meanwhile is REFUSED).
 * Others who copy into that directory are waited for (WAIT as in dir_lock()).  REFUSED if PATH is
 * anything else, USAGE if it is SOURCE itself. */
enum status output_file(const struct dir *base, const char *path, double wait,
			const struct file *source);

/* Is PATH a block device, perhaps behind symbolic links? */
bool output_is_device(const struct dir *base, const char *path);

/* SOURCE is written to the beginning of the block device at PATH, zeros included, and flushed.
 * A crash leaves a mixture of old and new.  REFUSED if the device is too small, or in use (a file
 * system mounted from it, say). */
enum status output_device(const struct dir *base, const char *path, const struct file *source);

/* SOURCE is written to standard output, zeros included.  USAGE if that is a terminal. */
enum status output_stdout(const struct file *source);

#endif
