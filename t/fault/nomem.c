/* SPDX-License-Identifier: MIT */
/*
 * Memory that runs out: linked into the program with --wrap of main, malloc, calloc and
 * realloc.
 * With NOMEM=7 in the environment the seventh allocation fails, with NOMEM=7- every one after it
 * too; descriptor 3 gets a line as inject.c writes it.  (Failing brk and mmap doesn't show
 * much: most allocations fit into the page that is there.)
 */

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int __real_main(int argc, char **argv, char **environment);
int __wrap_main(int argc, char **argv, char **environment);
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *old, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *old, size_t size);

static bool has_begun; /* libc's own start is over, which can't do without memory */

int __wrap_main(int argc, char **argv, char **environment)
{
	static char buffer[4096];

	setvbuf(stdout, buffer, _IOFBF, sizeof(buffer)); /* glibc tries malloc, and does without */
	has_begun = true;
	return __real_main(argc, argv, environment);
}

static bool fails(void)
{
	static const char said[] = "malloc 0 0 0 -12\n";
	static long count;
	const char *order = getenv("NOMEM");
	long n = order ? atol(order) : 0;

	count += has_begun;
	if (n == 0 || count == 0 || count < n || (count > n && !strchr(order, '-')))
		return false;
	if (count == n)
		(void)!write(3, said, sizeof(said) - 1);
	errno = ENOMEM;
	return true;
}

void *__wrap_malloc(size_t size)
{
	return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
	return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return fails() ? NULL : __real_realloc(old, size);
}
