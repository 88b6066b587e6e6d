/* SPDX-License-Identifier: MIT */
/*
 * inject: run a program, and do something to one of its system calls.
 *
 *	inject [-n N] [-k | -e ERRNO | -s BYTES] [-p] COMMAND [ARGUMENT]...
 *
 *	-n N		the Nth call after libc's own start is meant, counted from 1
 *	-k		the call isn't made: SIGKILL
 *	-e ERRNO	the call isn't made: it fails with this number
 *	-s BYTES	the call reads or writes so many bytes at most
 *	-p		and so does every later call of the same name (brk and mmap count as one)
 *
 * Descriptor 3 gets one line a call, "NAME ARG0 ARG1 ARG2 RESULT" in decimal, RESULT being "-"
 * if it didn't return, and at the end "exit CODE", "signal NUMBER", or "hang" after ten seconds.
 * Calls after the Nth don't show up, unless there is -p.
 *
 * strace can do the same, at a hundredth of the speed.
 */

#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#ifndef __x86_64__
#error "the registers of this machine are not known here"
#endif

enum { PATIENCE = 10 }; /* seconds */

enum action { NOTHING, KILL, FAIL, SHORTEN };

static struct {
	enum action action;
	bool persists;
	long n, value;
} order;

#define NAME(call) {SYS_##call, #call}
static const struct {
	long number;
	const char *name;
} names[] = {
	NAME(access), NAME(arch_prctl), NAME(brk), NAME(chdir), NAME(clock_gettime), NAME(clone),
	NAME(close), NAME(copy_file_range), NAME(dup), NAME(dup2), NAME(dup3), NAME(execve),
	NAME(exit_group), NAME(faccessat), NAME(faccessat2), NAME(fadvise64), NAME(fchdir),
	NAME(fchmod), NAME(fchown), NAME(fcntl), NAME(fdatasync), NAME(flock), NAME(fstat),
	NAME(fstatfs), NAME(fsync), NAME(ftruncate), NAME(futex), NAME(getcwd), NAME(getdents64),
	NAME(geteuid), NAME(getpid), NAME(getrandom), NAME(gettid), NAME(getuid), NAME(ioctl),
	NAME(linkat), NAME(lseek), NAME(madvise), NAME(mkdirat), NAME(mmap), NAME(mprotect),
	NAME(mremap), NAME(munmap), NAME(nanosleep), NAME(newfstatat), NAME(open), NAME(openat),
	{437, "openat2"}, NAME(poll), NAME(ppoll), NAME(pread64), NAME(prlimit64), NAME(pwrite64),
	NAME(read), NAME(readlink), NAME(readlinkat), NAME(readv), NAME(renameat),
	NAME(renameat2), NAME(rt_sigaction), NAME(rt_sigprocmask), NAME(sendfile),
	NAME(set_robust_list), NAME(set_tid_address), NAME(stat), NAME(statfs), NAME(statx),
	NAME(symlinkat), NAME(sync_file_range), NAME(sysinfo), NAME(uname), NAME(unlinkat),
	NAME(utimensat), NAME(wait4), NAME(write), NAME(writev), NAME(lstat), NAME(dup),
	NAME(clock_nanosleep), NAME(fallocate), NAME(fsetxattr),
	NAME(fgetxattr), NAME(flistxattr), NAME(fremovexattr), NAME(rseq), NAME(fork),
	NAME(vfork), NAME(pipe2), NAME(memfd_create), NAME(unlink), NAME(rename), NAME(mkdir),
	NAME(rmdir), NAME(link), NAME(getdents), NAME(getegid), NAME(getgid), NAME(getppid),
	NAME(fchmodat), NAME(fchownat), NAME(syncfs), NAME(sync), NAME(splice), NAME(tgkill),
};

static const char *name_of(long number)
{
	static char text[24];

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (names[i].number == number)
			return names[i].name;
	snprintf(text, sizeof(text), "%ld", number);
	return text;
}

static long group_of(long number)
{
	return number == SYS_mmap ? SYS_brk : number;
}

/* What libc calls before main(), the program can't do anything about.  Its own first call asks
 * whether there is a standard input. */
static bool is_start_up(long number)
{
	return number != SYS_poll;
}

static bool is_transfer(long number)
{
	return number == SYS_read || number == SYS_write || number == SYS_pread64 ||
	       number == SYS_pwrite64;
}

static pid_t child;

static void on_alarm(int number)
{
	(void)number;
	(void)!write(3, "\nhang\n", 6); /* what was being written may end in the middle */
	kill(child, SIGKILL);
	_exit(0);
}

static void shorten(struct user_regs_struct *regs)
{
	if (is_transfer((long)regs->orig_rax) && regs->rdx > (unsigned long)order.value)
		regs->rdx = (unsigned long)order.value;
	ptrace(PTRACE_SETREGS, child, NULL, regs);
}

/* At the entry of a call that is meant.  Returns whether its result is to be replaced. */
static bool act(struct user_regs_struct *regs)
{
	if (order.action == KILL)
		kill(child, SIGKILL);
	if (order.action == SHORTEN)
		shorten(regs);
	if (order.action != FAIL)
		return false;
	if (regs->orig_rax == SYS_brk) { /* it fails by returning the old end */
		regs->rdi = 0;
		ptrace(PTRACE_SETREGS, child, NULL, regs);
		return false;
	}
	regs->orig_rax = (unsigned long)-1; /* no such call: none is made */
	ptrace(PTRACE_SETREGS, child, NULL, regs);
	return true;
}

/* Is the call, the COUNTth, one to act upon? */
static bool is_meant(long number, long count)
{
	static long group = -1;

	if (order.action == NOTHING || count == 0)
		return false;
	if (count == order.n)
		group = group_of(number);
	return count == order.n || (order.persists && count > order.n && group_of(number) == group);
}

static bool is_over; /* nothing more is to be done: run on without stops */

/* Go on to the next stop.  False once the program has ended, which is then reported. */
static bool go_on(FILE *report)
{
	int status;

	ptrace(is_over ? PTRACE_CONT : PTRACE_SYSCALL, child, NULL, NULL);
	for (;;) {
		if (waitpid(child, &status, 0) < 0)
			return false;
		if (WIFEXITED(status) || WIFSIGNALED(status)) {
			fprintf(report, "%s %d\n", WIFEXITED(status) ? "exit" : "signal",
				WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
			return false;
		}
		if (WSTOPSIG(status) == (SIGTRAP | 0x80))
			return true;
		ptrace(is_over ? PTRACE_CONT : PTRACE_SYSCALL, child, NULL,
		       (void *)(intptr_t)WSTOPSIG(status));
	}
}

static void trace(FILE *report)
{
	struct user_regs_struct regs;
	long count = 0;

	while (go_on(report)) {
		bool is_replaced = false;
		long number;

		if (ptrace(PTRACE_GETREGS, child, NULL, &regs) < 0)
			continue;
		number = (long)regs.orig_rax;
		if (number == SYS_newfstatat && regs.r10 & AT_EMPTY_PATH) /* as glibc has it */
			number = SYS_fstat;
		count += count || !is_start_up(number);
		if (count)
			fprintf(report, "%s %ld %ld %ld ", name_of(number), (long)regs.rdi,
				(long)regs.rsi, (long)regs.rdx);
		if (is_meant(number, count))
			is_replaced = act(&regs);
		if (number == SYS_exit_group || (order.action == KILL && count == order.n))
			fprintf(report, "-\n");
		if (!go_on(report))
			return;
		if (ptrace(PTRACE_GETREGS, child, NULL, &regs) < 0)
			continue;
		if (is_replaced) {
			regs.rax = (unsigned long)-order.value;
			ptrace(PTRACE_SETREGS, child, NULL, &regs);
		}
		if (count)
			fprintf(report, "%ld\n", (long)regs.rax);
		is_over = order.action != NOTHING && count >= order.n && !order.persists;
	}
}

static int usage(void)
{
	fputs("usage: inject [-n N] [-k | -e ERRNO | -s BYTES] [-p] COMMAND [ARGUMENT]...\n", stderr);
	return 2;
}

int main(int argc, char **argv)
{
	FILE *report = fdopen(3, "w");
	int option, status;

	while ((option = getopt(argc, argv, "+n:ke:s:p")) != -1) {
		switch (option) {
		case 'n': order.n = atol(optarg); break;
		case 'k': order.action = KILL; break;
		case 'e': order.action = FAIL; order.value = atol(optarg); break;
		case 's': order.action = SHORTEN; order.value = atol(optarg); break;
		case 'p': order.persists = true; break;
		default: return usage();
		}
	}
	if (!report || optind == argc)
		return usage();
	child = fork();
	if (child == 0) {
		close(3);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[optind], argv + optind);
		perror(argv[optind]);
		_exit(127);
	}
	signal(SIGALRM, on_alarm);
	alarm(PATIENCE);
	if (waitpid(child, &status, 0) != child || !WIFSTOPPED(status))
		return 1;
	ptrace(PTRACE_SETOPTIONS, child, NULL,
	       (void *)(intptr_t)(PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL));
	trace(report);
	return fclose(report) != 0;
}
