/* SPDX-License-Identifier: MIT */
#ifndef BASE_QUOTE_H
#define BASE_QUOTE_H

/*
 * File names in messages, quoted so that a shell takes them back: 'plain name', 'it'\''s', and
 * 'a'$'\n''b' for what must never reach a log or a terminal raw: control characters (the C1 set
 * in UTF-8 too) and bytes that aren't UTF-8.
 *
 * The results live in four static buffers used in turn: good for one message, not for keeping.
 */

#include <stdbool.h>
#include <stddef.h>

struct dir;

/* NAME in the directory DIR, as a complete path; just NAME if DIR is NULL or NAME begins with /. */
const char *quote(const struct dir *dir, const char *name);

/* The directory itself. */
const char *quote_dir(const struct dir *dir);

/* NAME as it is if a shell would leave it as it is, else quoted: for tables. */
const char *quote_word(const char *name);

/* Length in bytes (1 to 4) of the valid UTF-8 character at TEXT that is safe to show; 0 if there
 * is none: a control character, or no UTF-8.  TEXT ends with a NUL. */
size_t quote_printable(const char *text);

/* Length in bytes of the valid UTF-8 character at TEXT, safe or not; 0 if it isn't UTF-8. */
size_t quote_utf8(const char *text);

/* Does TEXT contain a control character (bytes that aren't UTF-8 don't count)? */
bool quote_has_control(const char *text);

#endif
