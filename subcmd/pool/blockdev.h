/* SPDX-License-Identifier: MIT */
#ifndef POOL_BLOCKDEV_H
#define POOL_BLOCKDEV_H

/*
 * Block devices and what they are made of, as sysfs shows it, without the tools of LVM:
 *
 *	/sys/dev/block/253:7/dm/name		"qubes_dom0-vm--pool-tpool"
 *	/sys/dev/block/253:7/slaves/dm-4	a device that it is made of
 *	/sys/dev/block/8:1/partition		a partition, of the device one directory above
 *	/sys/fs/btrfs/FSID/devices/dm-4		a device of a btrfs
 *
 * A device-mapper name of LVM's is VG-LV, or VG-LV-LAYER, each hyphen in VG and LV doubled.  A
 * thin pool's layer is called "tpool".
 *
 * The environment variable REFLINKCTL_SYSFS puts another directory in the place of /sys.
 */

#include "subcmd/base/dir.h"

/* Is the file system of DIR, all of it, on the device-mapper device called NAME, through any
 * number of layers?  RET_DEPTH is that number.  DONE or NO: also if nothing can be found out,
 * there being no block device, or (with a warning) no sysfs. */
enum status blockdev_is_on(const struct dir *dir, const char *name, int *ret_depth);

/* The device-mapper name of the thin pool VG/POOL; on the heap, NULL after a message if there is no
 * memory. */
char *blockdev_thin_pool(const char *vg, size_t vg_length, const char *pool);

#endif
