/* SPDX-License-Identifier: MIT */
#ifndef POOL_ODDITY_H
#define POOL_ODDITY_H

/*
 * Names that resemble those of revisions, as the Python driver sees them: it lists NAME.img.*@*Z,
 * splits what stands for the first * and the second at "@", and sorts by int() of the first part.
 */

#include "subcmd/pool/item.h"

/* What is the file whose name ends in END, from ".img." or ".img@" on, and so looks like a revision
 * and isn't one?  ITEM_FOREIGN: it doesn't look like one either. */
enum item_class oddity_classify(const char *end);

#endif
