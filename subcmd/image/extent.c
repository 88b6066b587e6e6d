/* SPDX-License-Identifier: MIT */
#include "subcmd/image/extent.h"

#include <endian.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/ioctl.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/filesystem.h"

enum { ROOM = 256 }; /* extents read at once */

/* linux/fiemap.h */
struct fiemap_extent {
	uint64_t fe_logical, fe_physical, fe_length, fe_reserved64[2];
	uint32_t fe_flags, fe_reserved[3];
};
struct fiemap {
	uint64_t fm_start, fm_length;
	uint32_t fm_flags, fm_mapped_extents, fm_extent_count, fm_reserved;
	struct fiemap_extent fm_extents[ROOM];
};
#define FS_IOC_FIEMAP _IOWR('f', 11, char[32]) /* the array doesn't count */
#define FIEMAP_FLAG_SYNC 0x0001
#define FIEMAP_EXTENT_UNKNOWN 0x0002
#define FIEMAP_EXTENT_DELALLOC 0x0004
#define FIEMAP_EXTENT_SHARED 0x2000

/* linux/btrfs.h, linux/btrfs_tree.h */
struct btrfs_ioctl_search_args_v2 {
	uint64_t tree_id, min_objectid, max_objectid, min_offset, max_offset, min_transid,
		max_transid;
	uint32_t min_type, max_type, nr_items, unused;
	uint64_t unused_too[4], buf_size;
	unsigned char buf[ROOM * 85]; /* a header and an item each */
};
#define BTRFS_IOC_TREE_SEARCH_V2 _IOWR(0x94, 17, char[112]) /* the buffer doesn't count */
struct btrfs_ioctl_search_header {
	uint64_t transid, objectid, offset;
	uint32_t type, len;
};
#define BTRFS_EXTENT_DATA_KEY 108
struct btrfs_file_extent_item {
	uint64_t generation, ram_bytes;
	uint8_t compression, encryption, other_encoding[2], type;
	uint64_t disk_bytenr, disk_num_bytes, offset, num_bytes; /* not of an inline one */
} __attribute__((packed));
#define BTRFS_FILE_EXTENT_INLINE 0

/* Both return how many they have read from *OFFSET (in the file) on, which moves along; 0 at the
 * end; -1 and errno upon failure. */
static int read_fiemap(int fd, uint64_t *offset, struct extent extents[static ROOM])
{
	struct fiemap map;
	int count = 0;

	do {
		memset(&map, 0, offsetof(struct fiemap, fm_extents));
		map.fm_start = *offset;
		map.fm_length = UINT64_MAX - *offset;
		map.fm_extent_count = ROOM;
		if (ioctl(fd, FS_IOC_FIEMAP, &map) < 0)
			return -1;
		for (uint32_t i = 0; i < map.fm_mapped_extents; i++) {
			const struct fiemap_extent *e = &map.fm_extents[i];

			*offset = e->fe_logical + e->fe_length;
			if (!(e->fe_flags & (FIEMAP_EXTENT_UNKNOWN | FIEMAP_EXTENT_DELALLOC)))
				extents[count++] = (struct extent){
					.start = e->fe_physical,
					.length = e->fe_length,
					.is_shared = e->fe_flags & FIEMAP_EXTENT_SHARED};
		}
	} while (count == 0 && map.fm_mapped_extents);
	return count;
}

/* Read an item of a file's tree; false if it has no extent: a hole, or data inside the tree. */
static bool read_extent(const unsigned char *item, uint32_t length, struct extent *ret_extent)
{
	struct btrfs_file_extent_item extent;

	if (length < sizeof(extent))
		return false;
	memcpy(&extent, item, sizeof(extent));
	*ret_extent = (struct extent){.start = le64toh(extent.disk_bytenr),
				      .length = le64toh(extent.disk_num_bytes)};
	return extent.type != BTRFS_FILE_EXTENT_INLINE && ret_extent->start;
}

/* Take the header of an item from *IN.  False: the item isn't all there.  Its length comes from the
 * disk, and is not taken on trust. */
static bool take_header(const unsigned char **in, const unsigned char *end,
			struct btrfs_ioctl_search_header *ret_header)
{
	if ((size_t)(end - *in) < sizeof(*ret_header))
		return false;
	memcpy(ret_header, *in, sizeof(*ret_header));
	*in += sizeof(*ret_header);
	return ret_header->len <= (size_t)(end - *in);
}

static int read_btrfs(int fd, ino_t inode, uint64_t *offset, struct extent extents[static ROOM])
{
	struct btrfs_ioctl_search_args_v2 search;
	int count = 0;

	do {
		const unsigned char *next = search.buf, *const end = next + sizeof(search.buf);

		memset(&search, 0, offsetof(struct btrfs_ioctl_search_args_v2, buf));
		search.min_objectid = search.max_objectid = inode; /* tree 0: that of FD */
		search.min_type = search.max_type = BTRFS_EXTENT_DATA_KEY;
		search.min_offset = *offset;
		search.max_offset = search.max_transid = UINT64_MAX;
		search.nr_items = ROOM;
		search.buf_size = sizeof(search.buf);
		if (ioctl(fd, BTRFS_IOC_TREE_SEARCH_V2, &search) < 0)
			return -1;
		for (uint32_t i = 0; i < search.nr_items; i++) {
			struct btrfs_ioctl_search_header header;

			if (i == ROOM || !take_header(&next, end, &header)) {
				errno = EIO;
				return -1;
			}
			count += read_extent(next, header.len, &extents[count]);
			next += header.len;
			*offset = header.offset + 1;
		}
	} while (count == 0 && search.nr_items);
	return count;
}

enum status extent_space_of(const struct dir *dir, struct extent_space *ret_space)
{
	struct stat st;

	memset(ret_space, 0, sizeof(*ret_space));
	if (fstat(dir->fd, &st) < 0)
		return msg_errno(FAILED, "cannot examine %s", quote_dir(dir));
	switch (filesystem_of(dir->fd)) {
	case FILESYSTEM_BTRFS: /* st_dev is that of the subvolume */
		ret_space->type = EXTENT_BTRFS;
		if (kernel_btrfs_id(dir->fd, ret_space->id) < 0)
			return msg_errno(FAILED, "cannot examine %s", quote_dir(dir));
		break;
	case FILESYSTEM_XFS:
		ret_space->type = EXTENT_XFS;
		memcpy(ret_space->id, &st.st_dev, sizeof(st.st_dev));
		break;
	default:
		ret_space->type = EXTENT_UNKNOWN;
	}
	return DONE;
}

enum status extent_settle(const struct file *file)
{
	/* Whatever part is asked for, FIEMAP_FLAG_SYNC is about the whole file: it writes back
	 * (filemap_write_and_wait()) and on btrfs waits for the extents that come of it too.
	 * Unlike fsync(2) it doesn't flush the disk's cache, which takes its time each time. */
	struct fiemap map = {.fm_length = 1, .fm_flags = FIEMAP_FLAG_SYNC};

	if (ioctl(file->fd, FS_IOC_FIEMAP, &map) < 0)
		return msg_errno(FAILED, "cannot write back %s", file_quote(file));
	return DONE;
}

enum status extent_each(const struct file *file, enum extent_type type,
			enum status (*visit)(const struct extent *extent, void *data), void *data)
{
	struct extent extents[ROOM];
	enum status status = DONE;
	uint64_t offset = 0;
	int count;

	do {
		count = type == EXTENT_BTRFS
				? read_btrfs(file->fd, file->st.st_ino, &offset, extents)
				: read_fiemap(file->fd, &offset, extents);
		if (count < 0)
			return msg_errno(FAILED, "cannot read the extents of %s", file_quote(file));
		for (int i = 0; i < count && status == DONE; i++)
			status = visit(&extents[i], data);
	} while (count && status == DONE);
	return status;
}
