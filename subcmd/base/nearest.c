/* SPDX-License-Identifier: MIT */
#include "subcmd/base/nearest.h"

#include <string.h>

enum { LONGEST = 31 };

static unsigned least(unsigned a, unsigned b)
{
	return a < b ? a : b;
}

/* Insertions, deletions, substitutions and swaps of neighbours that make A into B. */
static unsigned distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
	unsigned d[LONGEST + 2][LONGEST + 2];

	for (unsigned i = 0; i <= a_length; i++)
		d[i][0] = i;
	for (unsigned j = 0; j <= b_length; j++)
		d[0][j] = j;
	for (size_t i = 1; i <= a_length; i++)
		for (size_t j = 1; j <= b_length; j++) {
			d[i][j] = least(d[i - 1][j], d[i][j - 1]) + 1;
			d[i][j] = least(d[i][j], d[i - 1][j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				d[i][j] = least(d[i][j], d[i - 2][j - 2] + 1);
		}
	return d[a_length][b_length];
}

void nearest_try(struct nearest *nearest, const char *candidate)
{
	size_t a = strlen(nearest->word), b = strlen(candidate);
	unsigned found;

	if (a < 2 || a > LONGEST || b > LONGEST)
		return;
	found = strncmp(nearest->word, candidate, a) == 0 ||
				(a > 2 && strstr(candidate, nearest->word))
			? 1
			: distance(nearest->word, a, candidate, b);
	if (found > b / 4 + (b < 4) || (nearest->best && found >= nearest->distance))
		return;
	nearest->best = candidate;
	nearest->distance = found;
}
