// SPDX-License-Identifier: MIT
// What the kernel answers: trees of extents, and the text files of sysfs.
#include "t/fuzz/fuzz.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "subcmd/pool/blockdev.h"
#include "subcmd/image/map.h"

#define MAP_END (INT64_MAX - 4096)

int fuzz_ioctl(int fd, unsigned long request, ...);

static const uint8_t *answer; /* what is left of the input */
static size_t answer_size;

/* All that the answer may fill, from *INTO on. */
static void fill(void *into, size_t size)
{
	size_t n = size < answer_size ? size : answer_size;

	memset(into, 0, size);
	memcpy(into, answer, n);
	answer += n;
	answer_size -= n;
}

/* linux/fiemap.h and linux/btrfs.h: where in the argument the answer stands. */
enum {
	FIEMAP_MAPPED = 20, FIEMAP_ROOM = 24, FIEMAP_EXTENTS = 32, FIEMAP_EXTENT = 56,
	SEARCH_ITEMS = 64, SEARCH_SIZE = 104, SEARCH_BUFFER = 112,
};

/* The kernel keeps to the room that it is given, and to nothing else that could be a comfort. */
int fuzz_ioctl(int fd, unsigned long request, ...)
{
	const bool is_fiemap = (request & 0xff) == 11;
	unsigned char *argument;
	uint32_t count = 0, room;
	uint64_t size;
	va_list args;

	(void)fd;
	va_start(args, request);
	argument = va_arg(args, void *);
	va_end(args);
	if (!answer) {
		errno = ENOTTY;
		return -1;
	}
	if (answer_size && *answer == 0xff) {
		errno = EIO;
		return -1;
	}
	if (answer_size)
		fill(&count, 2);
	if (is_fiemap) {
		memcpy(&room, argument + FIEMAP_ROOM, sizeof(room));
		count = count < room ? count : room;
		memcpy(argument + FIEMAP_MAPPED, &count, sizeof(count));
		fill(argument + FIEMAP_EXTENTS, (size_t)count * FIEMAP_EXTENT);
	} else {
		memcpy(&size, argument + SEARCH_SIZE, sizeof(size));
		memcpy(argument + SEARCH_ITEMS, &count, sizeof(count));
		fill(argument + SEARCH_BUFFER, count ? (size_t)size : 0);
	}
	return 0;
}

static enum status visit(const struct extent *extent, void *data)
{
	size_t *count = data;

	(void)extent;
	return ++*count < 100000 ? DONE : NO;
}

static enum status see_stretch(int64_t start, int64_t end, void *data)
{
	int64_t *last = data;

	MUST(start >= *last && start < end && end <= MAP_END);
	*last = end;
	return DONE;
}

/* Whatever the disk says of the two files, and of the first one again: it comes to an end, and all
 * that may differ ascends. */
static void compare_maps(const struct file *file, enum extent_type type)
{
	int64_t last = 0;
	enum status status = map_each_difference(file, file, type, MAP_END, see_stretch, &last);

	MUST(status == DONE || status == NO || status == FAILED);
	MUST(fuzz_messages() == (status == FAILED));
}

void fuzz_extent(const uint8_t *data, size_t size)
{
	struct dir dir = {.fd = -1, .path = "/"};
	struct file file = {.fd = -1, .dir = &dir, .name = "a", .st = {.st_ino = 257}};

	for (enum extent_type type = EXTENT_BTRFS; type <= EXTENT_XFS; type++) {
		size_t count = 0;
		enum status status;

		answer = data ? data : (const uint8_t *)"";
		answer_size = size;
		status = extent_each(&file, type, visit, &count);
		MUST(status == DONE || status == FAILED);
		MUST(fuzz_messages() == (status == FAILED));
		MUST(count <= 256 * (size / 2 + 1)); /* each answer took two bytes, or said no more */
		answer = data ? data : (const uint8_t *)"";
		answer_size = size;
		compare_maps(&file, type);
	}
	answer = NULL;
}

enum { DEVICES = 4 };

static void put(int dir, const char *name, const char *text, size_t size)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	MUST(fd >= 0 && write(fd, text, size) == (ssize_t)size && close(fd) == 0);
}

/* A sysfs whose devices are each on the next one, and the last of which may be called what is
 * looked for.  Made once; each input writes its names. */
static const char *sysfs(void)
{
	static char root[] = "/tmp/fuzz-sysfs-XXXXXX";
	static bool is_made;
	char path[256], target[64];
	struct stat st;

	if (is_made)
		return root;
	MUST(mkdtemp(root) && stat("/proc/self", &st) == 0);
	snprintf(path, sizeof(path),
		 "mkdir -p %s/dev/block/%u:%u/slaves; cd %s/dev/block/%u:%u; mkdir -p dm", root,
		 major(st.st_dev), minor(st.st_dev), root, major(st.st_dev), minor(st.st_dev));
	MUST(system(path) == 0);
	for (int i = 0; i < DEVICES; i++) {
		snprintf(path, sizeof(path), "mkdir -p %s/d%d/dm %s/d%d/slaves", root, i, root, i);
		MUST(system(path) == 0);
		snprintf(target, sizeof(target), "%s/d%d", root, i);
		if (i == 0)
			snprintf(path, sizeof(path), "%s/dev/block/%u:%u/slaves/d0", root,
				 major(st.st_dev), minor(st.st_dev));
		else
			snprintf(path, sizeof(path), "%s/d%d/slaves/d%d", root, i - 1, i);
		MUST(symlink(target, path) == 0);
	}
	is_made = true;
	return root;
}

/* Lines are the names of devices; what is looked for is the thin pool VG/POOL of the first. */
void fuzz_sysfs(const char *text, size_t length)
{
	const char *root = sysfs(), *line = text, *slash = strchr(text, '/');
	struct dir dir = {.fd = open("/proc/self", O_RDONLY | O_DIRECTORY), .path = "/proc/self"};
	size_t first = strcspn(text, "\n");
	char *pool, *name, path[256];
	int depth = -2, expected = -1;
	enum status status;

	slash = slash && slash < text + first ? slash : text + first;
	pool = strndup(slash + (*slash == '/'), (size_t)(text + first - slash) - (*slash == '/'));
	name = blockdev_thin_pool(text, (size_t)(slash - text), pool);
	for (int i = 0; i < DEVICES; i++) {
		size_t end;

		line += strcspn(line, "\n");
		line += *line == '\n';
		end = strcspn(line, "\n");
		snprintf(path, sizeof(path), "%s/d%d/dm/name", root, i);
		put(AT_FDCWD, path, line, (size_t)(text + length - line));
		if (expected < 0 && end && end < 255 && strlen(name) == end &&
		    strncmp(line, name, end) == 0)
			expected = i + 1;
	}
	MUST(setenv("REFLINKCTL_SYSFS", root, 1) == 0);
	status = blockdev_is_on(&dir, name, &depth);
	MUST(status == (expected < 0 ? NO : DONE) && depth == expected);
	free(name);
	free(pool);
	close(dir.fd);
}
