/* SPDX-License-Identifier: MIT */
#ifndef BASE_PATH_H
#define BASE_PATH_H

/*
 * Paths as text: nothing is looked for on the disk.  What is returned as char * is on the heap;
 * NULL, after a message, without memory.
 */

/* NAME in the directory DIR; DIR itself if NAME is "".  (An absolute NAME isn't looked for.) */
char *path_join(const char *dir, const char *name);

/* The directory PATH in BASE (NULL: the current directory), as an absolute path without "."
 * components and doubled slashes; ".." stays, since only the kernel knows what it means behind a
 * symbolic link. */
char *path_complete(const char *base, const char *path);

/* The directory that PATH is in: "a" of "a/b", "/" of "/a", "." of "a". */
char *path_above(const char *path);

/* What PATH is called in it: "b". */
const char *path_name(const char *path);

/* What of PATH is beneath DIR, without a slash in front: "" for DIR itself, NULL if nothing is.
 * Both are complete.  "/" is above everything. */
const char *path_beneath(const char *dir, const char *path);

#endif
