/* SPDX-License-Identifier: MIT */
#ifndef FUZZ_H
#define FUZZ_H

/*
 * What reads text that others wrote, fed with whatever libFuzzer thinks of, and held to what its
 * header promises.  One program for all of it; FUZZ_TARGET in the environment names the function
 * below that gets the input, and t/fuzz/corpus/TARGET/ has where it begins.
 *
 * Everything runs under ASan and UBSan.  The sources are compiled with write(2) and ioctl(2)
 * replaced: by fuzz_write(), to which every message goes and which holds each to one line without
 * control characters; and by fuzz_ioctl(), which answers with the input.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What must hold: an exit by a signal, with this line's number, if it doesn't. */
#define MUST(condition) ((condition) ? (void)0 : fuzz_fail(__FILE__, __LINE__, #condition))
_Noreturn void fuzz_fail(const char *file, int line, const char *condition);

/* TEXT is of LENGTH bytes without a NUL, and a NUL. */
void fuzz_size(const char *text, size_t length);
void fuzz_vid(const char *text, size_t length);
void fuzz_entry(const char *text, size_t length);
void fuzz_quote(const char *text, size_t length);
void fuzz_json(const char *text, size_t length);
void fuzz_cli(const char *text, size_t length);
void fuzz_sysfs(const char *text, size_t length);

/* And these of anything. */
void fuzz_extent(const uint8_t *data, size_t size);
void fuzz_stream(const uint8_t *data, size_t size);

/* How many messages came since the last call? */
int fuzz_messages(void);

/* Append the line "check .BYTES RESULT" to the file that FUZZ_PAIRS names, for other programs to
 * have a look: TEXT, each byte as \\x2a, and what it became. */
void fuzz_pair(const char *text, const char *result);

#endif
