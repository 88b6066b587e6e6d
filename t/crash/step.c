/* SPDX-License-Identifier: MIT */
/*
 * step: bring half-done states to the disk.  step metadata|all MOUNTPOINT COMMAND [ARG]...
 *
 * Left alone, a file system hardly ever writes between two system calls of a short program, and
 * what a power cut there would leave is never seen.  So this runs COMMAND and, after each of its
 * system calls that changes anything, makes the file system at MOUNTPOINT write
 *
 *	metadata	what its journal has, but no file's data: a rename gets there before
 *			the content of what was renamed
 *	all		everything: syncfs(2)
 *
 * Returns what COMMAND returned.
 */

#include <err.h>
#include <fcntl.h>
#include <linux/btrfs.h>
#include <linux/magic.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/ptrace.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <unistd.h>

static const long changing[] = {
	SYS_openat,    SYS_ioctl,     SYS_ftruncate, SYS_write,	   SYS_pwrite64,  SYS_writev,
	SYS_pwritev,   SYS_fallocate, SYS_utimensat, SYS_linkat,   SYS_renameat,  SYS_renameat2,
	SYS_unlinkat,  SYS_fsetxattr, SYS_fremovexattr, SYS_mkdirat,   SYS_fchmod,    SYS_fchmodat, SYS_fsync,	  SYS_copy_file_range,
#ifdef SYS_rename
	SYS_rename,    SYS_unlink,    SYS_link,	     SYS_mkdir,	   SYS_rmdir,	  SYS_open,
#endif
};

static int mounted, other; /* the file system, and a file in it that nobody else uses */
static bool is_btrfs, writes_all;

static void write_back(void)
{
	static unsigned int turn;
	uint64_t transaction;

	if (writes_all) {
		if (syncfs(mounted) < 0)
			err(125, "syncfs");
	} else if (is_btrfs) {
		/* fsync(2) of one file has a log of its own there; this commits, without data. */
		if (ioctl(mounted, BTRFS_IOC_START_SYNC, &transaction) < 0 ||
		    ioctl(mounted, BTRFS_IOC_WAIT_SYNC, &transaction) < 0)
			err(125, "commit");
	} else if (fchmod(other, turn++ % 2 ? 0600 : 0400) < 0 || fsync(other) < 0) {
		/* ext4 and XFS have one journal for all, which this inode's change is the end of. */
		err(125, "fsync");
	}
}

static bool changes(const struct __ptrace_syscall_info *call)
{
	for (size_t i = 0; i < sizeof(changing) / sizeof(*changing); i++)
		if ((long)call->entry.nr == changing[i])
			/* standard error and output aren't there */
			return call->entry.nr != SYS_write || call->entry.args[0] > 2;
	return false;
}

static int follow(pid_t child)
{
	struct __ptrace_syscall_info info;
	bool has_changed = false;
	int status, signal = 0;

	for (;;) {
		if (ptrace(PTRACE_SYSCALL, child, NULL, signal) < 0 ||
		    waitpid(child, &status, 0) < 0)
			err(125, "ptrace");
		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return 128 + WTERMSIG(status);
		signal = WSTOPSIG(status);
		if (signal != (SIGTRAP | 0x80))
			continue;
		signal = 0;
		if (ptrace(PTRACE_GET_SYSCALL_INFO, child, sizeof(info), &info) < 0)
			err(125, "ptrace");
		if (info.op == PTRACE_SYSCALL_INFO_ENTRY)
			has_changed = changes(&info);
		else if (info.op == PTRACE_SYSCALL_INFO_EXIT && has_changed && !info.exit.is_error)
			write_back();
	}
}

int main(int argc, char **argv)
{
	struct statfs fs;
	int status;
	pid_t child;

	if (argc < 4)
		return 125;
	writes_all = strcmp(argv[1], "all") == 0;
	mounted = open(argv[2], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (mounted < 0 || fstatfs(mounted, &fs) < 0)
		err(125, "%s", argv[2]);
	is_btrfs = (unsigned long)fs.f_type == BTRFS_SUPER_MAGIC;
	other = openat(mounted, "other", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	if (other < 0)
		err(125, "other");
	child = fork();
	if (child < 0)
		err(125, "fork");
	if (child == 0) {
		if (ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0)
			err(125, "ptrace");
		execv(argv[3], argv + 3);
		err(125, "%s", argv[3]);
	}
	if (waitpid(child, &status, 0) < 0 || !WIFSTOPPED(status) ||
	    ptrace(PTRACE_SETOPTIONS, child, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) < 0)
		err(125, "ptrace");
	return follow(child);
}
