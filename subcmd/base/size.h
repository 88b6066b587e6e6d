/* SPDX-License-Identifier: MIT */
#ifndef BASE_SIZE_H
#define BASE_SIZE_H

/* Sizes as people write and read them; inside the program they are bytes in an int64_t. */

#include <stdbool.h>
#include <stdint.h>

/* "4096", "10G", "1.5 GiB": digits, perhaps a fraction, perhaps one of K M G T P E with or without
 * "iB", in either case, 1024-based.  False if TEXT is anything else (a sign, a decimal "GB", more
 * than INT64_MAX, a fraction that isn't whole bytes). */
bool size_parse(const char *text, int64_t *ret_bytes);

enum { SIZE_HUMAN = 16 };

/* "0 B", "999 B", "1.5 KiB", "27.0 GiB": rounded to three digits or four. */
void size_human(int64_t bytes, char ret_text[static SIZE_HUMAN]);

#endif
