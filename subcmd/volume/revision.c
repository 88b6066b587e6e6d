/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/revision.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const long long FIRST_SECOND = -62167219200, LAST_SECOND = 253402300799; /* 0000 to 9999 */

enum { DAYS_IN_400_YEARS = 146097 };

static int two_digits(const char *text)
{
	return 10 * (text[0] - '0') + text[1] - '0';
}

static int days_in(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && is_leap);
}

static int days_in_year(int year)
{
	return days_in(year, 2) + 337;
}

/* Does TEXT begin with the time of an existing day: "2018-01-02T03:04:05Z"?  (60 is a leap
 * second.) */
static bool is_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	int year, month, day, hour, minute, second;

	for (int i = 0; i < REVISION_TIME - 1; i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	year = 100 * two_digits(text) + two_digits(text + 2);
	month = two_digits(text + 5);
	day = two_digits(text + 8);
	hour = two_digits(text + 11);
	minute = two_digits(text + 14);
	second = two_digits(text + 17);
	return month >= 1 && month <= 12 && day >= 1 && day <= days_in(year, month) && hour < 24 &&
	       minute < 60 && second <= 60;
}

bool revision_is_pin(const char *name)
{
	static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_-"
				      "0123456789";
	const size_t length = strspn(name, letters);

	return length > 0 && length < PIN_NAME && !name[length] && name[length - 1] != 'Z' &&
	       strspn(name, "0123456789") < length && strcmp(name, "clean") != 0 &&
	       strcmp(name, "dirty") != 0;
}

bool revision_parse(const char *text, struct revision *ret_revision)
{
	const char *rest;
	char *end;

	if (*text < '0' || *text > '9' || (*text == '0' && text[1] != '@'))
		return false;
	errno = 0;
	ret_revision->number = strtoull(text, &end, 10);
	if (errno || ret_revision->number == UINT64_MAX || *end != '@' || !is_time(end + 1))
		return false;
	rest = end + REVISION_TIME;
	if (*rest && (*rest != '+' || !revision_is_pin(rest + 1)))
		return false;
	memcpy(ret_revision->time, end + 1, REVISION_TIME - 1);
	ret_revision->time[REVISION_TIME - 1] = '\0';
	strcpy(ret_revision->pin, *rest ? rest + 1 : "");
	return true;
}

/* gmtime_r(3) would do, if it didn't go and read the local time zone (glibc's does). */
struct revision revision_make(uint64_t number, time_t mtime)
{
	struct revision revision = {.number = number};
	long long clamped = mtime < FIRST_SECOND  ? FIRST_SECOND
			    : mtime > LAST_SECOND ? LAST_SECOND
						  : mtime;
	long long since = clamped - FIRST_SECOND;
	int second = (int)(since % 86400), day = (int)(since / 86400);
	int year = day / DAYS_IN_400_YEARS * 400, month = 1;

	day %= DAYS_IN_400_YEARS;
	while (day >= days_in_year(year))
		day -= days_in_year(year++);
	while (day >= days_in(year, month))
		day -= days_in(year, month++);
	snprintf(revision.time, sizeof(revision.time), "%04u-%02u-%02uT%02u:%02u:%02uZ",
		 (unsigned)year % 10000, (unsigned)month % 100, (unsigned)(day + 1) % 100,
		 (unsigned)second / 3600 % 100, (unsigned)second / 60 % 60, (unsigned)second % 60);
	return revision;
}

time_t revision_time(const struct revision *revision)
{
	const char *const text = revision->time;
	const int year = 100 * two_digits(text) + two_digits(text + 2);
	long long days = (long long)year / 400 * DAYS_IN_400_YEARS;

	for (int y = year / 400 * 400; y < year; y++)
		days += days_in_year(y);
	for (int month = 1; month < two_digits(text + 5); month++)
		days += days_in(year, month);
	days += two_digits(text + 8) - 1;
	return FIRST_SECOND + 86400 * days + 3600LL * two_digits(text + 11) +
	       60LL * two_digits(text + 14) + two_digits(text + 17);
}

void revision_name(const struct revision *revision, const char *clean,
		   char ret_name[static NAME_MAX + 1])
{
	snprintf(ret_name, NAME_MAX + 1, "%s.%llu@%s%s%s", clean,
		 (unsigned long long)revision->number, revision->time, *revision->pin ? "+" : "",
		 revision->pin);
}

bool revision_is_state(const struct revision *a, const struct revision *b)
{
	return a->number == b->number && strcmp(a->time, b->time) == 0;
}

int revision_compare(const void *a, const void *b)
{
	const struct revision *left = a, *right = b;

	if (left->number != right->number)
		return left->number < right->number ? -1 : 1;
	if (strcmp(left->time, right->time) != 0)
		return strcmp(left->time, right->time);
	return strcmp(left->pin, right->pin);
}
