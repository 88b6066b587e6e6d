/* SPDX-License-Identifier: MIT */
#ifndef BASE_INPUT_H
#define BASE_INPUT_H

/*
 * Something to read a disk image from: a regular file, a block device, or a stream (a FIFO, or
 * whatever standard input is), which can be read through once and whose size nobody knows.
 */

#include <stdbool.h>

#include "subcmd/base/file.h"

/* Open NAME in DIR.  Symbolic links are followed, since it is only read.  A FIFO waits for its
 * writer, if MAY_STREAM; whatever else is neither a file nor a block device is REFUSED. */
enum status input_open(const struct dir *dir, const char *name, bool may_stream,
		       struct file *ret_file);

/* Standard input, called /dev/stdin. */
enum status input_open_stdin(struct file *ret_file);

/* Must it be read as a stream?  A file of which somebody has read the beginning must. */
bool input_is_stream(const struct file *file);

#endif
