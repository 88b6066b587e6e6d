/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/retention.h"

#include <time.h>

bool retention_makes_revisions(const struct retention *retention)
{
	return retention->keep > 0 || retention->keep == KEEP_ALL;
}

/* The youngest of the revisions that are at least AGE seconds old, or that are more than that AHEAD
 * of the clock, by their times, which say when the state was last written to: after a revert an
 * older state has the greater number.  Pinned ones don't count.  COUNT: none. */
static size_t find_youngest(const struct revision *revisions, size_t count,
			    const bool *is_candidate, int64_t age, bool ahead)
{
	const time_t now = time(NULL);
	size_t found = count;

	for (size_t i = 0; i < count; i++) {
		const time_t time = revision_time(&revisions[i]);

		if (is_candidate[i] && (ahead ? time - now > age : now - time >= age) &&
		    (found == count || time >= revision_time(&revisions[found])))
			found = i;
	}
	return found;
}

void retention_choose(const struct retention *retention, const struct revision *revisions,
		      size_t count, bool *is_dropped)
{
	const size_t keep = retention->keep < 0 ? count : (size_t)retention->keep;
	size_t n_newer = 0, old = count, ahead = count;

	if (keep && retention->older_than >= 0) {
		old = find_youngest(revisions, count, is_dropped, retention->older_than, false);
		ahead = find_youngest(revisions, count, is_dropped, retention->older_than, true);
	}
	for (size_t i = count; i-- > 0;) {
		n_newer += is_dropped[i];
		is_dropped[i] = is_dropped[i] && n_newer > keep && i != old && i != ahead;
	}
}
