/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_REVISION_H
#define VOLUME_REVISION_H

/*
 * Names of revisions: IMAGE.NUMBER@TIME, say "private.img.7@2018-01-02T03:04:05Z".  NUMBER is
 * decimal without leading zeros and grows with every commit; TIME is the mtime of the image, UTC,
 * in whole seconds.  Numbers alone tell the order: clocks go back.
 *
 * A pin is another name of such a state, IMAGE.NUMBER@TIME+NAME, which stays until somebody unpins
 * it.  NAME is 1 to 32 of A-Z a-z 0-9 _ -, so that no other driver takes the pin for a revision of
 * its own: their pattern is IMAGE.*@*Z, so NAME doesn't end in Z either.  Nor is it a number, or a
 * word for an image, since a pin may stand wherever a revision may.
 */

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

enum {
	REVISION_TIME = 21, /* "2018-01-02T03:04:05Z" and a NUL */
	PIN_NAME = 33,
};

struct revision {
	uint64_t number;
	char time[REVISION_TIME];
	char pin[PIN_NAME]; /* NAME of a pin; "": it is the revision itself */
};

/* May a pin be called so? */
bool revision_is_pin(const char *name);

/* Parse "7@2018-01-02T03:04:05Z", or that and "+NAME".  False for anything else: leading zeros, a
 * number beyond UINT64_MAX - 1, a date that doesn't exist, a NAME that can't be. */
bool revision_parse(const char *text, struct revision *ret_revision);

/* Revision NUMBER of an image with this mtime.  Years before 0 and after 9999 are cut to those. */
struct revision revision_make(uint64_t number, time_t mtime);

/* Its TIME, in seconds since 1970. */
time_t revision_time(const struct revision *revision);

/* Its file name, where the volume's clean image is called CLEAN. */
void revision_name(const struct revision *revision, const char *clean,
		   char ret_name[static NAME_MAX + 1]);

/* Are these names of one state: a revision and a pin of it, or two pins? */
bool revision_is_state(const struct revision *a, const struct revision *b);

/* For qsort(3): oldest first, a revision before its pins. */
int revision_compare(const void *a, const void *b);

#endif
