/* SPDX-License-Identifier: MIT */
#ifndef POOL_FINDING_H
#define POOL_FINDING_H

/*
 * What a crash, a person or another driver may have left in a pool: a table of the kinds of such
 * findings, each with a test, one sentence, and the command that mends it.  reflinkctl(5) lists
 * them; a dirty image that somebody writes to is a running VM's and no finding.
 */

#include "subcmd/pool/scene.h"

enum { FINDING_COMMANDS = 3 };

struct finding_kind {
	const char *name;
	const char *meaning; /* a sentence without its full stop */
	/* What is the owner's to choose has a command for each way, the one that keeps everything
	 * first; behind each stands "  # " and what it does.  NULL: none is needed.  What % and a
	 * letter stand for is in advice.h; a command with one that stands for nothing isn't told.
	 */
	const char *commands[FINDING_COMMANDS];
	bool only_looks; /* so do its commands, which work on a read-only file system too */
	/* Does removing it lose nothing?  (Then that is what --repair does.) */
	bool is_repairable;
	bool is_harmless; /* the next start or stop tidies it */
	/* What is it?  NULL: whatever is of CLASS. */
	scene_test *is;
	enum item_class class;
};

/* Of an item, in the order in which they are told; ends with a kind without a name. */
extern const struct finding_kind finding_kinds[];

/* Is ITEM such a finding? */
bool finding_is(const struct finding_kind *kind, const struct scene *scene,
		const struct item *item);

/* Of an image that is no item any more (deleted.h). */
extern const struct finding_kind finding_deleted;

/* Three kinds that aren't of an item but of a directory beneath appvms/ or vm-templates/: nothing
 * is in it; no image is in it; and of appvms/ or vm-templates/ themselves: others can read images.
 */
extern const struct finding_kind finding_empty, finding_imageless, finding_readable;

#endif
