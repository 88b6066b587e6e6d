/* SPDX-License-Identifier: MIT */
#ifndef BASE_MSG_H
#define BASE_MSG_H

/*
 * What the program says on stderr: one line per write(2), so that lines of concurrent processes
 * never mix, each starting with "reflinkctl: ".  errno survives every function here.
 *
 * If stderr is the journal (JOURNAL_STREAM holds its device and inode, see systemd.exec(5)), a
 * line starts with its level as sd-daemon(3) has it: <6> done, <4> warning, <3> error.
 *
 * Texts are lower case, without a full stop; file names in them come from quote() (quote.h).
 * A line that doesn't fit 64 KiB (two paths of PATH_MAX, every byte escaped, do) is cut.
 */

#include <stdbool.h>

#include "subcmd/base/status.h"

/* From the command line: leave out what went well; say what would be done instead of doing it. */
void msg_setup(bool quiet, bool dry_run);

/* Is this a dry run?  The modules that own a system call that changes something ask here. */
bool msg_is_dry_run(void);

/* Is -q in force? */
bool msg_is_quiet(void);

/* Is stderr the journal? */
bool msg_is_journal(void);

/* Something was done, as the first word of FORMAT says: "linked %s -> %s".  A dry run says what
 * would be done: "would link ...". */
__attribute__((format(printf, 1, 2))) void msg_done(const char *format, ...);

/* Something to know that is neither a deed nor a failure: waiting for a lock, how far a copy is. */
__attribute__((format(printf, 1, 2))) void msg_note(const char *format, ...);

/* Something failed that doesn't make the transition fail. */
__attribute__((format(printf, 1, 2))) void msg_warn(const char *format, ...);

/* The transition fails.  Returns STATUS, for "return msg_error(REFUSED, ...)". */
__attribute__((format(printf, 2, 3))) enum status msg_error(enum status status, const char *format,
							    ...);

/* The same with ": " and the text of errno behind it.  FAILED becomes MISSING if errno is ENOENT or
 * ENOTDIR, and REFUSED if it is EROFS: these have exit codes of their own. */
__attribute__((format(printf, 2, 3))) enum status msg_errno(enum status status, const char *format,
							    ...);

/* Show TEXT (printable, narrower than the terminal) as the terminal's last line, in place of what
 * this showed before; "" removes it.  Every line said meanwhile removes it too. */
void msg_bar(const char *text);

/* From here on errors are shown as warnings, or (false) as before: for steps after a commit (prune,
 * precache), whose failure doesn't undo it.  Calls nest. */
void msg_errors_are_warnings(bool on);

#endif
