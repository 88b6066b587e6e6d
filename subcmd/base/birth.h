/* SPDX-License-Identifier: MIT */
#ifndef BASE_BIRTH_H
#define BASE_BIRTH_H

/* What stat(2) doesn't tell, the birth time above all: statx(2), for which musl has no function. */

#include <stdbool.h>
#include <sys/stat.h>

/* Examine NAME in DIRFD, without following a link; or DIRFD itself if NAME is "".  RET_BORN is all
 * zeros where there is no birth time to be had: before Linux 4.11, and on file systems that keep
 * none.  FUSE is asked anew, instead of its memory of a second, in which a link that is gone still
 * counts; so are shares, as far as their own memory isn't guarded by a lease.  -1 and errno upon
 * failure; reports nothing. */
int birth_stat(int dirfd, const char *name, struct stat *ret_st, struct timespec *ret_born);

/* Is NAME in DIRFD immutable or append-only (chattr +i, +a), so that not even root can remove or
 * replace it?  false where the file system doesn't say. */
bool birth_is_fixed(int dirfd, const char *name);

#endif
