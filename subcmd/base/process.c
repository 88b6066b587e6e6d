/* SPDX-License-Identifier: MIT */
#include "subcmd/base/process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

/* A closed 0, 1 or 2 would be the number of the next file opened, and a message or a result be
 * written into an image.  O_PATH works on any root, and writing to it fails. */
static enum status occupy_standard_descriptors(void)
{
	struct pollfd fds[] = {{.fd = STDIN_FILENO}, {.fd = STDOUT_FILENO}, {.fd = STDERR_FILENO}};

	if (poll(fds, 3, 0) < 0)
		return FAILED;
	for (int i = 0; i < 3; i++)
		if (fds[i].revents & POLLNVAL && open("/", O_PATH | O_CLOEXEC) != fds[i].fd)
			return FAILED;
	return DONE;
}

/* Signals that would end the program in the middle of a transition.  Instead, whoever stops reading
 * (SIGPIPE) makes a write fail, and so does a limit (SIGXFSZ); who wants to write to an image while
 * we ask whether anybody does (use.h) is told to us by SIGIO, and waits for less than a
 * millisecond.  To block them all is one system call. */
static void block_signals(void)
{
	sigset_t signals;

	sigemptyset(&signals);
	sigaddset(&signals, SIGPIPE);
	sigaddset(&signals, SIGXFSZ);
	sigaddset(&signals, SIGIO);
	sigprocmask(SIG_BLOCK, &signals, NULL);
}

void process_allow_files(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0 || limit.rlim_cur == limit.rlim_max)
		return;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

enum status process_begin(void)
{
	const enum status status = occupy_standard_descriptors();

	block_signals();
	return status;
}
