/* SPDX-License-Identifier: MIT */
#include "subcmd/base/memory.h"

#include <stdlib.h>

#include "subcmd/base/msg.h"

enum status grow(void *array, size_t count, size_t size)
{
	void *larger;

	if (count & (count - 1)) /* there is room up to the next power of two */
		return DONE;
	larger = reallocarray(*(void **)array, count ? 2 * count : 1, size);
	if (!larger)
		return msg_errno(FAILED, "cannot keep a list");
	*(void **)array = larger;
	return DONE;
}
