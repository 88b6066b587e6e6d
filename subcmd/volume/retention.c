/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/retention.h"

#include <time.h>

bool retention_makes_revisions(const struct retention *retention)
{
	return retention->keep > 0 || retention->keep == KEEP_ALL;
}

/* The youngest of the revisions that are older than AGE seconds, by their times, which say when
 * the state was last written to: after a revert an older state has the greater number.  Pinned
 * ones don't count.  COUNT: none. */
static size_t find_old(const struct revision *revisions, size_t count, const bool *is_candidate,
		       int64_t age)
{
	const time_t latest = time(NULL) - age;
	size_t found = count;

	for (size_t i = 0; i < count; i++)
		if (is_candidate[i] && revision_time(&revisions[i]) <= latest &&
		    (found == count ||
		     revision_time(&revisions[i]) >= revision_time(&revisions[found])))
			found = i;
	return found;
}

void retention_choose(const struct retention *retention, const struct revision *revisions,
		      size_t count, bool *is_dropped)
{
	const size_t keep = retention->keep < 0 ? count : (size_t)retention->keep;
	size_t n_newer = 0, old = count;

	if (keep && retention->older_than >= 0)
		old = find_old(revisions, count, is_dropped, retention->older_than);
	for (size_t i = count; i-- > 0;) {
		n_newer += is_dropped[i];
		is_dropped[i] = is_dropped[i] && n_newer > keep && i != old;
	}
}
