// SPDX-License-Identifier: MIT
// Sizes, and the names of volumes and their files.
#include "t/fuzz/fuzz.h"

#include <math.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/quote.h"
#include "subcmd/base/size.h"
#include "subcmd/base/tempname.h"
#include "subcmd/volume/entry.h"
#include "subcmd/volume/vid.h"

void fuzz_size(const char *text, size_t length)
{
	static const char prefixes[] = "kmgtpe";
	int64_t bytes = -1, again = -1;
	char human[SIZE_HUMAN], digits[32], *end;
	const char *prefix;
	long double value;

	(void)length;
	if (!size_parse(text, &bytes))
		return;
	MUST(bytes >= 0);
	MUST(strspn(text, "0123456789. KMGTPEkmgtpeIiBb") == strlen(text));
	snprintf(digits, sizeof(digits), "%lld", (long long)bytes);
	MUST(size_parse(digits, &again) && again == bytes);
	size_human(bytes, human);
	MUST(strlen(human) < SIZE_HUMAN && (human[strlen(human) - 1] == 'B'));

	/* The same by floating point: "1e3" and "0x1" are no sizes, so that reads alike. */
	value = strtold(text, &end);
	end += strspn(end, " ");
	prefix = *end ? strchr(prefixes, *end | 0x20) : NULL;
	if (prefix)
		value = ldexpl(value, 10 * (int)(prefix - prefixes + 1));
	MUST(fabsl(value - (long double)bytes) <= value * 1e-15L);
}

/* Each name made for an image of this volume is read as that again. */
static void read_back(const char *name)
{
	struct revision revision = revision_make(UINT64_MAX - 1, 1514862245);
	char file[NAME_MAX + 1], temp[NAME_MAX + 1];
	struct entry entry;

	for (enum image image = CLEAN; image <= (strlen(name) < 199 ? PIN : REVISION); image++) {
		if (image >= IMAGES) {
			strcpy(revision.pin, image == PIN ? "x" : "");
			entry_image_name(name, CLEAN, temp);
			revision_name(&revision, temp, file);
		} else {
			entry_image_name(name, image, file);
		}
		MUST(entry_parse(file, &entry) && entry.image == image && !entry.is_temp);
		MUST(entry.name_length == strlen(name));
		tempname_make(file, temp);
		MUST(strlen(temp) == strlen(file) + TEMPNAME_EXTRA);
		MUST(tempname_target(temp) == strlen(file));
		MUST(entry_parse(temp, &entry) && entry.image == image && entry.is_temp);
		MUST(entry.name_length == strlen(name));
		strcpy(temp + strlen(file), "~20261127");
		MUST(!entry_parse(temp, &entry));
	}
}

void fuzz_vid(const char *text, size_t length)
{
	struct vid vid;
	enum status status = vid_parse(text, &vid);
	char *joined = NULL;

	MUST(status == DONE || status == USAGE);
	MUST(fuzz_messages() == (status == USAGE));
	if (status != DONE)
		return;
	MUST(*vid.name && !strchr(vid.name, '/') && !quote_has_control(text));
	MUST(length < PATH_MAX && vid.text == text);
	MUST(asprintf(&joined, "%s%s%s", vid.dir,
		      *vid.dir && strcmp(vid.dir, "/") != 0 ? "/" : "", vid.name) >= 0);
	MUST(strcmp(joined, text) == 0);
	read_back(vid.name);
	free(joined);
}

static void check_revision(const char *text)
{
	char name[NAME_MAX + 1];
	struct revision revision, made;
	struct tm tm = {0};
	bool is_leap_second;

	if (!revision_parse(text, &revision))
		return;
	revision_name(&revision, "c", name);
	MUST(strncmp(name, "c.", 2) == 0 && strcmp(name + 2, text) == 0);
	MUST(revision_compare(&revision, &revision) == 0);
	MUST(strptime(revision.time, "%Y-%m-%dT%H:%M:%SZ", &tm));
	is_leap_second = tm.tm_sec == 60; /* timegm() makes it the next minute's first */
	MUST(revision_time(&revision) == timegm(&tm));
	made = revision_make(revision.number, timegm(&tm));
	MUST(revision_is_state(&revision, &made) == !is_leap_second);
	MUST((revision_compare(&revision, &made) == 0) == (!is_leap_second && !*revision.pin));
	MUST(!*revision.pin || revision_is_pin(revision.pin));
}

#define NUMBER "(0|[1-9][0-9]{0,19})"
#define TIME "[0-9]{4}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-6][0-9]Z"
#define PIN "(\\+[A-Za-z0-9_-]{1,32})?"
#define SUFFIX "-(dirty|import|precache)"
#define TEMP "(~[A-Za-z0-9_]{8})?"
#define DATED "~[0-9]{8}$" /* by a person */

/* The grammar of names by another reader.  It knows nothing of calendars, nor of what is too long or
 * not printable. */
static void check_grammar(const char *text, bool is_ours)
{
	static regex_t image, all, reserved, dated;
	static bool is_ready;

	if (!is_ready) {
		MUST(regcomp(&image, "^.+\\.img" TEMP "$", REG_EXTENDED) == 0);
		MUST(regcomp(&all, "^.+\\.img(\\." NUMBER "@" TIME PIN ")?" TEMP "$", REG_EXTENDED) == 0);
		MUST(regcomp(&reserved, "((^|" SUFFIX ")" SUFFIX "\\.img|" SUFFIX "\\.img\\." NUMBER
			     "@" TIME ")" TEMP "$", REG_EXTENDED) == 0);
		MUST(regcomp(&dated, DATED, REG_EXTENDED) == 0);
		is_ready = true;
	}
	if (regexec(&dated, text, 0, NULL, 0) == 0)
		MUST(!is_ours);
	else if (is_ours)
		MUST(regexec(&all, text, 0, NULL, 0) == 0);
	else if (strlen(text) < 200 && !quote_has_control(text) &&
		 regexec(&reserved, text, 0, NULL, 0) != 0)
		MUST(regexec(&image, text, 0, NULL, 0) != 0);
}

void fuzz_entry(const char *text, size_t length)
{
	size_t target = tempname_target(text), end = target ? target : length;
	char clean[NAME_MAX + 1], name[NAME_MAX + 1];
	struct entry entry;
	bool is_ours;

	check_revision(text);
	MUST(target == 0 || target + TEMPNAME_EXTRA == length);
	is_ours = entry_parse(text, &entry);
	if (length <= NAME_MAX)
		check_grammar(text, is_ours);
	else
		MUST(!is_ours);
	if (!is_ours)
		return;
	MUST(entry.is_temp == (target != 0) && entry.name_length > 0);
	snprintf(clean, sizeof(clean), "%.*s", (int)entry.name_length, text);
	if (entry.name_length > NAME_MAX - sizeof("-precache.img"))
		return; /* too long for images of its own; no vid is */
	entry_image_name(clean, entry.image >= IMAGES ? CLEAN : entry.image, name);
	if (entry.image >= IMAGES) {
		strcpy(clean, name);
		revision_name(&entry.revision, clean, name);
	}
	MUST(strlen(name) == end && strncmp(name, text, end) == 0);
}
