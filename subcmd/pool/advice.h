/* SPDX-License-Identifier: MIT */
#ifndef POOL_ADVICE_H
#define POOL_ADVICE_H

/* What to type against a finding: the command of its kind with the names filled in. */

#include "subcmd/pool/finding.h"

/* On the heap; reports and returns NULL without memory. */
char *advice_fill(const struct finding_kind *kind, const struct scene *scene,
		  const struct item *item);

#endif
