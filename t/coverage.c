/* SPDX-License-Identifier: MIT */
/*
 * Counts of gcov that live in a file: linked into the program by t/coverage, which puts all counters
 * between counts_start and counts_end.  The file COUNTS is mapped there, so that nothing is left to
 * do at the end of a run, and one that was killed counts as well; several at once may count
 * too little, but never nothing.  Only with COVERAGE_DUMP in the environment does gcov write at exit.
 */

#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

extern char counts_start[], counts_end[];
void __real___gcov_exit(void);
void __wrap___gcov_exit(void);

__attribute__((constructor)) static void share_counts(void)
{
	int fd = open(COUNTS, O_RDWR);

	if (fd < 0) /* out of this run's sight */
		return;
	(void)mmap(counts_start, (size_t)(counts_end - counts_start), PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_FIXED, fd, 0);
	close(fd);
}

/* Every object of the program calls this in the end. */
void __wrap___gcov_exit(void)
{
	if (getenv("COVERAGE_DUMP"))
		__real___gcov_exit();
}
