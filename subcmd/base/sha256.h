/* SPDX-License-Identifier: MIT */
#ifndef BASE_SHA256_H
#define BASE_SHA256_H

/*
 * SHA-256 as FIPS 180-4 has it, of bytes that come bit by bit:
 *
 *	struct sha256 sum;
 *	sha256_begin(&sum);
 *	sha256_add(&sum, bytes, length);	any number of times
 *	sha256_end(&sum, hex);			once
 *
 * It tells whether something arrived as it was sent, and not who sent it.
 */

#include <stddef.h>
#include <stdint.h>

enum { SHA256_HEX = 65 }; /* 64 digits and a NUL */

struct sha256 {
	uint32_t state[8];
	uint64_t length; /* bytes so far */
	unsigned char block[64];
	void (*add_block)(struct sha256 *sum, const unsigned char *block);
};

void sha256_begin(struct sha256 *sum);
void sha256_add(struct sha256 *sum, const void *bytes, size_t length);

/* In lower case. */
void sha256_end(struct sha256 *sum, char ret_hex[static SHA256_HEX]);

#endif
