/* SPDX-License-Identifier: MIT */
#ifndef BASE_ENTRIES_H
#define BASE_ENTRIES_H

/*
 * What is in a directory: its entries but ".."; and but "." unless said otherwise.  Each function
 * calls SEE for each entry, as long as it returns DONE, and returns what it did.  Errors are
 * reported.
 *
 * Not readdir(3): its stream would cost five more system calls, and a mapping of its own.
 */

#include <dirent.h>

#include "subcmd/base/dir.h"

typedef enum status entries_fn(const struct dirent *entry, void *data);

/* Through the descriptor of DIR, which nobody has read from.  "." is among them, and comes first
 * where file systems keep to the custom: its d_ino is the directory's inode for no system call. */
enum status entries_read_with_itself(const struct dir *dir, entries_fn *see, void *data);

/* Opens DIR again: on btrfs a descriptor lists what was there when it was opened, which may have
 * been before DIR was locked. */
enum status entries_read_anew(const struct dir *dir, entries_fn *see, void *data);

#endif
