/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_LAYOUT_H
#define VOLUME_LAYOUT_H

/*
 * Where volumes lie: in POOL/appvms/VM/ and POOL/vm-templates/VM/.  One place knows these names,
 * and which pool a path is in.
 */

#include <stddef.h>

#include "subcmd/base/dir.h"

/* The two directories of a pool. */
enum layout_top { APPVMS, VM_TEMPLATES, LAYOUT_TOPS };
extern const char *const layout_tops[LAYOUT_TOPS];

/* Is the complete path DIR beneath any vm-templates/?  Volumes there are never called snapshots.
 * If the whole pool lies beneath another vm-templates/, its snapshots are called dirty: the safe
 * mistake. */
bool layout_is_template(const char *dir);

/* How many bytes of the complete path DIR are its pool?  What lies above the last appvms/ or
 * vm-templates/ with something beneath it; 0: there is none. */
size_t layout_pool_length(const char *dir);

/* Open the pool that DIR is in: POOL, that of -C, or another one.  ABSENT if DIR is in none. */
enum status layout_open_pool(const struct dir *pool, const char *dir, struct dir *ret_pool);

/* MISSING, and a message that DIR isn't a pool. */
enum status layout_report_no_pool(const struct dir *dir);

#endif
