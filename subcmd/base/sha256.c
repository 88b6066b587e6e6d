/* SPDX-License-Identifier: MIT */
#include "subcmd/base/sha256.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#ifdef __x86_64__
#include <cpuid.h>
#include <immintrin.h>
#endif

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
static void add_block_anywhere(struct sha256 *sum, const unsigned char *block)
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

#ifdef __x86_64__
/* With the processor's own instructions, each for two rounds, it takes a fifth of the time or less.
 * They want A to H as two vectors, each beginning with its last word. */
__attribute__((target("sha,sse4.1"))) static void add_block_x86(struct sha256 *sum,
								const unsigned char *block)
{
	const __m128i swap = _mm_set_epi64x(0x0c0d0e0f08090a0b, 0x0405060700010203);
	const __m128i *const from = (const void *)block, *const k = (const void *)rounds;
	int *const s = (int *)sum->state;
	const __m128i first = _mm_set_epi32(s[0], s[1], s[4], s[5]),
		      second = _mm_set_epi32(s[2], s[3], s[6], s[7]);
	__m128i abef = first, cdgh = second, w[4];

	for (int i = 0; i < 4; i++)
		w[i] = _mm_shuffle_epi8(_mm_loadu_si128(from + i), swap);
#pragma GCC unroll 16
	for (int i = 0; i < 16; i++) { /* four rounds; what W becomes in the last ones is lost */
		const __m128i last = w[(i + 3) % 4],
			      words = _mm_add_epi32(w[i % 4], _mm_loadu_si128(k + i));

		cdgh = _mm_sha256rnds2_epu32(cdgh, abef, words);
		abef = _mm_sha256rnds2_epu32(abef, cdgh, _mm_shuffle_epi32(words, 0x0e));
		w[i % 4] = _mm_sha256msg1_epu32(w[i % 4], w[(i + 1) % 4]);
		w[i % 4] = _mm_add_epi32(w[i % 4], _mm_alignr_epi8(last, w[(i + 2) % 4], 4));
		w[i % 4] = _mm_sha256msg2_epu32(w[i % 4], last);
	}
	abef = _mm_add_epi32(abef, first);
	cdgh = _mm_add_epi32(cdgh, second);
	s[0] = _mm_extract_epi32(abef, 3);
	s[1] = _mm_extract_epi32(abef, 2);
	s[2] = _mm_extract_epi32(cdgh, 3);
	s[3] = _mm_extract_epi32(cdgh, 2);
	s[4] = _mm_extract_epi32(abef, 1);
	s[5] = _mm_extract_epi32(abef, 0);
	s[6] = _mm_extract_epi32(cdgh, 1);
	s[7] = _mm_extract_epi32(cdgh, 0);
}

static bool has_instructions(void)
{
	unsigned a, b, c, d;

	return __get_cpuid(1, &a, &b, &c, &d) && c & bit_SSE4_1 && c & bit_SSSE3 &&
	       __get_cpuid_count(7, 0, &a, &b, &c, &d) && b & bit_SHA;
}
#endif

void sha256_begin(struct sha256 *sum)
{
	memcpy(sum->state, initial, sizeof(initial));
	sum->length = 0;
	sum->add_block = add_block_anywhere;
#ifdef __x86_64__
	if (has_instructions())
		sum->add_block = add_block_x86;
#endif
}

void sha256_add(struct sha256 *sum, const void *bytes, size_t length)
{
	const unsigned char *from = bytes;

	while (length) {
		const size_t filled = sum->length % sizeof(sum->block);
		const size_t room = sizeof(sum->block) - filled;
		const size_t n = length < room ? length : room;

		if (n == sizeof(sum->block)) {
			sum->add_block(sum, from);
		} else {
			memcpy(sum->block + filled, from, n);
			if (n == room)
				sum->add_block(sum, sum->block);
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
