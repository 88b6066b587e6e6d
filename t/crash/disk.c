/* SPDX-License-Identifier: MIT */
/*
 * disk: a disk that remembers.  disk [--ignore-flushes] MOUNTPOINT IMAGE LOG
 *
 * A FUSE server that speaks to /dev/fuse itself.  MOUNTPOINT/disk is the file IMAGE; a loop device
 * with direct I/O on it turns each write, discard and flush of a file system into a request here.
 * All of them go to LOG, in order, each with the moment when it arrived and the moment when it was
 * answered.  What is written to MOUNTPOINT/mark goes there too.  Prints "ready" once mounted, ends
 * when unmounted, and with its parent.
 *
 * A disk may do what it has been asked to do at the same time in any order.  So all requests that
 * are waiting are taken (arrive) before the first of them is answered (completes): a flush that
 * arrives together with a write says nothing about that write.
 *
 * With --ignore-flushes, flushes are answered and otherwise forgotten.
 */

#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum { ROOT = FUSE_ROOT_ID, DISK, MARK };
enum { BATCH = 64, MAX_WRITE = 1 << 20, BUFFER = MAX_WRITE + (1 << 16) };

/* What LOG consists of.  WRITE and NOTE are followed by LENGTH bytes; the others aren't. */
struct record {
	uint32_t kind;
	uint32_t length;
	uint64_t offset;
	uint64_t request; /* which one arrives or completes */
};

enum { WRITE = 'W', DISCARD = 'D', FLUSH = 'F', COMPLETE = 'C', NOTE = 'M' };

static int fuse, image, out;
static bool ignores_flushes;
static _Alignas(8) char requests[BATCH][BUFFER];

static void note(uint32_t kind, uint64_t request, uint64_t offset, uint32_t length,
		 const void *data)
{
	struct record record = {kind, length, offset, request};
	struct iovec parts[] = {{&record, sizeof(record)}, {(void *)data, data ? length : 0}};

	if (writev(out, parts, 2) != (ssize_t)(parts[0].iov_len + parts[1].iov_len))
		err(1, "log");
}

static void answer(uint64_t request, int error, const void *data, size_t length)
{
	struct fuse_out_header head = {sizeof(head) + length, error, request};
	struct iovec parts[] = {{&head, sizeof(head)}, {(void *)data, length}};

	/* ENOENT: the request was interrupted */
	if (writev(fuse, parts, length ? 2 : 1) < 0 && errno != ENOENT)
		err(1, "answer");
}

static void start_session(const struct fuse_in_header *in, const struct fuse_init_in *theirs)
{
	struct fuse_init_out ours = {
		.major = FUSE_KERNEL_VERSION,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_readahead = theirs->max_readahead,
		.flags = theirs->flags & (FUSE_ASYNC_READ | FUSE_ASYNC_DIO | FUSE_BIG_WRITES |
					  FUSE_PARALLEL_DIROPS | FUSE_MAX_PAGES),
		.max_background = BATCH,
		.congestion_threshold = BATCH,
		.max_write = MAX_WRITE,
		.max_pages = MAX_WRITE / 4096,
	};

	answer(in->unique, 0, &ours, sizeof(ours));
}

static struct fuse_attr attributes(uint64_t node)
{
	struct fuse_attr attr = {.ino = node, .nlink = 1, .blksize = 4096};
	struct stat st;

	attr.mode = node == ROOT ? S_IFDIR | 0700 : S_IFREG | 0600;
	if (node == DISK && fstat(image, &st) == 0)
		attr.size = st.st_size;
	attr.blocks = attr.size / 512;
	return attr;
}

static void look_up(const struct fuse_in_header *in, const char *name)
{
	struct fuse_entry_out entry = {.attr_valid = 3600, .entry_valid = 3600};

	entry.nodeid = strcmp(name, "disk") == 0 ? DISK : strcmp(name, "mark") == 0 ? MARK : 0;
	entry.attr = attributes(entry.nodeid);
	answer(in->unique, entry.nodeid ? 0 : -ENOENT, &entry, entry.nodeid ? sizeof(entry) : 0);
}

static void read_disk(const struct fuse_in_header *in, const struct fuse_read_in *what)
{
	static char data[MAX_WRITE];
	ssize_t length = pread(image, data, what->size, what->offset);

	answer(in->unique, length < 0 ? -errno : 0, data, length < 0 ? 0 : length);
}

static void write_disk(const struct fuse_in_header *in, const struct fuse_write_in *what)
{
	const struct fuse_write_out written = {.size = what->size};

	if (in->nodeid == DISK) {
		if (pwrite(image, what + 1, what->size, what->offset) < 0)
			err(1, "image");
		note(COMPLETE, in->unique, 0, 0, NULL);
	}
	answer(in->unique, 0, &written, sizeof(written));
}

static void discard(const struct fuse_in_header *in, const struct fuse_fallocate_in *what)
{
	if (fallocate(image, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, what->offset,
		      what->length) < 0)
		err(1, "image");
	note(COMPLETE, in->unique, 0, 0, NULL);
	answer(in->unique, 0, NULL, 0);
}

static void flush(const struct fuse_in_header *in)
{
	if (!ignores_flushes)
		note(COMPLETE, in->unique, 0, 0, NULL);
	answer(in->unique, 0, NULL, 0);
}

/* A request has come. */
static void arrive(const void *request)
{
	const struct fuse_in_header *in = request;
	const struct fuse_write_in *write = (const void *)(in + 1);
	const struct fuse_fallocate_in *range = (const void *)(in + 1);

	if (in->opcode == FUSE_WRITE)
		note(in->nodeid == MARK ? NOTE : WRITE, in->unique, write->offset, write->size,
		     write + 1);
	else if (in->opcode == FUSE_FALLOCATE)
		note(DISCARD, in->unique, range->offset, range->length, NULL);
	else if (in->opcode == FUSE_FSYNC && !ignores_flushes)
		note(FLUSH, in->unique, 0, 0, NULL);
}

/* It is done, and answered. */
static void complete(const void *request)
{
	const struct fuse_in_header *in = request;
	const void *argument = in + 1;
	struct fuse_attr_out attr = {.attr_valid = 3600};
	struct fuse_open_out opened = {.open_flags = in->nodeid == MARK ? FOPEN_DIRECT_IO : 0};

	switch (in->opcode) {
	case FUSE_INIT:
		return start_session(in, argument);
	case FUSE_LOOKUP:
		return look_up(in, argument);
	case FUSE_GETATTR:
	case FUSE_SETATTR:
		attr.attr = attributes(in->nodeid);
		return answer(in->unique, 0, &attr, sizeof(attr));
	case FUSE_OPEN:
		return answer(in->unique, 0, &opened, sizeof(opened));
	case FUSE_READ:
		return read_disk(in, argument);
	case FUSE_WRITE:
		return write_disk(in, argument);
	case FUSE_FALLOCATE:
		return discard(in, argument);
	case FUSE_FSYNC:
		return flush(in);
	case FUSE_RELEASE:
	case FUSE_FLUSH:
		return answer(in->unique, 0, NULL, 0);
	case FUSE_FORGET:
	case FUSE_BATCH_FORGET:
	case FUSE_INTERRUPT:
		return; /* these want no answer */
	default:
		return answer(in->unique, -ENOSYS, NULL, 0);
	}
}

/* Take one request into BUFFER.  False if none is waiting. */
static bool take(char *buffer)
{
	while (read(fuse, buffer, BUFFER) < 0) {
		if (errno == ENODEV)
			exit(0); /* unmounted */
		if (errno == EAGAIN)
			return false;
		if (errno != EINTR && errno != ENOENT)
			err(1, "/dev/fuse");
	}
	return true;
}

static void serve(void)
{
	struct pollfd poll_fuse = {.fd = fuse, .events = POLLIN};

	for (;;) {
		int n = 0;

		(void)poll(&poll_fuse, 1, -1);
		while (n < BATCH && take(requests[n]))
			arrive(requests[n++]);
		for (int i = 0; i < n; i++)
			complete(requests[i]);
	}
}

/* The last process of a mount namespace unmounts what is in it as it exits, and before its files
 * are closed: were that us, we would wait for our own answers for ever.  So go to another one. */
static void leave(const char *mountpoint)
{
	if (unshare(CLONE_NEWNS) < 0 || umount2(mountpoint, MNT_DETACH) < 0)
		err(1, "unshare");
}

int main(int argc, char **argv)
{
	char options[64];

	ignores_flushes = argc == 5 && strcmp(argv[1], "--ignore-flushes") == 0;
	argv += ignores_flushes;
	if (argc != 4 + ignores_flushes)
		return 2;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	image = open(argv[2], O_RDWR | O_CLOEXEC);
	out = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0600);
	fuse = open("/dev/fuse", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (image < 0 || out < 0 || fuse < 0)
		err(1, "open");
	sprintf(options, "fd=%d,rootmode=40000,user_id=0,group_id=0", fuse);
	if (mount("disk", argv[1], "fuse", MS_NOSUID | MS_NODEV, options) < 0)
		err(1, "mount");
	leave(argv[1]);
	puts("ready");
	fclose(stdout);
	serve();
}
