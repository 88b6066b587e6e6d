/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/retention.h"

#include <time.h>

bool retention_makes_revisions(const struct retention *retention)
{
	return retention->keep > 0 || retention->keep == KEEP_ALL;
}

void retention_choose(const struct retention *retention, const struct revision *revisions,
		      size_t count, bool *ret_is_dropped)
{
	const size_t keep = retention->keep < 0 ? count : (size_t)retention->keep;
	const time_t now = time(NULL);
	bool has_old = keep == 0 || retention->older_than < 0;

	for (size_t i = count; i-- > 0;) {
		const bool is_old =
			!has_old && revision_time(&revisions[i]) <= now - retention->older_than;

		ret_is_dropped[i] = i + keep < count && !is_old;
		has_old = has_old || is_old;
	}
}
