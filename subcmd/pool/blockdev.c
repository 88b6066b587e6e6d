/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/blockdev.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

enum { LAYERS = 16 }; /* at most, so that a strange tree doesn't keep us for ever */

static int open_dir(int at, const char *path)
{
	return openat(at, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* Is DEVICE (its directory in sysfs) the device-mapper device NAME? */
static bool is_called(int device, const char *name)
{
	_cleanup_close_ int fd = openat(device, "dm/name", O_RDONLY | O_CLOEXEC);
	char text[256]; /* DM_NAME_LEN is 128 */
	ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (length <= 0)
		return false;
	text[length] = '\0';
	text[strcspn(text, "\n")] = '\0';
	return strcmp(text, name) == 0;
}

static int depth_of(int device, const char *name, int layers);

/* The least depth (or, if it must be ALL of them, the greatest) at which the devices listed in
 * LIST are on NAME; -1: not so. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static int depth_of_listed(int list, const char *name, int layers, bool all)
{
	_cleanup_closedir_ DIR *stream = list < 0 ? NULL : fdopendir(list);
	const struct dirent *entry;
	int found = -1;

	if (!stream)
		cleanup_close(&list);
	while (stream && (entry = readdir(stream))) {
		_cleanup_close_ int device = -1;
		int depth;

		if (*entry->d_name == '.')
			continue;
		device = open_dir(dirfd(stream), entry->d_name);
		depth = device < 0 ? -1 : depth_of(device, name, layers);
		if (all && depth < 0)
			return -1;
		if (depth >= 0 && (found < 0 || (all ? depth > found : depth < found)))
			found = depth;
	}
	return found;
}

/* How many layers beneath DEVICE is NAME?  -1: it isn't. */
/* NOLINTNEXTLINE(misc-no-recursion): LAYERS bounds it */
static int depth_of(int device, const char *name, int layers)
{
	_cleanup_close_ int whole = -1;
	int depth;

	if (is_called(device, name))
		return 0;
	if (layers == 0)
		return -1;
	depth = depth_of_listed(open_dir(device, "slaves"), name, layers - 1, false);
	if (depth < 0 && faccessat(device, "partition", F_OK, 0) == 0) {
		whole = open_dir(device, "..");
		depth = whole < 0 ? -1 : depth_of(whole, name, layers - 1);
	}
	return depth < 0 ? -1 : depth + 1;
}

/* btrfs has devices of its own, which stat(2) doesn't tell. */
static int depth_of_btrfs(int sysfs, const unsigned char *id, const char *name)
{
	char path[80];
	int n = snprintf(path, sizeof(path), "fs/btrfs/");

	for (int i = 0; i < KERNEL_FSID; i++)
		n += sprintf(path + n, "%s%02x", i == 4 || i == 6 || i == 8 || i == 10 ? "-" : "",
			     id[i]);
	strcpy(path + n, "/devices");
	return depth_of_listed(open_dir(sysfs, path), name, LAYERS, true);
}

enum status blockdev_is_on(const struct dir *dir, const char *name, int *ret_depth)
{
	const char *const given = getenv("REFLINKCTL_SYSFS");
	const char *const root = given && *given ? given : "/sys";
	_cleanup_close_ int sysfs = open_dir(AT_FDCWD, root);
	unsigned char id[KERNEL_FSID];
	struct stat st;
	char path[64];

	*ret_depth = -1;
	if (sysfs < 0)
		msg_warn("cannot look for block devices in %s: %s", quote(NULL, root),
			 strerror(errno));
	if (sysfs < 0 || fstat(dir->fd, &st) < 0)
		return NO;
	if (kernel_btrfs_id(dir->fd, id) == 0) {
		*ret_depth = depth_of_btrfs(sysfs, id, name);
	} else {
		_cleanup_close_ int device = -1;

		snprintf(path, sizeof(path), "dev/block/%u:%u", major(st.st_dev), minor(st.st_dev));
		device = open_dir(sysfs, path);
		if (device >= 0)
			*ret_depth = depth_of(device, name, LAYERS);
	}
	return *ret_depth < 0 ? NO : DONE;
}

/* Append LENGTH bytes of TEXT, hyphens doubled. */
static char *add_escaped(char *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++) {
		if (text[i] == '-')
			*out++ = '-';
		*out++ = text[i];
	}
	return out;
}

char *blockdev_thin_pool(const char *vg, size_t vg_length, const char *pool)
{
	char *name = malloc(2 * (vg_length + strlen(pool)) + sizeof("--tpool")), *out = name;

	if (!name) {
		msg_errno(FAILED, "cannot name a thin pool");
		return NULL;
	}
	out = add_escaped(out, vg, vg_length);
	*out++ = '-';
	out = add_escaped(out, pool, strlen(pool));
	strcpy(out, "-tpool");
	return name;
}
