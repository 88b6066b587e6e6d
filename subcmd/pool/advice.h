/* SPDX-License-Identifier: MIT */
#ifndef POOL_ADVICE_H
#define POOL_ADVICE_H

/*
 * What to type against a finding: a command of its kind with the names filled in.
 *
 *	%V	the volume			%P	the path of what was found
 *	%C	that of the clean image		%K	that of the file that says who keeps it
 *	%T	the pool			%L	the directory in POOL/lost/ for it
 *	%F	the clean image's NOCOW flag	%G	the group of the directory
 *	%D %N	the times of dirty and clean	%I	that of the image that a link leads to
 *	%O	that of the newest revision	%R	its path, if its name had its mtime
 *	%1 %2	the paths of heirs (heir.h)	%A	its path, if it were the oldest revision
 *	%a %b	their times			%E	the loop device that has it still
 */

#include "subcmd/pool/scene.h"

/* RET_TEXT is on the heap.  NO, without a message: something in COMMAND stands for nothing.  FAILED
 * without memory, which is reported. */
enum status advice_fill(const char *command, const struct scene *scene, const struct item *item,
			char **ret_text);

#endif
