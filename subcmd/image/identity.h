/* SPDX-License-Identifier: MIT */
#ifndef IMAGE_IDENTITY_H
#define IMAGE_IDENTITY_H

/*
 * By what a state is known to those who send and receive it: a random id of 128 bits, in 32
 * hexadecimal digits, and never its time or number.
 *
 * user.reflinkctl.state	An extended attribute of the image: ID MTIME SIZE (the time in
 *				seconds.nanoseconds).  It counts only while the image has this mtime
 *				and size: on what was written to since, on a dirty image that was
 *				the clean one say, it says nothing.
 *
 * Whoever sends a state writes an id on it, unless it has one that counts; whoever receives it
 * writes the same on what he makes, with the time that the file has there.  All names of an inode
 * share it: clean image, revision, pin.  A reflink has none.  cp -a, rsync -X and btrfs send carry
 * it along with the time, and with the state that it is of.
 *
 * In a stream (stream.h) a state is called
 *
 *	WORD@YYYY-MM-DDTHH:MM:SS.NNNNNNNNNZ ID
 *
 * where WORD, "clean" or the number of a revision, is for people; the time is the mtime that the
 * image has at the sender, UTC, to the nanosecond.  Others who write streams may call it by a pin,
 * and write fewer digits of the second's fraction, or none and no point.
 */

#include "subcmd/image/file.h"

enum { IDENTITY_ID = 33, IDENTITY_TEXT = 128, IDENTITY_WORD = 32 }; /* two with the NUL */

struct identity {
	char id[IDENTITY_ID];
	struct timespec mtime;
};

/* The id of FILE, as it was when it was opened.  NO, without a message: none that counts, or there
 * can be none here.  Errors are reported. */
enum status identity_find(const struct file *file, char ret_id[static IDENTITY_ID]);

/* The same, durable (mark_sync()); if there is none, a new one is written on it.  NO, with a
 * warning, where that can't be done: it is an id nevertheless, which nobody finds on FILE.  A dry
 * run writes nothing, and the id is one of nothing. */
enum status identity_make(const struct file *file, char ret_id[static IDENTITY_ID]);

/* Does TEXT look like an id? */
bool identity_is_id(const char *text);

/* Write ID on FILE, which has the time and size that are to stay.  NO, with a warning: it can't
 * bear one.  Not yet durable. */
enum status identity_put(const struct file *file, const char *id);

/* FILE is to be written to, or was: no id is on it any more, durably (mark_sync()) if one was.  A
 * power cut may bring back the time of before, with what was written since. */
enum status identity_drop(const struct file *file);

/* What the state of FILE is called in a stream. */
void identity_name(const struct file *file, const char *word, const char *id,
		   char ret_text[static IDENTITY_TEXT]);

/* The other way; false for anything that isn't made as above. */
bool identity_parse(const char *text, struct identity *ret_identity);

#endif
