/* SPDX-License-Identifier: MIT */
#ifndef BASE_JSON_H
#define BASE_JSON_H

/*
 * One JSON value (RFC 8259) on stdout, written as it is told:
 *
 *	json_object(NULL); json_string("path", path); json_array("list"); json_end(); json_end();
 *
 * KEY is the member's name inside an object, NULL elsewhere.  A file name is bytes, JSON is
 * Unicode: a byte that isn't UTF-8 becomes the lone surrogate \udc80 to \udcff, as in Python's
 * "surrogateescape", so os.fsencode() of the parsed string gives the bytes back.
 * After the outermost value comes a newline.  Write errors show up when stdout is closed.
 */

#include <stdbool.h>
#include <stdint.h>

void json_object(const char *key);
void json_array(const char *key);
void json_end(void);

void json_string(const char *key, const char *value); /* a null pointer is null */
void json_integer(const char *key, int64_t value);    /* all digits, beyond 2^53 too */
void json_unsigned(const char *key, uint64_t value);
void json_size(const char *key, int64_t value); /* negative, that is unknown: null */
void json_bool(const char *key, bool value);

#endif
