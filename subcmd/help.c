/* SPDX-License-Identifier: MIT */
#include "subcmd/help.h"

#include <stdio.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/nearest.h"
#include "subcmd/base/quote.h"

static const char *const headings[GROUPS] = {
	[POOL] = "Pool",	 [LIFE] = "Life of a volume",
	[BACK] = "Back in time", [DATA] = "Data in and out",
	[LOOK] = "Questions",	 [TOOLS] = "Tools for any file",
};

/* clang-format off */
static const char terms[] =
"clean     the committed image, NAME.img: what the last stop left\n"
"dirty     what the VM writes to, NAME-dirty.img; after a crash its newest state\n"
"revision  a clean image of earlier days, NAME.img.7@TIME; 7 is its number\n"
"precache  a copy of the clean image for the next start, NAME-precache.img\n"
"snapshot  a volume that begins each start as another is, as a template's root\n"
"volatile  a volume that begins each start empty\n"
"origin    any other volume: what stop commits, the next start begins with\n"
"pin       a revision that stays until it is unpinned, NAME.img.7@TIME+NAME\n"
"import    an image to become the clean one, NAME-import.img, not yet complete\n"
"pool      the directory that has appvms/ and vm-templates/\n";

/* What begins with two spaces is for a shell, which takes what is behind # for a comment. */
static const char rescue[] =
"The pool is /var/lib/qubes here, the volume appvms/mail/private, a revision 7.\n"
"Only what is said to DROP something loses a state; with -n nothing is done yet.\n"
"\n"
"What is the matter, and which ways out are there?\n"
"  cd /var/lib/qubes\n"
"  reflinkctl fsck\n"
"  reflinkctl list\n"
"  reflinkctl info appvms/mail/private\n"
"\n"
"After a crash the dirty image has what the VM wrote last.  One of:\n"
"  reflinkctl start appvms/mail/private  # go on with it\n"
"  reflinkctl stop appvms/mail/private   # commit it; the state before is kept\n"
"  # or: reflinkctl discard appvms/mail/private  # DROP it, back to the last stop\n"
"\n"
"Back to an older state (the present clean one is kept as a revision):\n"
"  reflinkctl revisions appvms/mail/private\n"
"  reflinkctl revert appvms/mail/private 7\n"
"\n"
"A look into a state, which changes nothing (XFS: norecovery,nouuid for noload):\n"
"  mount -o loop,ro,noload \"$(reflinkctl export appvms/mail/private 7)\" /mnt\n"
"  umount /mnt\n"
"Without the 7 it is the clean image.  One with partitions, as a template's root:\n"
"  losetup --find --show --read-only --partscan vm-templates/fedora/root.img\n"
"\n"
"The disk is full.  What is there to gain, and where?\n"
"  reflinkctl df\n"
"  reflinkctl cleanup         # DROP unfinished imports, and leftovers\n"
"  reflinkctl -n reclaim 10G  # which revisions would have to go for that?\n"
"  reflinkctl reclaim 10G     # DROP those; the newest of each volume stays\n"
"  reflinkctl revisions --exclusive  # what would each of them give?\n"
"  reflinkctl prune appvms/mail/private 7  # DROP revision 7\n"
"\n"
"To a backup, and back (what is there is kept as a revision):\n"
"  reflinkctl export --output=/mnt/private.img appvms/mail/private\n"
"  reflinkctl import appvms/mail/private /mnt/private.img\n"
"\n"
"To another place: stop, copy the clean state (revisions stay behind), look.\n"
"  reflinkctl stop appvms/mail/private &&\n"
"  reflinkctl clone appvms/mail/private appvms/post/private &&\n"
"  reflinkctl info appvms/post/private &&\n"
"  reflinkctl remove appvms/mail/private  # DROP the old one, with its revisions\n";

/* Words that mean what others call so.  Who would drop something says it. */
static const struct {
	const char *words, *advice;
} meanings[] = {
	{" undo rollback roll-back back reset ",
	 "'revert' goes back to a revision, 'discard' to the last stop and drops what came after"},
	{" delete del rm destroy erase drop purge ",
	 "'remove' drops a volume with all its revisions, 'prune' revisions, 'discard' the dirty"
	 " image"},
	{" ls dir volumes ", "'list' lists the volumes, 'revisions' those of one"},
	{" mv move rename ",
	 "'clone' it, with --revisions; then 'remove' drops the old one, by --force with its"
	 " pins"},
	{" free space gc ",
	 "'df' tells what is available, 'reclaim' frees space and drops revisions for that"},
	{" cp ", "'clone' copies a volume, 'copy' any file"},
	{" backup save dump ", "'export' copies a state to a file"},
	{" restore load ", "'import' takes a state from a file, 'revert' from a revision"},
	{" commit ", "'stop' commits, 'snapshot' while the VM runs; both keep the state before"},
	{" status show stat ", "'info' tells of a volume, 'list' of all"},
	{" mount rescue repair terms ",
	 "'reflinkctl help rescue' tells what to type, 'help terms' the words"},
};
/* clang-format on */

static const struct subcmd *find(const struct help *help, const char *name)
{
	for (const struct subcmd *const *one = help->subcmds; *one; one++)
		if (strcmp((*one)->name, name) == 0)
			return *one;
	return NULL;
}

static const char *find_meaning(const char *name)
{
	char word[32];

	if ((size_t)snprintf(word, sizeof(word), " %s ", name) >= sizeof(word) ||
	    strchr(name, ' ') || !*name)
		return NULL;
	for (size_t i = 0; i < sizeof(meanings) / sizeof(*meanings); i++)
		if (strstr(meanings[i].words, word))
			return meanings[i].advice;
	return NULL;
}

const struct subcmd *help_find(const struct help *help, const char *name)
{
	struct nearest nearest = {.word = name};
	const struct subcmd *const subcmd = find(help, name), *near;
	const char *const advice = find_meaning(name), *const quoted = quote(NULL, name);

	if (subcmd)
		return subcmd;
	for (const struct subcmd *const *one = help->subcmds; *one; one++)
		nearest_try(&nearest, (*one)->name);
	near = nearest.best ? find(help, nearest.best) : NULL;
	if (advice)
		msg_error(USAGE, "unknown subcommand %s: %s", quoted, advice);
	else if (!near)
		msg_error(USAGE, "unknown subcommand %s: 'reflinkctl help' lists them", quoted);
	else if (near->drops)
		msg_error(USAGE,
			  "unknown subcommand %s: did you mean '%s'?"
			  " ('reflinkctl help %s' says what that drops)",
			  quoted, near->name, near->name);
	else
		msg_error(USAGE, "unknown subcommand %s: did you mean '%s'?", quoted, near->name);
	return NULL;
}

static void print_usage(const struct help *help)
{
	puts("usage: reflinkctl [-C POOL] [OPTION]... SUBCOMMAND [OPTION]... [OPERAND]...\n"
	     "       reflinkctl help [SUBCOMMAND | rescue | terms]\n\n"
	     "A VOLUME is the path of its images in POOL without suffix: appvms/mail/private\n"
	     "When something went wrong: reflinkctl help rescue");
	for (enum subcmd_group group = POOL; group < GROUPS; group++) {
		printf("\n%s:\n", headings[group]);
		for (const struct subcmd *const *one = help->subcmds; *one; one++)
			if ((*one)->group == group)
				printf("  %-12s %s\n%15s%s\n", (*one)->name, (*one)->summary,
				       "e.g. ", (*one)->example);
	}
	puts("\nOptions:");
	option_help(help->options);
}

enum status help_subcmd(const struct subcmd *subcmd)
{
	const bool has_options = subcmd->options;

	printf("usage: reflinkctl %s %s%s\n\n%s\n", subcmd->name, has_options ? "[OPTION]... " : "",
	       subcmd->operands, subcmd->summary);
	if (subcmd->drops)
		printf("\n%s\n", subcmd->drops);
	if (has_options) {
		puts("\nOptions:");
		option_help(subcmd->options);
	}
	printf("\nExample:\n  reflinkctl %s\n", subcmd->example);
	return DONE;
}

enum status help_print(const struct help *help, int argc, char **argv)
{
	const struct subcmd *subcmd;

	if (argc > 1)
		return msg_error(USAGE, "help takes one subcommand, or rescue, or terms");
	if (argc < 1 || strcmp(*argv, "help") == 0) {
		print_usage(help);
		return DONE;
	}
	if (strcmp(*argv, "rescue") == 0 || strcmp(*argv, "terms") == 0) {
		fputs(**argv == 'r' ? rescue : terms, stdout);
		return DONE;
	}
	subcmd = help_find(help, *argv);
	return subcmd ? help_subcmd(subcmd) : USAGE;
}
