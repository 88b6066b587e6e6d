/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/finding.h"

/* A command may be pasted twice, or late: from the history of the shell, say, when what it was told
 * against is gone, and something good of that name has come.  So what takes something away asks
 * first whether it is still what was found. */

/* Under the path that it had in the pool, where heir.h looks too; something of that name may lie
 * there already.  For nobody else to read, as what was an image may be among it. */
#define LOST "(umask 077; mkdir -p %L)"
#define OUT_OF_THE_WAY LOST " && mv --backup=numbered -t %L %P"
/* What isn't ours is somebody's, a backup program's index say, unless he says otherwise. */
#define KEEP "touch %K  # it belongs there: tell it no more"
#define PUT_ASIDE OUT_OF_THE_WAY "  # it does not: put it aside"
/* It may fail, when a command before it has taken P away, a stop say: set -C keeps a P.new that is
 * there, so that what a failure removes is our own.  Synced, or a power cut could leave an empty
 * file under the name. */
#define REPLACE_BY(make)                                                                           \
	"(umask 077; set -C; : >%P.new) && { " make                                                \
	" && sync %P.new && mv %P.new %P || { rm %P.new; false; }; }"
/* A VM that was started meanwhile would go on writing to what has no name: copy, which would not
 * replace what somebody writes to, is asked. */
#define UNUSED "reflinkctl -qn copy %P.new %P && "
#define REPLACE REPLACE_BY(UNUSED "cp -a %P %P.new")
/* A file is NOCOW or not from when it is empty, and can't be beside the compression that it
 * inherits from its directory. */
#define REPLACE_FLAG                                                                               \
	REPLACE_BY(UNUSED "chattr -cm %P.new && chattr %F %P.new"                                  \
			  " && cp -a --reflink=never %P %P.new")
#define REFLINKCTL "reflinkctl -C %T "
#define STOP REFLINKCTL "stop %V  # keep what was written until %D"
#define DISCARD REFLINKCTL "discard %V  # drop that, and go back to %N"
/* Nor is a dirty image moved from under a VM: discard would refuse while somebody writes to it. */
#define UNSTARTED REFLINKCTL "-qn discard %V && "
#define LACKING "[ -e %C ] || "
#define HEIR(path, time)                                                                           \
	LACKING REFLINKCTL "import %V " path                                                       \
			   "  # take this state of " time ", if it is of the volume"
/* Before anybody decides what is to become of it. */
#define LOOK_AT REFLINKCTL "info %V"

const struct finding_kind finding_kinds[] = {
	/* In the order in which they are told of, and --repair removes: a command may change what
	 * those after it would be told of, and must not make theirs do harm. */
	{.name = "tempfile",
	 .meaning = "the leftover of an interrupted copy, of use to nobody",
	 .commands = {"rm %P"},
	 .is_repairable = true,
	 .is = scene_is_tempfile},
	{.name = "stale-precache",
	 .meaning = "a precache of another state than the clean image, which may be nowhere else;"
		    " start will not use it",
	 .commands = {REFLINKCTL "precache %V  # anew; what it alone has becomes a revision"},
	 .is = scene_is_unsaved_precache},
	{.name = "stale-precache",
	 .meaning = "a precache of another state than the clean image; start will not use it",
	 .commands = {REFLINKCTL "fsck --repair %V"}, /* by then it may be the last copy of one */
	 .is_repairable = true,
	 .is = scene_is_stale_precache},
	{.name = "written-clean",
	 .meaning = "a committed image, and somebody writes to it: end that (a VM that is stopped,"
		    " a mount)",
	 .commands = {"losetup -j %P"},
	 .only_looks = true,
	 .is = scene_is_written},
	{.name = "lost-writes",
	 .meaning = "what was written to it last could not be written to the disk, and may be lost",
	 .commands = {LOOK_AT "  # stop --force commits what can be read, discard drops it"},
	 .only_looks = true,
	 .is = scene_is_lost},
	{.name = "shared-dirty",
	 .meaning = "this image is a committed one too, which a VM that runs on it changes",
	 .commands = {REFLINKCTL "start %V"},
	 .is = scene_is_shared_dirty},
	{.name = "import",
	 .meaning = "an import is under way, or was interrupted",
	 .commands = {REFLINKCTL "import-end --abort %V  # drop it"},
	 .is = scene_is_import},
	{.name = "linked-image",
	 .meaning = "a symbolic link to an image, where the image itself belongs; no command "
		    "follows it",
	 .commands = {"[ -L %P ] && image=$(readlink -e %P) && " REPLACE_BY(
		 "reflinkctl copy \"$image\" %P.new && touch -r \"$image\" %P.new && " LOST
		 " && cp -d --backup=numbered -t %L %P") "  # take its state of %I"},
	 .is = scene_is_linked_image},
	{.name = "older-dirty",
	 .meaning = "dirty, and older than the clean image: of a pool that was copied while the VM "
		    "ran, or before an import",
	 .commands = {"[ %P -ot %C ] && " UNSTARTED OUT_OF_THE_WAY
		      "  # go on with the clean image, of %N; keep this in lost/",
		      REFLINKCTL "stop %V  # make this, of %D, the clean image; that becomes a "
				 "revision",
		      "[ %P -ot %C ] && " REFLINKCTL "discard %V  # drop this"},
	 .is = scene_is_older_dirty},
	{.name = "crashed",
	 .meaning = "dirty, and nobody writes to it: what the VM wrote is not committed",
	 .commands = {STOP, DISCARD},
	 .is = scene_is_crashed},
	{.name = "crashed-either",
	 .meaning = "as crashed; or a snapshot's (a disposable VM, a root image), which the next "
		    "start replaces",
	 .commands = {STOP, DISCARD},
	 .is = scene_is_crashed_either},
	{.name = "only-copy",
	 .meaning = "dirty without a clean image: the only copy of the newest state",
	 .commands = {STOP},
	 .is = scene_is_only_copy},
	{.name = "lone-precache",
	 .meaning = "a copy of the clean image, which is gone; nothing younger is left",
	 .commands = {"mv -nT %P %C && sync %C"},
	 .is = scene_is_lone_precache},
	{.name = "no-clean",
	 .meaning = "there are revisions, but neither a clean nor a dirty image",
	 .commands = {HEIR("%1", "%a"), HEIR("%2", "%b"),
		      LACKING REFLINKCTL "revert %V  # go back to the newest revision, of %O"},
	 .is = scene_is_all_there_is},
	{.name = "duplicate-number",
	 .meaning = "another revision has the same number",
	 .commands = {"[ -e %P ] && " OUT_OF_THE_WAY}, /* a revert may have taken it */
	 .is = scene_is_duplicate},
	{.name = "unnumbered-revision",
	 .meaning = "a revision of an old form, without a number",
	 .commands = {"mv -nT %P %A  # number it, as the oldest", OUT_OF_THE_WAY
		      "  # put it aside"},
	 .class = ITEM_UNNUMBERED},
	{.name = "written-later",
	 .meaning = "a revision that somebody wrote to after the time in its name: not that state "
		    "any more",
	 .commands = {"mv -nT %P %R"},
	 .is = scene_is_written_later},
	{.name = "impossible-date",
	 .meaning = "a revision of a day or time that does not exist",
	 .commands = {OUT_OF_THE_WAY},
	 .class = ITEM_IMPOSSIBLE_DATE},
	{.name = "odd-number",
	 .meaning = "a revision whose number is written in an odd way, and so is ignored",
	 .commands = {OUT_OF_THE_WAY},
	 .class = ITEM_ODD_NUMBER},
	{.name = "odd-revision",
	 .meaning = "a number too great, or no time like 2018-01-02T03:04:05Z; it is ignored",
	 .commands = {OUT_OF_THE_WAY},
	 .class = ITEM_ODD_REVISION},
	{.name = "odd-pin",
	 .meaning = "a pin whose name can be none's, and so is ignored; the Python driver takes one"
		    " that ends in Z for a revision",
	 .commands = {OUT_OF_THE_WAY},
	 .class = ITEM_ODD_PIN},
	{.name = "breaks-revisions",
	 .meaning = "a name that makes the Python driver fail to list the revisions",
	 .commands = {OUT_OF_THE_WAY},
	 .class = ITEM_BREAKS_PYTHON},
	{.name = "not-regular",
	 .meaning = "a symbolic link, device or other thing where an image belongs",
	 .commands = {"{ [ -L %P ] || [ ! -f %P ]; } && " OUT_OF_THE_WAY},
	 .is = scene_is_irregular},
	{.name = "linked-elsewhere",
	 .meaning =
		 "the image has names that are no image's of this pool; writing there changes it",
	 .commands = {REPLACE},
	 .is = scene_is_linked_elsewhere},
	{.name = "linked-in-use",
	 .meaning = "as linked-elsewhere, while somebody writes to the image: stop the VM",
	 .commands = {"find / -samefile %P"},
	 .only_looks = true,
	 .is = scene_is_linked_in_use},
	{.name = "nocow-mix",
	 .meaning =
		 "NOCOW differs between this and the clean image: the Python driver cannot clone",
	 .commands = {REPLACE_FLAG},
	 .is = scene_is_nocow_mix},
	{.name = "file-driver",
	 .meaning = "a leftover of the Python driver 'file'",
	 .commands = {OUT_OF_THE_WAY},
	 .class = ITEM_COW},
	{.name = "blocks-volatile",
	 .meaning = "an image that the Python driver 'file' left: a volatile volume called so does "
		    "not start",
	 .commands = {OUT_OF_THE_WAY},
	 .is = scene_blocks_volatile},
	{.name = "stray-link",
	 .meaning = "a symbolic link to nothing, or to a directory outside this pool",
	 .commands = {"[ -L %P ] && " OUT_OF_THE_WAY},
	 .is = scene_is_stray_link},
	{.name = "foreign-file",
	 .meaning = "not of a volume",
	 .commands = {KEEP, PUT_ASIDE},
	 .is = scene_is_foreign},
	/* What nobody needs to do anything about comes last. */
	{.name = "interrupted-commit",
	 .meaning = "this revision is the clean image itself: a commit was interrupted; the next "
		    "stop sees to it",
	 .commands = {"[ %P -ef %C ] && rm %P"},
	 .is_repairable = true,
	 .is_harmless = true,
	 .is = scene_is_interrupted},
	{.name = "crashed-snapshot",
	 .meaning = "the dirty image of a snapshot, and nobody writes to it; the next start "
		    "replaces it",
	 .is_harmless = true,
	 .is = scene_is_crashed_snapshot},
	{.name = "crashed-volatile",
	 .meaning = "a volatile image, and nobody writes to it; the next start replaces it",
	 .commands = {REFLINKCTL "stop --volatile %V  # drop it"},
	 .is_harmless = true,
	 .is = scene_is_crashed_volatile},
	{.name = NULL},
};

const struct finding_kind finding_deleted = {
	.name = "deleted-dirty",
	.meaning = "the dirty image was removed, and a loop device still has it: what was written "
		   "to it goes when that is detached",
	/* By then the device may have another file. */
	.commands = {"grep -q ' (deleted)$' /sys/block/%E/loop/backing_file && " REFLINKCTL
		     "import %V /dev/%E  # save what that has, the VM being off"}};
const struct finding_kind finding_empty = {.name = "empty-directory",
					   .meaning = "nothing is in it",
					   .commands = {"rmdir %P"},
					   .is_repairable = true};
const struct finding_kind finding_imageless = {
	.name = "no-images",
	.meaning = "a VM's directory without any image",
	.commands = {KEEP, "[ -z \"$(find %P -name '*.img*')\" ] && " PUT_ASIDE}};
const struct finding_kind finding_readable = {
	.name = "readable",
	.meaning = "others, or a group that is not that of the directory, can read images in it",
	.commands = {"find %P -name '*.img*' -type f \\( -perm /006 -o ! -gid %G -perm /060 \\) "
		     "-exec chmod go= {} +"}};

bool finding_is(const struct finding_kind *kind, const struct scene *scene, const struct item *item)
{
	return kind->is ? kind->is(scene, item) : item->class == kind->class;
}
