/* SPDX-License-Identifier: MIT */
#ifndef BASE_TEMPNAME_H
#define BASE_TEMPNAME_H

/*
 * Names of files on their way to another name: NAME~XXXXXXXX, eight letters, digits or
 * underscores, one of them no digit: NAME~20261127 is what a person called by its date.  The Python
 * driver's tempfiles (tempfile.NamedTemporaryFile) have the same form.
 */

#include <limits.h>
#include <stddef.h>

enum { TEMPNAME_EXTRA = 9 }; /* bytes that a tempname is longer than its NAME */

/* A new random tempname for NAME, which is at most NAME_MAX - TEMPNAME_EXTRA bytes long. */
void tempname_make(const char *name, char ret_temp[static NAME_MAX + 1]);

/* How long is the NAME that ENTRY is a tempname of?  0 if ENTRY isn't a tempname. */
size_t tempname_target(const char *entry);

#endif
