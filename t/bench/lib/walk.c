/* SPDX-License-Identifier: MIT */
/*
 * walk DIRECTORY: the least that can be done to see a tree: readdir all, and stat what is no
 * directory.  Prints their number and blocks.
 */

#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

static unsigned long long files, blocks;

static void walk(int at, const char *name)
{
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	const struct dirent *entry;
	struct stat st;

	while (dir && (entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (entry->d_type == DT_DIR)
			walk(fd, entry->d_name);
		else if (fstatat(fd, entry->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0)
			files++, blocks += (unsigned long long)st.st_blocks;
	}
	if (dir)
		closedir(dir);
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	walk(AT_FDCWD, argv[1]);
	printf("%llu %llu\n", files, blocks);
	return 0;
}
