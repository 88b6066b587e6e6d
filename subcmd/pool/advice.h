/* SPDX-License-Identifier: MIT */
#ifndef POOL_ADVICE_H
#define POOL_ADVICE_H

/* What to type against a finding: a command of its kind with the names filled in. */

#include "subcmd/pool/finding.h"

/* On the heap; reports and returns NULL without memory. */
char *advice_fill(const char *command, const struct scene *scene, const struct item *item);

#endif
