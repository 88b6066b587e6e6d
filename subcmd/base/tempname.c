/* SPDX-License-Identifier: MIT */
#include "subcmd/base/tempname.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static const char alphabet[] = "abcdefghijklmnopqrstuvwxyz012345";

void tempname_make(const char *name, char ret_temp[static NAME_MAX + 1])
{
	uint64_t random;
	int length = snprintf(ret_temp, NAME_MAX + 1 - TEMPNAME_EXTRA, "%s", name);
	char *out;

	/* Early in the boot there is no randomness yet.  Names only have to differ, and whoever
	 * uses one asks for EEXIST. */
	if (getrandom(&random, sizeof(random), GRND_NONBLOCK) != sizeof(random)) {
		struct timespec ts;

		clock_gettime(CLOCK_MONOTONIC, &ts);
		random = ((uint64_t)ts.tv_nsec << 16) ^ (uint64_t)getpid();
	}
	if (length > NAME_MAX - TEMPNAME_EXTRA)
		length = NAME_MAX - TEMPNAME_EXTRA;
	out = ret_temp + length;
	*out++ = '~';
	for (int i = 1; i < TEMPNAME_EXTRA; i++, random >>= 5)
		*out++ = alphabet[random & (i == 1 ? 15 : 31)]; /* a letter first: no date */
	*out = '\0';
}

size_t tempname_target(const char *entry)
{
	const size_t length = strlen(entry);
	const char *tilde = entry + length - TEMPNAME_EXTRA;

	if (length <= TEMPNAME_EXTRA || *tilde != '~' ||
	    strspn(tilde + 1, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_") !=
		    TEMPNAME_EXTRA - 1)
		return 0;
	/* The Python driver makes such a name once in a million, and loses a leftover by it. */
	if (strspn(tilde + 1, "0123456789") == TEMPNAME_EXTRA - 1)
		return 0;
	return length - TEMPNAME_EXTRA;
}
