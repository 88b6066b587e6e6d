/* SPDX-License-Identifier: MIT */
#ifndef BASE_ENTRIES_H
#define BASE_ENTRIES_H

/*
 * What is in a directory, without "." and "..".
 *
 * Not readdir(3): its stream would cost five more system calls, and a mapping of its own.
 */

#include <dirent.h>

#include "subcmd/base/dir.h"

typedef enum status entries_fn(const struct dirent *entry, void *data);

/* Call SEE for each entry, as long as it returns DONE; returns what it did.  FD is DIR, opened for
 * this.  Errors are reported. */
enum status entries_read(int fd, const struct dir *dir, entries_fn *see, void *data);

/* The same through a descriptor of its own, as on btrfs one lists only what was there when it was
 * opened: before the lock perhaps, where that counts. */
enum status entries_read_anew(const struct dir *dir, entries_fn *see, void *data);

#endif
