/* SPDX-License-Identifier: MIT */
/*
 * The limit: each transition as nothing but the system calls without which its promise can't be
 * kept.  No look at what is there, no messages, no second thoughts: names come from the caller.
 *
 *	limit STEP VM-DIRECTORY [NAME]...
 *
 * Prints the nanoseconds from the first of these calls to the last; what it costs to spawn a
 * process for it, the caller sees.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define FICLONE _IOW(0x94, 9, int)
#define LOOP_GET_STATUS64 0x4c05

static int dir;
static char **name; /* argv from the first NAME on */

static long must(long result)
{
	if (result < 0) {
		perror("limit");
		exit(1);
	}
	return result;
}

static void sync_file(const char *file)
{
	int fd = (int)must(openat(dir, file, O_RDONLY | O_CLOEXEC));

	must(fsync(fd));
	close(fd);
}

/* A new file with the content of SOURCE (NULL: none) called TARGET; SIZE -1: SOURCE's. */
static void make(const char *source, const char *target, long long size, int replaces, int is_dated)
{
	int from = source ? (int)must(openat(dir, source, O_RDONLY | O_CLOEXEC)) : -1;
	int to = (int)must(openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	struct stat st;

	if (source)
		must(ioctl(to, FICLONE, from));
	if (size >= 0)
		must(ftruncate(to, size));
	if (is_dated) {
		must(fstat(from, &st));
		must(futimens(to, (struct timespec[]){st.st_atim, st.st_mtim}));
	}
	must(fsync(to));
	must(linkat(to, "", dir, replaces ? "new~" : target, AT_EMPTY_PATH));
	if (replaces)
		must(renameat(dir, "new~", dir, target));
}

/* dirty, clean, new revision, old revision */
static void commit(void)
{
	sync_file(name[0]);
	must(linkat(dir, name[1], dir, name[2], 0));
	must(renameat(dir, name[0], dir, name[1]));
	must(fsync(dir));
	must(unlinkat(dir, name[3], 0));
}

/* An image that a loop device holds is not to be removed. */
static void look_at_loop_devices(void)
{
	DIR *dev = opendir("/dev");
	const struct dirent *entry;
	char status[512]; /* more than struct loop_info64, and linux/loop.h isn't everywhere */

	while (dev && (entry = readdir(dev))) {
		int fd = -1;

		if (strncmp(entry->d_name, "loop", 4) == 0 && entry->d_name[4] != '-')
			fd = openat(dirfd(dev), entry->d_name, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		if (fd >= 0) {
			(void)ioctl(fd, LOOP_GET_STATUS64, status);
			close(fd);
		}
	}
	if (dev)
		closedir(dev);
}

static void run(const char *step)
{
	if (strcmp(step, "create") == 0) {
		make(NULL, name[0], atoll(name[1]), 0, 0);
	} else if (strcmp(step, "start-precached") == 0) {
		must(renameat(dir, name[0], dir, name[1]));
	} else if (strcmp(step, "start") == 0) {
		make(name[0], name[1], -1, 0, 0);
	} else if (strcmp(step, "snapshot") == 0) {
		must(linkat(AT_FDCWD, name[0], dir, name[1], 0));
		make(name[1], name[2], -1, 0, 0);
	} else if (strcmp(step, "stop-no-precache") == 0) {
		commit();
	} else if (strcmp(step, "stop") == 0) {
		commit();
		make(name[1], name[4], -1, 0, 1);
	} else if (strcmp(step, "revert") == 0) { /* revision, clean, new revision */
		sync_file(name[0]);
		must(linkat(dir, name[1], dir, name[2], 0));
		must(renameat(dir, name[0], dir, name[1]));
	} else if (strcmp(step, "resize") == 0) {
		/* Held, so that its space is freed when the new size is durable. */
		must(openat(dir, name[0], O_PATH | O_CLOEXEC));
		make(name[0], name[0], atoll(name[1]), 1, 0);
	} else if (strcmp(step, "remove") == 0) {
		look_at_loop_devices();
		for (; *name; name++)
			must(unlinkat(dir, *name, 0));
	} else {
		exit(2);
	}
	must(fsync(dir));
}

/* The directory is empty and goes too. */
static void remove_directory(const char *path)
{
	int above = (int)must(openat(dir, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC));

	must(rmdir(path));
	must(fsync(above));
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(int argc, char **argv)
{
	long long begun = now();

	if (argc < 3)
		return 2;
	name = argv + 3;
	dir = (int)must(open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	must(flock(dir, LOCK_EX | LOCK_NB));
	run(argv[1]);
	if (strcmp(argv[1], "remove") == 0)
		remove_directory(argv[2]);
	fprintf(stderr, "%lld\n", now() - begun);
	return 0;
}
