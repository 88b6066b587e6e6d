/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/oddity.h"

#include <string.h>

#include "subcmd/volume/revision.h"

/* Does Python's int() take it?  Digits, one _ between two of them, a sign, spaces around. */
static bool is_python_int(const char *text, size_t length)
{
	const char *end = text + length;

	while (text < end && strchr(" \t\n\v\f\r", *text))
		text++;
	while (end > text && strchr(" \t\n\v\f\r", end[-1]))
		end--;
	if (text < end && (*text == '+' || *text == '-'))
		text++;
	if (text == end || end[-1] == '_' || *text == '_')
		return false;
	for (; text < end; text++)
		if ((*text < '0' || *text > '9') && (*text != '_' || text[1] == '_'))
			return false;
	return true;
}

/* Is it a number as revision_parse() wants it, but for its size? */
static bool is_plain(const char *text, size_t length)
{
	return strspn(text, "0123456789") == length && (*text != '0' || length == 1);
}

/* "2018-02-30T03:04:05Z", whether or not there is such a time */
static bool has_form_of_time(const char *text)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";

	for (size_t i = 0; i < sizeof(form); i++)
		if (form[i] == 'd' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

/* Would it be a revision, if only the time were another? */
static bool is_number_of_revision(const char *text, size_t length)
{
	char name[NAME_MAX + sizeof("@2018-01-02T03:04:05Z")];
	struct revision ignored;

	memcpy(name, text, length);
	strcpy(name + length, "@2018-01-02T03:04:05Z");
	return revision_parse(name, &ignored);
}

/* ".img.7@2018-01-02T03:04:05Z+x y": a pin, if only its name were another? */
static bool is_odd_pin(const char *end)
{
	const char *const plus = strstr(end, "Z+");
	const char *const number = end + strlen(".img.");
	char tail[NAME_MAX + 1];
	struct revision ignored;

	if (!plus || plus < number)
		return false;
	memcpy(tail, number, (size_t)(plus + 1 - number));
	tail[plus + 1 - number] = '\0';
	return revision_parse(tail, &ignored);
}

enum item_class oddity_classify(const char *end)
{
	const size_t length = strlen(end);
	const char *number, *at;
	size_t digits;

	if (is_odd_pin(end))
		return ITEM_ODD_PIN;
	if (end[length - 1] != 'Z')
		return ITEM_FOREIGN;
	if (strncmp(end, ".img@", 5) == 0)
		return ITEM_UNNUMBERED;
	number = end + strlen(".img.");
	at = strchr(number, '@');
	if (!at)
		return ITEM_FOREIGN;
	digits = (size_t)(at - number);
	if (strchr(at + 1, '@') || !is_python_int(number, digits))
		return ITEM_BREAKS_PYTHON;
	if (!is_plain(number, digits))
		return ITEM_ODD_NUMBER;
	return is_number_of_revision(number, digits) && has_form_of_time(at + 1)
		       ? ITEM_IMPOSSIBLE_DATE
		       : ITEM_ODD_REVISION;
}
