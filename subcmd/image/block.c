/* SPDX-License-Identifier: MIT */
#include "subcmd/image/block.h"

#include <stdint.h>
#include <string.h>

bool block_is_zero(const unsigned char *block, size_t length)
{
	uint64_t words[8];

	for (; length >= sizeof(words); block += sizeof(words), length -= sizeof(words)) {
		memcpy(words, block, sizeof(words));
		if (words[0] | words[1] | words[2] | words[3] | words[4] | words[5] | words[6] |
		    words[7])
			return false;
	}
	while (length && !*block)
		block++, length--;
	return length == 0;
}

bool block_is_same(const unsigned char *a, const unsigned char *b, size_t length)
{
	uint64_t x[8], y[8];

	for (; length >= sizeof(x); a += sizeof(x), b += sizeof(x), length -= sizeof(x)) {
		memcpy(x, a, sizeof(x));
		memcpy(y, b, sizeof(y));
		if ((x[0] ^ y[0]) | (x[1] ^ y[1]) | (x[2] ^ y[2]) | (x[3] ^ y[3]) | (x[4] ^ y[4]) |
		    (x[5] ^ y[5]) | (x[6] ^ y[6]) | (x[7] ^ y[7]))
			return false;
	}
	while (length && *a == *b)
		a++, b++, length--;
	return length == 0;
}

size_t block_run(const unsigned char *from, size_t length, bool *ret_is_zero)
{
	size_t end = 0;

	do {
		const size_t rest = length - end;
		const bool is_zero = block_is_zero(from + end, rest < BLOCK ? rest : BLOCK);

		if (end == 0)
			*ret_is_zero = is_zero;
		else if (is_zero != *ret_is_zero)
			return end;
		end += BLOCK;
	} while (end < length);
	return length;
}

size_t block_run_same(const unsigned char *a, const unsigned char *b, size_t length,
		      bool *ret_is_same)
{
	size_t end = 0;

	do {
		const size_t rest = length - end;
		const bool is_same = block_is_same(a + end, b + end, rest < BLOCK ? rest : BLOCK);

		if (end == 0)
			*ret_is_same = is_same;
		else if (is_same != *ret_is_same)
			return end;
		end += BLOCK;
	} while (end < length);
	return length;
}
