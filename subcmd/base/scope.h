/* SPDX-License-Identifier: MIT */
#ifndef BASE_SCOPE_H
#define BASE_SCOPE_H

/*
 * Attributes that release a local variable when its scope ends.  errno survives them.
 *
 *	_cleanup_free_ char *copy = strdup(name);
 *	_cleanup_close_ int fd = open(...);          (-1: nothing to close)
 */

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

static inline void cleanup_free(void *pointer)
{
	int saved = errno;

	free(*(void **)pointer);
	errno = saved;
}

static inline void cleanup_close(const int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		(void)close(*fd);
	errno = saved;
}

static inline void cleanup_closedir(DIR **stream)
{
	int saved = errno;

	if (*stream)
		(void)closedir(*stream);
	errno = saved;
}

#define _cleanup_(function) __attribute__((cleanup(function)))
#define _cleanup_free_ _cleanup_(cleanup_free)
#define _cleanup_close_ _cleanup_(cleanup_close)
#define _cleanup_closedir_ _cleanup_(cleanup_closedir)

#endif
