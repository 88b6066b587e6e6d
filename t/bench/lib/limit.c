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
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <time.h>
#include <unistd.h>

#define FICLONE _IOW(0x94, 9, int)

enum {
	REPLACES = 1, /* what has the name already */
	COPIES = 2,   /* with the time and a mark of the source */
	CHECKS = 4,   /* that nobody writes to the source, and that it has lost nothing */
};

static const char of[] = "user.reflinkctl.of", lost[] = "user.reflinkctl.lost";

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

static int open_file(const char *file)
{
	return (int)must(openat(dir, file, O_RDONLY | O_CLOEXEC));
}

/* Does anybody write to the file? */
static void ask(int fd)
{
	must(fcntl(fd, F_SETLEASE, F_RDLCK));
	must(fcntl(fd, F_SETLEASE, F_UNLCK));
}

static void ask_name(const char *file)
{
	int fd = open_file(file);

	must(fcntl(fd, F_SETLEASE, F_RDLCK)); /* which ends with the descriptor */
	close(fd);
}

/* Were writes lost? */
static void look_for_loss(int fd)
{
	char value[8];

	(void)fgetxattr(fd, lost, value, sizeof(value));
}

/* Flush what is to become the clean image, unless it has lost something; nobody writes to it. */
static void sync_file(const char *file)
{
	int fd = open_file(file);

	look_for_loss(fd);
	must(fsync(fd));
	ask(fd);
	close(fd);
}

/* A new file with the content of SOURCE (NULL: none) called TARGET; SIZE -1: SOURCE's. */
static void make(const char *source, const char *target, long long size, unsigned flags)
{
	int from = source ? open_file(source) : -1;
	int to = (int)must(openat(dir, ".", O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
	const char mark[] = "1 257 1514862245.123456789 1514862200.987654321 1073741824";
	struct stat st;

	if (flags & CHECKS) {
		ask(from);
		look_for_loss(from);
	}
	if (flags & COPIES)
		must(fsetxattr(to, of, mark, sizeof(mark) - 1, 0));
	if (source)
		must(ioctl(to, FICLONE, from));
	if (size >= 0)
		must(ftruncate(to, size));
	if (flags & COPIES) {
		must(fstat(from, &st));
		must(futimens(to, (struct timespec[]){st.st_atim, st.st_mtim}));
	}
	must(fsync(to));
	must(linkat(to, "", dir, flags & REPLACES ? "new~" : target, AT_EMPTY_PATH));
	if (flags & REPLACES)
		must(renameat(dir, "new~", dir, target));
}

/* dirty, clean, new revision, old revision */
static void commit(void)
{
	sync_file(name[0]);
	ask_name(name[1]);
	must(linkat(dir, name[1], dir, name[2], 0));
	must(renameat(dir, name[0], dir, name[1]));
	must(fsync(dir));
	must(unlinkat(dir, name[3], 0));
}

/* Of which image is the precache a copy? */
static void look_at_precache(const char *precache)
{
	char mark[128];
	int fd = open_file(precache);

	must(fgetxattr(fd, of, mark, sizeof(mark)));
	close(fd);
}

static void run(const char *step)
{
	if (strcmp(step, "create") == 0) {
		make(NULL, name[0], atoll(name[1]), 0);
	} else if (strcmp(step, "start-precached") == 0) {
		ask_name(name[2]);
		look_at_precache(name[0]);
		must(renameat(dir, name[0], dir, name[1]));
	} else if (strcmp(step, "start") == 0) {
		make(name[0], name[1], -1, CHECKS);
	} else if (strcmp(step, "snapshot") == 0) {
		must(linkat(AT_FDCWD, name[0], dir, name[1], 0));
		make(name[1], name[2], -1, CHECKS);
	} else if (strcmp(step, "snapshot-precached") == 0) {
		ask_name(name[0]);
		must(linkat(AT_FDCWD, name[0], dir, name[1], 0));
		look_at_precache(name[2]);
		must(renameat(dir, name[2], dir, name[3]));
	} else if (strcmp(step, "stop-no-precache") == 0) {
		commit();
	} else if (strcmp(step, "stop") == 0) {
		commit();
		make(name[1], name[4], -1, COPIES);
	} else if (strcmp(step, "revert") == 0) { /* revision, clean, new revision */
		sync_file(name[0]);
		ask_name(name[1]);
		must(linkat(dir, name[1], dir, name[2], 0));
		must(renameat(dir, name[0], dir, name[1]));
	} else if (strcmp(step, "discard") == 0) {
		ask_name(name[0]);
		must(unlinkat(dir, name[0], 0));
	} else if (strcmp(step, "resize") == 0) {
		/* Held, so that its space is freed when the new size is durable. */
		must(openat(dir, name[0], O_PATH | O_CLOEXEC));
		make(name[0], name[0], atoll(name[1]), REPLACES);
	} else if (strcmp(step, "remove") == 0) {
		for (char **image = name; *image; image++)
			ask_name(*image);
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
