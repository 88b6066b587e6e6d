/* SPDX-License-Identifier: MIT */
#include "subcmd/base/prepared.h"

#include <string.h>
#include <sys/stat.h>
#include <sys/xattr.h>

#include "subcmd/base/kernel.h"

enum { ROOM = 4096 }; /* for names, and for a value: more of either is somebody's doing */

static const char ACCESS[] = "system.posix_acl_access", DEFAULT[] = "system.posix_acl_default";

static bool has_flag(const struct dir *dir, const struct dir *parent)
{
	unsigned flags, above = 0;

	if (kernel_get_flags(dir->fd, &flags) < 0 || !(flags & ~KERNEL_FLAGS_OF_NOBODY))
		return false;
	return kernel_get_flags(parent->fd, &above) < 0 ||
	       (flags & ~above & ~KERNEL_FLAGS_OF_NOBODY);
}

static mode_t mode_of_new(const struct stat *parent)
{
	const mode_t mask = umask(0);

	(void)umask(mask);
	return (0777 & ~mask) | (parent->st_mode & S_ISGID);
}

/* With a default ACL, the mode is what that says; has_attribute() compares it. */
static bool has_owner_or_mode(const struct dir *dir, const struct dir *parent)
{
	struct stat here, above;
	mode_t mode;

	if (fstat(dir->fd, &here) < 0 || fstat(parent->fd, &above) < 0)
		return false;
	mode = here.st_mode & 07777;
	if ((here.st_uid != above.st_uid && here.st_uid != geteuid()) ||
	    (here.st_gid != above.st_gid && here.st_gid != getegid()))
		return true;
	return mode != (above.st_mode & 07777) && mode != mode_of_new(&above) &&
	       fgetxattr(parent->fd, DEFAULT, NULL, 0) < 0;
}

/* mkdir(2) gives a directory its parent's default ACL as both of its own: acl(5). */
static bool is_inherited(const struct dir *dir, const struct dir *parent, const char *name)
{
	const char *above = strcmp(name, ACCESS) == 0 ? DEFAULT : name;
	char value[ROOM], inherited[ROOM];
	const ssize_t length = fgetxattr(dir->fd, name, value, sizeof(value));

	return length >= 0 &&
	       fgetxattr(parent->fd, above, inherited, sizeof(inherited)) == length &&
	       memcmp(value, inherited, (size_t)length) == 0;
}

/* Labels, and how XFS keeps the ACLs that it lists by their own names too. */
static bool is_nobodys(const char *name)
{
	static const char label[] = "security.", acl[] = "trusted.SGI_ACL_";

	return strncmp(name, label, strlen(label)) == 0 || strncmp(name, acl, strlen(acl)) == 0;
}

static bool has_attribute(const struct dir *dir, const struct dir *parent)
{
	char names[ROOM];
	const ssize_t length = flistxattr(dir->fd, names, sizeof(names));

	if (length < 0)
		return errno == ERANGE;
	for (const char *name = names; name < names + length; name += strlen(name) + 1)
		if (!is_nobodys(name) && !is_inherited(dir, parent, name))
			return true;
	return false;
}

bool prepared_is(const struct dir *dir, const struct dir *parent)
{
	return has_flag(dir, parent) || has_owner_or_mode(dir, parent) ||
	       has_attribute(dir, parent);
}
