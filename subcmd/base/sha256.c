/* SPDX-License-Identifier: MIT */
#include "subcmd/base/sha256.h"

#include <stdio.h>
#include <string.h>

/* The first bits of the fractions of the cube roots of the first primes, and of square roots. */
static const uint32_t rounds[64] = {
	0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b, 0x59f111f1, 0x923f82a4,
	0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3, 0x72be5d74, 0x80deb1fe,
	0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6, 0x240ca1cc, 0x2de92c6f,
	0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d, 0xb00327c8, 0xbf597fc7,
	0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85, 0x2e1b2138, 0x4d2c6dfc,
	0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85, 0xa2bfe8a1, 0xa81a664b,
	0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585, 0x106aa070, 0x19a4c116,
	0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a, 0x5b9cca4f, 0x682e6ff3,
	0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa, 0xa4506ceb, 0xbef9a3f7,
	0xc67178f2,
};
static const uint32_t initial[8] = {
	0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19,
};

static uint32_t rotate(uint32_t word, int bits)
{
	return word >> bits | word << (32 - bits);
}

static uint32_t big_endian(const unsigned char *bytes)
{
	return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
	       bytes[3];
}

/* The message schedule: sixteen words of BLOCK become 64. */
static void expand(const unsigned char *block, uint32_t words[static 64])
{
	for (size_t i = 0; i < 16; i++)
		words[i] = big_endian(block + 4 * i);
	for (int i = 16; i < 64; i++) {
		const uint32_t a = words[i - 15], b = words[i - 2];

		words[i] = words[i - 16] + (rotate(a, 7) ^ rotate(a, 18) ^ a >> 3) + words[i - 7] +
			   (rotate(b, 17) ^ rotate(b, 19) ^ b >> 10);
	}
}

/* Eight rounds are unrolled, so that S turns by its indices and nothing is moved. */
static void add_block(struct sha256 *sum, const unsigned char *block)
{
	uint32_t w[64], s[8];

	expand(block, w);
	memcpy(s, sum->state, sizeof(s));
#pragma GCC unroll 8
	for (unsigned i = 0; i < 64; i++) {
#define S(n) s[((n)-i) % 8]
		const uint32_t choice = (S(4) & S(5)) ^ (~S(4) & S(6));
		const uint32_t majority = (S(0) & S(1)) ^ (S(0) & S(2)) ^ (S(1) & S(2));
		const uint32_t one = S(7) + choice + rounds[i] + w[i] +
				     (rotate(S(4), 6) ^ rotate(S(4), 11) ^ rotate(S(4), 25));
		const uint32_t two =
			majority + (rotate(S(0), 2) ^ rotate(S(0), 13) ^ rotate(S(0), 22));

		S(3) += one;
		S(7) = one + two;
#undef S
	}
	for (int i = 0; i < 8; i++)
		sum->state[i] += s[i];
}

void sha256_begin(struct sha256 *sum)
{
	memcpy(sum->state, initial, sizeof(initial));
	sum->length = 0;
}

void sha256_add(struct sha256 *sum, const void *bytes, size_t length)
{
	const unsigned char *from = bytes;

	while (length) {
		const size_t filled = sum->length % sizeof(sum->block);
		const size_t room = sizeof(sum->block) - filled;
		const size_t n = length < room ? length : room;

		if (n == sizeof(sum->block)) {
			add_block(sum, from);
		} else {
			memcpy(sum->block + filled, from, n);
			if (n == room)
				add_block(sum, sum->block);
		}
		sum->length += n;
		from += n;
		length -= n;
	}
}

void sha256_end(struct sha256 *sum, char ret_hex[static SHA256_HEX])
{
	static const unsigned char padding[64] = {0x80};
	const uint64_t bits = sum->length * 8;
	unsigned char length[8];

	for (int i = 0; i < 8; i++)
		length[i] = (unsigned char)(bits >> (56 - 8 * i));
	/* Eight bytes of a block are left for the length then. */
	sha256_add(sum, padding, 1 + (119 - sum->length % 64) % 64);
	sha256_add(sum, length, sizeof(length));
	for (size_t i = 0; i < 8; i++)
		snprintf(ret_hex + 8 * i, 9, "%08x", sum->state[i]);
}
