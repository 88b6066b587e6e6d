/* SPDX-License-Identifier: MIT */
#ifndef BASE_BIRTH_H
#define BASE_BIRTH_H

/* stat(2) with the birth time: statx(2), for which musl has no function. */

#include <sys/stat.h>

/* Examine NAME in DIRFD, without following a link; or DIRFD itself if NAME is "".  RET_BORN is all
 * zeros where there is no birth time to be had: before Linux 4.11, and on file systems that keep
 * none.  -1 and errno upon failure; reports nothing. */
int birth_stat(int dirfd, const char *name, struct stat *ret_st, struct timespec *ret_born);

#endif
