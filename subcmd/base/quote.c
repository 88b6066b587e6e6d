/* SPDX-License-Identifier: MIT */
#include "subcmd/base/quote.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "subcmd/base/dir.h"
#include "subcmd/base/memory.h"

/* PATH_MAX + NAME_MAX bytes, every second one escaped: a'$'\001'' is 11 bytes for two. */
enum { BUFFERS = 4, BUFFER_SIZE = (4096 + 256) * 11 / 2 + 16 };

BIG char quote_buffers[BUFFERS][BUFFER_SIZE];

/* Decode the UTF-8 character at TEXT; 0 if it isn't one (overlong forms, surrogates and what lies
 * beyond U+10FFFF included). */
static size_t decode(const char *text, unsigned *ret_code)
{
	static const unsigned smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	const unsigned char *s = (const unsigned char *)text;
	size_t length = s[0] < 0x80 ? 1 : s[0] < 0xc0 ? 0 : s[0] < 0xe0 ? 2 : s[0] < 0xf0 ? 3 : 4;
	unsigned code;

	if (!length || s[0] >= 0xf8)
		return 0;
	code = length == 1 ? s[0] : s[0] & (0x7fu >> length);
	for (size_t i = 1; i < length; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (s[i] & 0x3f);
	}
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	*ret_code = code;
	return length;
}

static bool is_control(unsigned code)
{
	/* U+2028 and U+2029 end a line for some readers; the others turn text around. */
	return code < 0x20 || (code >= 0x7f && code < 0xa0) || (code >= 0x2028 && code <= 0x202e) ||
	       (code >= 0x2066 && code <= 0x2069);
}

size_t quote_printable(const char *text)
{
	unsigned code;
	size_t length = decode(text, &code);

	return length && !is_control(code) ? length : 0;
}

size_t quote_utf8(const char *text)
{
	unsigned code;

	return decode(text, &code);
}

bool quote_has_control(const char *text)
{
	while (*text) {
		unsigned code;
		size_t length = decode(text, &code);

		if (length && is_control(code))
			return true;
		text += length ? length : 1;
	}
	return false;
}

static char *add(char *out, const char *end, const char *text, size_t length)
{
	if ((size_t)(end - out) <= length)
		return out;
	memcpy(out, text, length);
	return out + length;
}

/* Append TEXT to what stands between two apostrophes. */
static char *add_quoted(char *out, const char *end, const char *text)
{
	bool is_escaping = false;

	for (size_t length; *text; text += length) {
		char escape[8];

		length = quote_printable(text);
		if (!length != is_escaping)
			out = add(out, end, is_escaping ? "''" : "'$'", is_escaping ? 2 : 3);
		is_escaping = !length;
		if (!length) {
			int n = snprintf(escape, sizeof(escape), "\\%03o", (unsigned char)*text);

			out = add(out, end, escape, (size_t)n);
			length = 1;
		} else if (*text == '\'') {
			out = add(out, end, "'\\''", 4);
		} else {
			out = add(out, end, text, length);
		}
	}
	return is_escaping ? add(out, end, "''", 2) : out;
}

const char *quote(const struct dir *dir, const char *name)
{
	static unsigned turn;
	char *const start = quote_buffers[turn++ % BUFFERS], *const end = start + BUFFER_SIZE - 2;
	char *out = add(start, end, "'", 1);

	if (dir && *name != '/') {
		out = add_quoted(out, end, dir->path);
		if (*name && strcmp(dir->path, "/") != 0)
			out = add(out, end, "/", 1);
	}
	out = add_quoted(out, end, name);
	*out++ = '\'';
	*out = '\0';
	return start;
}

const char *quote_dir(const struct dir *dir)
{
	return quote(dir, "");
}

static bool is_plain(const char *name)
{
	while (isalnum((unsigned char)*name) || (*name && strchr("%+,-./:=@_~", *name)))
		name++;
	return !*name;
}

const char *quote_word(const char *name)
{
	return *name && *name != '~' && is_plain(name) ? name : quote(NULL, name);
}
