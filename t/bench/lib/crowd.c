/* SPDX-License-Identifier: MIT */
/*
 * crowd JOBS COUNT COMMAND [ARGUMENT]...: run it COUNT times, JOBS at a time, its output thrown
 * away, each "{}" in its arguments a number from 0 up, and print the nanoseconds that took.
 *
 * For xargs -P forks itself for each process, which takes longer than many a transition.
 */

#define _GNU_SOURCE
#include <fcntl.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

enum { WORDS = 16, LENGTH = 256 };

extern char **environ;

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

static bool spawn(char **words, int number, const posix_spawn_file_actions_t *actions)
{
	static char text[WORDS][LENGTH];
	char *argv[WORDS + 1] = {NULL};
	pid_t pid;

	for (int i = 0; words[i]; i++) {
		char *mark = strstr(words[i], "{}");

		if (i == WORDS)
			return false;
		argv[i] = words[i];
		if (!mark)
			continue;
		argv[i] = text[i];
		snprintf(text[i], LENGTH, "%.*s%d%s", (int)(mark - words[i]), words[i], number,
			 mark + 2);
	}
	return posix_spawn(&pid, argv[0], actions, NULL, argv, environ) == 0;
}

static bool reap(void)
{
	int status;

	return wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

int main(int argc, char **argv)
{
	posix_spawn_file_actions_t actions;
	int jobs, count, running = 0;
	bool is_good = true;
	long long begun;

	if (argc < 4)
		return 2;
	jobs = atoi(argv[1]);
	count = atoi(argv[2]);
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	begun = now();
	for (int i = 0; i < count && is_good; i++, running++) {
		if (running == jobs) {
			is_good = reap();
			running--;
		}
		is_good = spawn(argv + 3, i, &actions) && is_good;
	}
	while (running--)
		is_good = reap() && is_good;
	printf("%lld\n", now() - begun);
	return is_good ? 0 : 1;
}
