/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/freed.h"

#include <stdio.h>
#include <sys/statvfs.h>
#include <time.h>

#include "subcmd/base/clock.h"
#include "subcmd/base/durable.h"
#include "subcmd/base/json.h"
#include "subcmd/base/msg.h"

static int64_t find_free(const struct dir *dir)
{
	struct statvfs fs;

	return fstatvfs(dir->fd, &fs) < 0 ? -1 : (int64_t)(fs.f_bfree * fs.f_frsize);
}

void freed_begin(const struct dir *dir, struct freed *ret_freed)
{
	ret_freed->before = -1;
	msg_errors_are_warnings(true);
	if (dir_open(dir, ".", DIR_MUST_EXIST, &ret_freed->dir) == DONE)
		ret_freed->before = find_free(dir);
	msg_errors_are_warnings(false);
}

void freed_end(struct freed *freed)
{
	dir_close(&freed->dir);
}

int64_t freed_wait(const struct freed *freed, const struct exclusive *expected)
{
	const int64_t enough = expected->bytes - expected->bytes / 100 - 65536;
	const double end = clock_now() + (expected->is_at_most ? 1 : 10);
	struct timespec pause = {.tv_nsec = 5000000};
	int64_t bytes;

	if (expected->bytes <= 0 || freed->before < 0)
		return expected->bytes ? -1 : 0;
	for (;;) {
		int64_t now;

		durable_settle(&freed->dir);
		now = find_free(&freed->dir);
		if (now < 0)
			return -1;
		bytes = now - freed->before;
		if (bytes >= enough)
			return expected->bytes;
		if (clock_now() >= end)
			break;
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < 300000000)
			pause.tv_nsec *= 2;
	}
	if (!expected->is_at_most)
		msg_note("not all of %lld bytes are free: somebody has them open, or used them",
			 (long long)expected->bytes);
	return bytes < 0 ? 0 : bytes;
}

void freed_print(int64_t bytes, bool is_at_most)
{
	if (bytes >= 0)
		printf("%s %s%lld bytes of data\n", msg_is_dry_run() ? "would free" : "freed",
		       msg_is_dry_run() && is_at_most ? "at most " : "", (long long)bytes);
}

void freed_json(int64_t bytes, bool is_at_most)
{
	json_size("freed", bytes);
	if (msg_is_dry_run())
		json_bool("at_most", is_at_most);
}
