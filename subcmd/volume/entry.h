/* SPDX-License-Identifier: MIT */
#ifndef VOLUME_ENTRY_H
#define VOLUME_ENTRY_H

/*
 * What the name of a file in a VM's directory says: of which volume it is, and what it is there.
 *
 *	NAME.img		CLEAN: committed, never written in place
 *	NAME-dirty.img		DIRTY: attached to the VM
 *	NAME-import.img		IMPORT: being written by an import
 *	NAME-precache.img	PRECACHE: a reflink of clean, ready for the next start
 *	NAME.img.7@TIME		REVISION: an older clean image (revision.h)
 *	NAME.img.7@TIME+PIN	PIN: another name of such a state, kept until it is unpinned
 *	any of these~XXXXXXXX	the tempfile of an interrupted copy to it (tempname.h)
 *
 * Read to the letter, and from the end, so that "root" has nothing to do with "root2.img~abcdefgh"
 * or "root-old.img".
 */

#include <stdbool.h>
#include <stddef.h>

#include "subcmd/volume/revision.h"

enum image {
	CLEAN,
	DIRTY,
	IMPORT,
	PRECACHE,
	IMAGES, /* those that there is at most one of */
	REVISION = IMAGES,
	PIN,
};

struct entry {
	enum image image;
	bool is_temp;
	size_t name_length;	  /* NAME is so many bytes of the file's name */
	struct revision revision; /* if image is REVISION or PIN */
};

/* False if it is no volume's, or only of one that couldn't be called so (vid.h). */
bool entry_parse(const char *file_name, struct entry *ret_entry);

/* The file name of the volume NAME's image: "private-dirty.img". */
void entry_image_name(const char *name, enum image image, char ret_name[static NAME_MAX + 1]);

#endif
