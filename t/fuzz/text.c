// SPDX-License-Identifier: MIT
// What names become in messages and in JSON, and back.
#include "t/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/dir.h"
#include "subcmd/base/json.h"
#include "subcmd/base/quote.h"

/* Nothing that moves a cursor or ends a line: C0, DEL, C1 as UTF-8, and the line and paragraph
 * separators and overrides of direction (E2 80 A8 to AE, E2 81 A6 to A9). */
static void check_harmless(const char *text)
{
	for (const unsigned char *c = (const unsigned char *)text; *c; c++) {
		MUST(*c >= 0x20 && *c != 0x7f);
		MUST(!(*c == 0xc2 && c[1] < 0xa0));
		MUST(!(*c == 0xe2 && c[1] == 0x80 && c[2] >= 0xa8 && c[2] <= 0xae));
		MUST(!(*c == 0xe2 && c[1] == 0x81 && c[2] >= 0xa6 && c[2] <= 0xa9));
	}
}

/* What a shell makes of QUOTED: apostrophes, \' between them, and $'\123'. */
static void unquote(const char *in, char *out)
{
	bool is_inside = false, has_escapes = false;

	for (; *in; in++) {
		if (*in == '\'') {
			is_inside = !is_inside;
			has_escapes = has_escapes && is_inside;
		} else if (!is_inside && *in == '$') {
			MUST(in[1] == '\'');
			has_escapes = true;
		} else if (!is_inside) {
			MUST(*in == '\\' && in[1] == '\'');
			*out++ = *++in;
		} else if (has_escapes) {
			MUST(*in == '\\' && strspn(in + 1, "01234567") >= 3 && in[1] < '4');
			*out++ = (char)((in[1] - '0') * 64 + (in[2] - '0') * 8 + in[3] - '0');
			in += 3;
		} else {
			*out++ = *in;
		}
	}
	MUST(!is_inside);
	*out = '\0';
}

/* A name and (behind the first "//") the directory that it is in. */
void fuzz_quote(const char *text, size_t length)
{
	const char *slashes = strstr(text, "//");
	char *undone = malloc(2 * length + 8), *expected = malloc(2 * length + 8);
	const char *quoted = quote(NULL, text), *word = quote_word(text);

	check_harmless(quoted);
	unquote(quoted, undone);
	MUST(strcmp(undone, text) == 0);
	fuzz_pair(text, quoted);
	MUST(word == text || strcmp(word, quoted) == 0);
	check_harmless(word);
	if (slashes) {
		struct dir dir = {.fd = -1, .path = strdup(slashes + 1)};
		char *name = strndup(text, (size_t)(slashes - text));
		bool is_alone = *name == '/', is_root = strcmp(dir.path, "/") == 0;

		sprintf(expected, "%s%s%s", is_alone ? "" : dir.path,
			is_alone || is_root || !*name ? "" : "/", name);
		quoted = quote(&dir, name);
		check_harmless(quoted);
		unquote(quoted, undone);
		MUST(strcmp(undone, expected) == 0);
		free(name);
		free(dir.path);
	}
	free(undone);
	free(expected);
}

/* The bytes that JSON stands for; what is raw must be safe to send to anybody. */
static const char *parse_string(const char *in, char *out)
{
	MUST(*in == '"');
	for (in++; *in != '"'; in++) {
		MUST((unsigned char)*in >= 0x20);
		if (*in != '\\') {
			size_t valid = quote_utf8(in);

			MUST(valid);
			memcpy(out, in, valid);
			out += valid;
			in += valid - 1;
		} else if (*++in == 'u') {
			unsigned code;

			MUST(strspn(in + 1, "0123456789abcdef") >= 4);
			MUST(sscanf(in + 1, "%4x", &code) == 1);
			MUST(code < 0x80 || (code >= 0xdc80 && code <= 0xdcff));
			*out++ = (char)(code & 0xff);
			in += 4;
		} else {
			MUST(*in == '"' || *in == '\\');
			*out++ = *in;
		}
	}
	*out = '\0';
	return in + 1;
}

void fuzz_json(const char *text, size_t length)
{
	FILE *before = stdout;
	char *json, *undone = malloc(length + 1);
	const char *in;
	size_t size;

	stdout = open_memstream(&json, &size);
	json_object(NULL);
	json_string(text, text);
	json_end();
	fclose(stdout);
	stdout = before;
	MUST(*json == '{' && size == strlen(json));
	in = parse_string(json + 1, undone);
	MUST(strcmp(undone, text) == 0 && strncmp(in, ": ", 2) == 0);
	in = parse_string(in + 2, undone);
	MUST(strcmp(undone, text) == 0 && strcmp(in, "}\n") == 0);
	json[size - 1] = '\0';
	fuzz_pair(text, json);
	free(json);
	free(undone);
}
