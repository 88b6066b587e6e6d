/* SPDX-License-Identifier: MIT */
#include "subcmd/image/extent.h"

#include <endian.h>
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "subcmd/base/kernel.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/image/filesystem.h"

/* linux/fiemap.h */
struct fiemap_extent {
	uint64_t fe_logical, fe_physical, fe_length, fe_reserved64[2];
	uint32_t fe_flags, fe_reserved[3];
};
struct fiemap {
	uint64_t fm_start, fm_length;
	uint32_t fm_flags, fm_mapped_extents, fm_extent_count, fm_reserved;
	struct fiemap_extent fm_extents[EXTENT_ROOM];
};
#define FS_IOC_FIEMAP _IOWR('f', 11, char[32]) /* the array doesn't count */
enum { FIEMAP_FLAG_SYNC = 0x0001, FIEMAP_EXTENT_LAST = 0x0001, FIEMAP_EXTENT_SHARED = 0x2000 };
/* UNKNOWN, DELALLOC, ENCODED, DATA_ENCRYPTED, NOT_ALIGNED, DATA_INLINE, DATA_TAIL */
#define FIEMAP_EXTENT_OPAQUE 0x078e
#define FIEMAP_EXTENT_UNWRITTEN 0x0800

/* linux/btrfs.h, linux/btrfs_tree.h.  An item and its header; one with data, at 0, is larger. */
enum { ITEM = 85, BTRFS_EXTENT_DATA_KEY = 108 };
struct btrfs_ioctl_search_args_v2 {
	uint64_t tree_id, min_objectid, max_objectid, min_offset, max_offset, min_transid,
		max_transid;
	uint32_t min_type, max_type, nr_items, unused;
	uint64_t unused_too[4], buf_size;
	unsigned char buf[EXTENT_ROOM * ITEM];
};
#define BTRFS_IOC_TREE_SEARCH_V2 _IOWR(0x94, 17, char[112]) /* the buffer doesn't count */
struct btrfs_ioctl_search_header {
	uint64_t transid, objectid, offset;
	uint32_t type, len;
};
struct btrfs_file_extent_item {
	uint64_t generation, ram_bytes;
	uint8_t compression, encryption, other_encoding[2], type;
	uint64_t disk_bytenr, disk_num_bytes, offset, num_bytes; /* not of an inline one */
} __attribute__((packed));
enum { BTRFS_FILE_EXTENT_REG = 1, BTRFS_FILE_EXTENT_PREALLOC = 2 };

/* Zeroed once, not for each file; so no visitor visits another file. */
BIG struct fiemap extent_fiemap;
BIG struct btrfs_ioctl_search_args_v2 extent_search;
BIG struct extent extent_buffer[EXTENT_ROOM];

/* Both return how many they have read from *OFFSET (in the file) on, which moves along, to
 * UINT64_MAX when there can be no more; -1 and errno upon failure. */
static int read_fiemap(int fd, uint64_t *offset, struct extent extents[static EXTENT_ROOM])
{
	struct fiemap *const map = &extent_fiemap;

	map->fm_start = *offset;
	map->fm_length = UINT64_MAX - *offset;
	map->fm_flags = *offset ? 0 : FIEMAP_FLAG_SYNC;
	map->fm_extent_count = EXTENT_ROOM;
	if (ioctl(fd, FS_IOC_FIEMAP, map) < 0)
		return -1;
	for (uint32_t i = 0; i < map->fm_mapped_extents; i++) {
		const struct fiemap_extent *e = &map->fm_extents[i];

		if (e->fe_logical + e->fe_length <= *offset) {
			errno = EIO; /* it would never end */
			return -1;
		}
		*offset = e->fe_logical + e->fe_length;
		extents[i] = (struct extent){
			.kind = e->fe_flags & FIEMAP_EXTENT_OPAQUE	? EXTENT_OPAQUE
				: e->fe_flags & FIEMAP_EXTENT_UNWRITTEN ? EXTENT_ZEROS
									: EXTENT_DATA,
			.is_shared = e->fe_flags & FIEMAP_EXTENT_SHARED,
			.start = e->fe_physical,
			.length = e->fe_length,
			.offset = e->fe_logical,
			.size = e->fe_length};
	}
	if (!map->fm_mapped_extents ||
	    map->fm_extents[map->fm_mapped_extents - 1].fe_flags & FIEMAP_EXTENT_LAST)
		*offset = UINT64_MAX;
	return (int)map->fm_mapped_extents;
}

/* Read an item of a file's tree, which is of the byte OFFSET on; false if it is a hole. */
static bool read_extent(const unsigned char *item, uint32_t length, uint64_t offset,
			struct extent *ret_extent)
{
	struct btrfs_file_extent_item extent = {0};
	bool is_inside; /* the tree, with its data behind this */

	memcpy(&extent, item, length < sizeof(extent) ? length : sizeof(extent));
	is_inside = length < sizeof(extent) || (extent.type != BTRFS_FILE_EXTENT_REG &&
						extent.type != BTRFS_FILE_EXTENT_PREALLOC);
	*ret_extent = (struct extent){
		.kind = EXTENT_OPAQUE, .offset = offset, .size = le64toh(extent.ram_bytes)};
	if (is_inside)
		return true;
	*ret_extent = (struct extent){
		.kind = !extent.generation || extent.encryption || extent.other_encoding[0] ||
					extent.other_encoding[1]
				? EXTENT_OPAQUE
			: extent.type == BTRFS_FILE_EXTENT_PREALLOC ? EXTENT_ZEROS
								    : EXTENT_DATA,
		.compression = extent.compression,
		.start = le64toh(extent.disk_bytenr),
		.length = le64toh(extent.disk_num_bytes),
		.offset = offset,
		.size = le64toh(extent.num_bytes),
		.distance = le64toh(extent.offset),
		.generation = le64toh(extent.generation)};
	return ret_extent->start;
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

static int read_btrfs(int fd, ino_t inode, uint64_t *offset,
		      struct extent extents[static EXTENT_ROOM])
{
	struct btrfs_ioctl_search_args_v2 *const search = &extent_search;
	int count = 0;

	do {
		const unsigned char *next = search->buf, *const end = next + sizeof(search->buf);

		search->min_objectid = search->max_objectid = inode; /* tree 0: that of FD */
		search->min_type = search->max_type = BTRFS_EXTENT_DATA_KEY;
		search->min_offset = *offset;
		search->max_offset = search->max_transid = UINT64_MAX;
		search->nr_items = EXTENT_ROOM;
		search->buf_size = sizeof(search->buf);
		if (ioctl(fd, BTRFS_IOC_TREE_SEARCH_V2, search) < 0)
			return -1;
		for (uint32_t i = 0; i < search->nr_items; i++) {
			struct btrfs_ioctl_search_header header;

			if (i == EXTENT_ROOM || !take_header(&next, end, &header) ||
			    header.offset < *offset || header.offset == UINT64_MAX) {
				errno = EIO;
				return -1;
			}
			count += read_extent(next, header.len, header.offset, &extents[count]);
			next += header.len;
			*offset = header.offset + 1;
		}
		if (!search->nr_items || (search->nr_items < EXTENT_ROOM && end - next >= ITEM))
			*offset = UINT64_MAX;
	} while (count == 0 && *offset != UINT64_MAX);
	return count;
}

/* The space that FD, which is on the device DEV, is in: 0, or -1 and errno. */
static int find_space(int fd, dev_t dev, struct extent_space *ret_space)
{
	static const enum extent_type types[] = {[FILESYSTEM_BTRFS] = EXTENT_BTRFS,
						 [FILESYSTEM_XFS] = EXTENT_XFS,
						 [FILESYSTEM_PLAIN] = EXTENT_UNSHARED};

	memset(ret_space, 0, sizeof(*ret_space));
	ret_space->type = types[filesystem_of(fd)];
	if (ret_space->type == EXTENT_BTRFS) /* DEV is that of the subvolume */
		return kernel_btrfs_id(fd, ret_space->id);
	memcpy(ret_space->id, &dev, sizeof(dev));
	return 0;
}

enum status extent_space_of(const struct dir *dir, struct extent_space *ret_space)
{
	struct stat st;

	if (fstat(dir->fd, &st) < 0 || find_space(dir->fd, st.st_dev, ret_space) < 0)
		return msg_errno(FAILED, "cannot examine %s", quote_dir(dir));
	return DONE;
}

/* May its extents be read?  What is in the realtime section of an XFS has places of its own, which
 * look like those of the rest. */
static bool may_be_read(const struct file *file, enum extent_type type)
{
	uint64_t end = UINT64_MAX - 1;
	bool is_realtime;
	uint32_t count;

	if (type == EXTENT_XFS)
		return kernel_xfs_extents(file->fd, &is_realtime, &count) == 0 && !is_realtime;
	return read_btrfs(file->fd, file->st.st_ino, &end, extent_buffer) >= 0;
}

enum extent_type extent_type_of_both(const struct file *a, const struct file *b)
{
	struct extent_space space, other;

	if (find_space(a->fd, a->st.st_dev, &space) < 0 ||
	    find_space(b->fd, b->st.st_dev, &other) < 0 ||
	    memcmp(&space, &other, sizeof(space)) != 0 ||
	    (space.type != EXTENT_BTRFS && space.type != EXTENT_XFS) ||
	    !may_be_read(a, space.type) || !may_be_read(b, space.type))
		return EXTENT_UNKNOWN;
	return space.type;
}

enum status extent_settle(const struct file *file)
{
	/* Whatever part is asked for, FIEMAP_FLAG_SYNC is about the whole file: it writes back
	 * (filemap_write_and_wait()) and on btrfs waits for the extents that come of it too.
	 * Unlike fsync(2) it doesn't flush the disk's cache, which takes its time each time. */
	struct fiemap *const map = &extent_fiemap;

	map->fm_start = map->fm_extent_count = 0;
	map->fm_length = 1;
	map->fm_flags = FIEMAP_FLAG_SYNC;
	if (ioctl(file->fd, FS_IOC_FIEMAP, map) < 0)
		return msg_errno(FAILED, "cannot write back %s", file_quote(file));
	return DONE;
}

int extent_read(const struct file *file, enum extent_type type, uint64_t *offset,
		struct extent extents[static EXTENT_ROOM])
{
	const int count = *offset == UINT64_MAX ? 0
			  : type == EXTENT_BTRFS
				  ? read_btrfs(file->fd, file->st.st_ino, offset, extents)
				  : read_fiemap(file->fd, offset, extents);

	if (count < 0)
		(void)msg_errno(FAILED, "cannot read the extents of %s", file_quote(file));
	return count;
}

enum status extent_each(const struct file *file, enum extent_type type,
			enum status (*visit)(const struct extent *extent, void *data), void *data)
{
	enum status status = DONE;
	uint64_t offset = 0;
	int count;

	do {
		count = extent_read(file, type, &offset, extent_buffer);
		for (int i = 0; i < count && status == DONE; i++)
			status = visit(&extent_buffer[i], data);
	} while (count > 0 && status == DONE);
	return count < 0 ? FAILED : status;
}
