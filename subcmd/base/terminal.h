/* SPDX-License-Identifier: MIT */
#ifndef BASE_TERMINAL_H
#define BASE_TERMINAL_H

/*
 * What stdout can show, if it is a terminal.
 */

#include <stdbool.h>

/* Its width in columns; -1 if it is none. */
int terminal_columns(void);

/* Is it one with colours?  Not if NO_COLOR is set (https://no-color.org) or TERM is "dumb". */
bool terminal_has_colors(void);

/* Does it show UTF-8, by what the locale is called?  No locale is loaded: LC_ALL, LC_CTYPE and LANG
 * are asked, and the first that isn't empty tells. */
bool terminal_has_utf8(void);

#endif
