/* SPDX-License-Identifier: MIT */
/*
 * spawn COMMAND [ARGUMENT]...: run it, output thrown away, and print the nanoseconds from spawn to
 * exit, the peak of its memory in KiB, the number of its page faults, and its exit code.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	struct rusage usage;
	long long begun;
	int status;
	pid_t pid;

	if (argc < 2)
		return 2;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	begun = now();
	if (posix_spawnp(&pid, argv[1], &actions, NULL, argv + 1, environ) != 0 ||
	    wait4(pid, &status, 0, &usage) != pid)
		return 1;
	printf("%lld %ld %ld %d\n", now() - begun, usage.ru_maxrss, usage.ru_minflt,
	       WIFEXITED(status) ? WEXITSTATUS(status) : 128);
	return 0;
}
