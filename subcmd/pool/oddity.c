/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/oddity.h"

#include <string.h>

#include "subcmd/volume/revision.h"

enum oddity { NONE, UNNUMBERED, IMPOSSIBLE_DATE, ODD_NUMBER, ODD_REVISION, BREAKS_PYTHON };

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

static enum oddity tell(const struct item *item)
{
	const char *text = item->name + item->volume, *at;
	size_t length;

	if (item->class != ITEM_ODD)
		return NONE;
	if (strncmp(text, ".img@", 5) == 0)
		return UNNUMBERED;
	text += strlen(".img.");
	at = strchr(text, '@');
	length = (size_t)(at - text);
	if (strchr(at + 1, '@') || !is_python_int(text, length))
		return BREAKS_PYTHON;
	if (!is_plain(text, length))
		return ODD_NUMBER;
	return is_number_of_revision(text, length) && has_form_of_time(at + 1) ? IMPOSSIBLE_DATE
									       : ODD_REVISION;
}

bool oddity_is_unnumbered(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return tell(item) == UNNUMBERED;
}

bool oddity_is_impossible_date(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return tell(item) == IMPOSSIBLE_DATE;
}

bool oddity_is_number(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return tell(item) == ODD_NUMBER;
}

bool oddity_is_revision(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return tell(item) == ODD_REVISION;
}

bool oddity_breaks_python(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return tell(item) == BREAKS_PYTHON;
}

bool oddity_is_qubes(const struct item *item)
{
	return strcmp(item->name, "firewall.xml") == 0 || strcmp(item->name, "icon.png") == 0;
}
