/* SPDX-License-Identifier: MIT */
#include "subcmd/base/pending.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <string.h>

#include "subcmd/base/durable.h"

enum { ROOM = 4 };

static const int signals[] = {SIGTERM, SIGINT, SIGHUP};
enum { SIGNALS = sizeof(signals) / sizeof(*signals) };

/* What a handler reads: IS_SET is written last, and cleared first. */
static struct {
	volatile sig_atomic_t is_set;
	int dirfd;
	char temp[NAME_MAX + 1];
} files[ROOM];

/* The signal is blocked until this returns, and has its default action then: SA_RESETHAND. */
static void drop_all(int number)
{
	for (int i = 0; i < ROOM; i++)
		if (files[i].is_set)
			durable_drop(&(struct dir){.fd = files[i].dirfd}, files[i].temp);
	(void)raise(number);
}

static void install_handlers(void)
{
	const struct sigaction ours = {.sa_handler = drop_all, .sa_flags = SA_RESETHAND};
	static bool is_done;
	struct sigaction old;

	for (int i = 0; i < SIGNALS && !is_done; i++)
		if (sigaction(signals[i], NULL, &old) == 0 && old.sa_handler != SIG_IGN)
			(void)sigaction(signals[i], &ours, NULL);
	is_done = true;
}

static void remember(const struct dir *dir, const char *temp)
{
	for (int i = 0; i < ROOM; i++) {
		if (files[i].is_set)
			continue;
		files[i].dirfd = dir->fd;
		strcpy(files[i].temp, temp);
		files[i].is_set = 1;
		return;
	}
}

int pending_create(const struct dir *dir, const char *temp, mode_t mode)
{
	enum { FLAGS = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC };
	sigset_t ours, old;
	int fd;

	install_handlers();
	sigemptyset(&ours);
	for (int i = 0; i < SIGNALS; i++)
		sigaddset(&ours, signals[i]);
	sigprocmask(SIG_BLOCK, &ours, &old);
	fd = openat(dir->fd, temp, FLAGS, mode);
	if (fd >= 0)
		remember(dir, temp);
	sigprocmask(SIG_SETMASK, &old, NULL);
	return fd;
}

void pending_forget(const struct dir *dir, const char *temp)
{
	for (int i = 0; i < ROOM; i++)
		if (files[i].is_set && files[i].dirfd == dir->fd &&
		    strcmp(files[i].temp, temp) == 0)
			files[i].is_set = 0;
}
