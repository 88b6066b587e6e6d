/* SPDX-License-Identifier: MIT */
#include "subcmd/base/size.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char prefixes[] = "KMGTPE";

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The unit at TEXT, to its end, as a power of two; -1 if it is none. */
static int parse_unit(const char *text)
{
	text += strspn(text, " ");
	if (!*text || strcasecmp(text, "b") == 0)
		return 0;
	for (int i = 0; prefixes[i]; i++)
		if ((*text & ~0x20) == prefixes[i] && (!text[1] || strcasecmp(text + 1, "ib") == 0))
			return (i + 1) * 10;
	return -1;
}

bool size_parse(const char *text, int64_t *ret_bytes)
{
	unsigned __int128 digits = 0, scale = 1; /* the number is digits / scale */
	int shift;

	if (!is_digit(*text))
		return false;
	for (bool is_fraction = false;; text++) {
		if (*text == '.' && !is_fraction && is_digit(text[1]))
			is_fraction = true;
		else if (!is_digit(*text))
			break;
		else if (digits > INT64_MAX / 10 || scale > INT64_MAX / 10)
			return false;
		else {
			digits = digits * 10 + (unsigned)(*text - '0');
			scale *= is_fraction ? 10 : 1;
		}
	}
	shift = parse_unit(text);
	if (shift < 0)
		return false;
	digits <<= shift; /* 64 bits and 60 more */
	if (digits % scale || digits / scale > INT64_MAX)
		return false;
	*ret_bytes = (int64_t)(digits / scale);
	return true;
}

void size_human(int64_t bytes, char ret_text[static SIZE_HUMAN])
{
	double value = (double)bytes;
	int unit = -1;

	for (; value >= 999.95 && unit < 5; unit++)
		value /= 1024;
	if (unit < 0)
		snprintf(ret_text, SIZE_HUMAN, "%d B", (int)bytes);
	else
		snprintf(ret_text, SIZE_HUMAN, "%.1f %ciB", value, prefixes[unit]);
}
