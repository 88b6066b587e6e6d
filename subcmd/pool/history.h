/* SPDX-License-Identifier: MIT */
#ifndef POOL_HISTORY_H
#define POOL_HISTORY_H

/*
 * The history of a volume as a tree, for a person who looks at it on a terminal:
 *
 *	HISTORY  TIME                   CHANGED  PINS
 *	* 1      2018-01-02T03:04:05Z         -  -
 *	* 2      2018-01-02T04:04:05Z  40.0 MiB  before-upgrade
 *	|-* 3    2018-01-02T05:04:05Z   5.0 MiB  -
 *	| * 4    2018-01-02T06:04:05Z   1.0 MiB  -
 *	* clean  2018-01-02T07:04:05Z   3.0 MiB  -
 *	* dirty  2018-01-02T08:04:05Z   2.0 MiB  -
 *
 * Nobody writes down which state another was made of, and a revert may have been in between.  But
 * what they share tells: each state hangs on that one before it from which it differs in the fewest
 * bytes, and CHANGED is how many these are, by the extents of both files (map.h).  Nothing is
 * flushed for it, so what was written a moment ago may not count yet.
 */

#include "subcmd/volume/volume.h"

/* Draw it, behind an empty line.  Nothing is drawn where stdout is no terminal, where there is only
 * one state, or where who asks may not read them all or look at extents. */
enum status history_draw(const struct volume *volume);

#endif
