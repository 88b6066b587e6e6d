/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_REVISION_H
#define VOLUME_REVISION_H

/*
 * Names of revisions: IMAGE.NUMBER@TIME, say "private.img.7@2018-01-02T03:04:05Z".  NUMBER is
 * decimal without leading zeros and grows with every commit; TIME is the mtime of the image, UTC,
 * in whole seconds.  Numbers alone tell the order: clocks go back.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum { REVISION_TIME = 21 }; /* "2018-01-02T03:04:05Z" and a NUL */

struct revision {
	uint64_t number;
	char time[REVISION_TIME];
};

/* Parse "7@2018-01-02T03:04:05Z".  False for anything else: leading zeros, a number beyond
 * UINT64_MAX - 1, a date that doesn't exist. */
bool revision_parse(const char *text, struct revision *ret_revision);

/* Revision NUMBER of an image with this mtime.  Years before 0 and after 9999 are cut to those. */
struct revision revision_make(uint64_t number, time_t mtime);

/* Its TIME, in seconds since 1970. */
time_t revision_time(const struct revision *revision);

/* Its file name, where the volume's clean image is called CLEAN. */
void revision_name(const struct revision *revision, const char *clean,
		   char ret_name[static NAME_MAX + 1]);

/* For qsort(3): oldest first. */
int revision_compare(const void *a, const void *b);

#endif
