/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/revision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const long long FIRST_SECOND = -62167219200, LAST_SECOND = 253402300799; /* 0000 to 9999 */

static int two_digits(const char *text)
{
	return 10 * (text[0] - '0') + text[1] - '0';
}

/* Is it the time of an existing day: "2018-01-02T03:04:05Z"?  (60 is a leap second.) */
static bool is_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int year, month, day, hour, minute, second;
	bool is_leap;

	for (int i = 0; i < (int)sizeof(form); i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	year = 100 * two_digits(text) + two_digits(text + 2);
	month = two_digits(text + 5);
	day = two_digits(text + 8);
	hour = two_digits(text + 11);
	minute = two_digits(text + 14);
	second = two_digits(text + 17);
	is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return month >= 1 && month <= 12 && day >= 1 &&
	       day <= days[month - 1] + (month == 2 && is_leap) && hour < 24 && minute < 60 &&
	       second <= 60;
}

bool revision_parse(const char *text, struct revision *ret_revision)
{
	char *end;

	if (*text < '0' || *text > '9' || (*text == '0' && text[1] != '@'))
		return false;
	errno = 0;
	ret_revision->number = strtoull(text, &end, 10);
	if (errno || ret_revision->number == UINT64_MAX || *end != '@' || !is_time(end + 1))
		return false;
	memcpy(ret_revision->time, end + 1, REVISION_TIME);
	return true;
}

struct revision revision_make(uint64_t number, time_t mtime)
{
	struct revision revision = {.number = number};
	long long seconds = mtime;
	time_t clamped = seconds < FIRST_SECOND	 ? FIRST_SECOND
			 : seconds > LAST_SECOND ? LAST_SECOND
						 : seconds;
	struct tm tm;

	gmtime_r(&clamped, &tm);
	snprintf(revision.time, sizeof(revision.time), "%04u-%02u-%02uT%02u:%02u:%02uZ",
		 (unsigned)(tm.tm_year + 1900) % 10000, (unsigned)(tm.tm_mon + 1) % 100,
		 (unsigned)tm.tm_mday % 100, (unsigned)tm.tm_hour % 100, (unsigned)tm.tm_min % 100,
		 (unsigned)tm.tm_sec % 100);
	return revision;
}

void revision_name(const struct revision *revision, const char *clean,
		   char ret_name[static NAME_MAX + 1])
{
	snprintf(ret_name, NAME_MAX + 1, "%s.%llu@%s", clean, (unsigned long long)revision->number,
		 revision->time);
}

int revision_compare(const void *a, const void *b)
{
	const struct revision *left = a, *right = b;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	return strcmp(left->time, right->time);
}
