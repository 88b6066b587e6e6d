/* SPDX-License-Identifier: MIT */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

/* Time: what a clock says, and which of two times is the earlier. */

#include <stdbool.h>
#include <time.h>

/* Seconds of the monotonic clock: for how long something takes. */
double clock_now(void);

/* Is the time A before B? */
bool clock_is_before(const struct timespec *a, const struct timespec *b);

/* Are they the same, to the nanosecond? */
bool clock_is_same(const struct timespec *a, const struct timespec *b);

#endif
