/* SPDX-License-Identifier: MIT */
#ifndef BASE_TRIAL_H
#define BASE_TRIAL_H

/* What can only be told by trying: with names that go again, and that nobody logs. */

#include <stdbool.h>

#include "subcmd/base/dir.h"

/* Can the file NAME have another name in DIR? */
bool trial_link(const struct dir *dir, const char *name);

#endif
