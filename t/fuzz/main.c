// SPDX-License-Identifier: MIT
// The entry to each target, and what the sources call in place of the kernel: see fuzz.h.
#include "t/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

#include "subcmd/base/quote.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
ssize_t fuzz_write(int fd, const void *line, size_t size);

static const struct {
	const char *name;
	void (*run)(const char *text, size_t length);
} targets[] = {
	{"size", fuzz_size}, {"vid", fuzz_vid},	  {"entry", fuzz_entry}, {"quote", fuzz_quote},
	{"json", fuzz_json}, {"cli", fuzz_cli}, {"sysfs", fuzz_sysfs},
};

static int messages;

void fuzz_fail(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: it must hold that %s\n", file, line, condition);
	abort();
}

int fuzz_messages(void)
{
	int count = messages;

	messages = 0;
	return count;
}

ssize_t fuzz_write(int fd, const void *line, size_t size)
{
	static const char start[] = "reflinkctl: ";
	char *text = strndup(line, size);

	MUST(fd == 2);
	MUST(size > sizeof(start) && strlen(text) == size && text[size - 1] == '\n');
	MUST(strncmp(text, start, strlen(start)) == 0);
	text[size - 1] = '\0';
	for (const char *c = text; *c; c += quote_printable(c))
		MUST(quote_printable(c));
	messages++;
	free(text);
	return (ssize_t)size;
}

void fuzz_pair(const char *text, const char *result)
{
	static FILE *pairs;
	const char *path = getenv("FUZZ_PAIRS");

	if (!path)
		return;
	if (!pairs)
		pairs = fopen(path, "a");
	fputs("check .", pairs);
	for (; *text; text++)
		fprintf(pairs, "\\\\x%02x", (unsigned char)*text);
	fprintf(pairs, " %s\n", result);
	fflush(pairs);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *target = getenv("FUZZ_TARGET");
	char *text;

	MUST(target);
	if (strcmp(target, "extent") == 0) {
		fuzz_extent(data, size);
		return 0;
	}
	if (strcmp(target, "stream") == 0) {
		fuzz_stream(data, size);
		return 0;
	}
	text = malloc(size + 1); /* so that a byte too far is noticed */
	memcpy(text, data, size);
	text[size] = '\0';
	text = realloc(text, strlen(text) + 1);
	for (size_t i = 0; i < sizeof(targets) / sizeof(*targets); i++)
		if (strcmp(target, targets[i].name) == 0)
			targets[i].run(text, strlen(text));
	free(text);
	return 0;
}
