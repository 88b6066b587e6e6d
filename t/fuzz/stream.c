// SPDX-License-Identifier: MIT
// The stream that receive reads, of which anybody may be the sender.
#include "t/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "subcmd/image/stream.h"

enum { BASE = 40000, MOST = 1 << 20 };

static void check_sums(void)
{
	static const struct {
		const char *text, *sum;
	} known[] = { // of FIPS 180-4's examples
		{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
		{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
		 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
	};
	char hex[SHA256_HEX];

	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++) {
		struct sha256 sum;

		sha256_begin(&sum);
		for (const char *c = known[i].text; *c; c++)
			sha256_add(&sum, c, 1);
		sha256_end(&sum, hex);
		MUST(strcmp(hex, known[i].sum) == 0);
	}
}

static int file_of(const void *data, size_t size)
{
	int fd = memfd_create("fuzz", 0);

	MUST(fd >= 0 && (!size || pwrite(fd, data, size, 0) == (ssize_t)size));
	return fd;
}

static uint64_t number(const uint8_t *data, int size)
{
	uint64_t value = 0;

	while (size--)
		value = value << 8 | data[size];
	return value;
}

/* A stream that was taken, by a reader that believes everything: IMAGE becomes what it makes. */
static void believe(const uint8_t *data, unsigned char *image)
{
	data += strlen("rbd diff v1\n");
	for (; *data != 'e';) {
		const uint8_t tag = *data++;
		const uint64_t first = number(data, tag == 'f' || tag == 't' ? 4 : 8);

		if (tag == 'f' || tag == 't') {
			data += 4 + first;
			continue;
		}
		data += 8;
		if (tag == 's')
			continue;
		if (tag == 'w')
			memcpy(image + first, data + 8, number(data, 8));
		else
			memset(image + first, 0, number(data, 8));
		data += 8 + (tag == 'w' ? number(data, 8) : 0);
	}
}

static void check_image(const uint8_t *data, int fd, int64_t size, bool has_base)
{
	unsigned char *expected = calloc(1, MOST + BASE), *found = calloc(1, MOST + BASE);
	struct stat st;

	MUST(fstat(fd, &st) == 0 && st.st_size == size);
	if (size <= MOST) {
		memset(expected, 'B', has_base ? BASE : 0);
		memset(expected + size, 0, size < BASE ? (size_t)(BASE - size) : 0);
		believe(data, expected);
		MUST(pread(fd, found, MOST, 0) == size);
		MUST(memcmp(expected, found, MOST) == 0);
	}
	free(expected);
	free(found);
}

static void check_name(const char *text, const struct identity *identity)
{
	struct file file = {.st = {.st_mtim = identity->mtime}};
	char again[IDENTITY_TEXT], word[IDENTITY_TEXT];
	struct identity same;

	strcpy(word, text);
	word[strcspn(word, "@")] = '\0';
	identity_name(&file, word, identity->id, again);
	/* The same but for the second's fraction, of which others write less. */
	MUST(strncmp(again, text, strcspn(again, ".")) == 0 && identity_is_id(identity->id));
	MUST(strcmp(strchr(again, ' '), strchr(text, ' ')) == 0);
	MUST(identity_parse(again, &same) && same.mtime.tv_sec == identity->mtime.tv_sec &&
	     same.mtime.tv_nsec == identity->mtime.tv_nsec);
}

static void receive(const uint8_t *data, size_t size, enum sink_kind kind)
{
	static unsigned char old[BASE];
	struct file source = {.fd = file_of(data, size), .name = "stream"};
	struct file target = {.name = "image"};
	struct sink sink = {.target = &target, .kind = kind};
	struct stream stream;
	enum status status = stream_begin(&stream, &source);
	int64_t written;
	struct stat st;

	memset(old, 'B', sizeof(old));
	target.fd = file_of(old, kind == SINK_SPARSE ? 0 : sizeof(old));
	MUST(status == DONE || status == REFUSED);
	if (status == DONE) {
		check_name(stream.to, &stream.state);
		if (*stream.from)
			check_name(stream.from, &stream.base);
		MUST(stream.size >= 0);
		status = stream_apply(&stream, &sink, true, &written);
		MUST(fstat(target.fd, &st) == 0);
		MUST(status != FAILED || stream.size > (int64_t)1 << 40);
		MUST(status == FAILED || st.st_size == stream.size);
	}
	MUST(fuzz_messages() == (status != DONE));
	if (status == DONE)
		check_image(data, target.fd, stream.size, kind == SINK_FILLED);
	close(source.fd);
	close(target.fd);
}

void fuzz_stream(const uint8_t *data, size_t size)
{
	check_sums();
	receive(data, size, SINK_SPARSE);
	receive(data, size, SINK_LIKE);
	receive(data, size, SINK_FILLED);
}
