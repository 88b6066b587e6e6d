/* SPDX-License-Identifier: MIT */
/*
 * sha256 [anywhere]: the sum of stdin, in pieces of growing length; with "anywhere" as on a processor
 * that has no instructions for it.
 */
#include "subcmd/base/sha256.c"

#include <stdlib.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	char hex[SHA256_HEX];
	struct sha256 sum;
	size_t piece = 1;
	ssize_t n;

	(void)argv;
	sha256_begin(&sum);
	if (argc > 1)
		sum.add_block = add_block_anywhere;
	for (;; piece = piece % 1000 + 7) {
		char bytes[1024];

		n = read(STDIN_FILENO, bytes, piece);
		if (n <= 0)
			break;
		sha256_add(&sum, bytes, (size_t)n);
	}
	sha256_end(&sum, hex);
	puts(hex);
	return n < 0;
}
