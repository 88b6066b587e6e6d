/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/finding.h"

#include <stdio.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"
#include "subcmd/volume/oddity.h"
#include "subcmd/volume/place.h"

static bool is_image(const struct item *item, enum image image)
{
	return item_is_image(item) && item->entry.image == image;
}

static bool is_same_inode(const struct item *a, const struct item *b)
{
	return a && b && file_is_same(&a->st, &b->st);
}

static bool is_tempfile(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->class == ITEM_OURS && item->entry.is_temp && S_ISREG(item->st.st_mode);
}

static bool is_import(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return is_image(item, IMPORT);
}

/* Nothing on the disk tells an origin without a revision from a snapshot whose source has lost that
 * inode meanwhile (a template that was updated) or isn't a template. */
static bool is_of_either_kind(const struct scene *scene)
{
	return scene->image[CLEAN] && !scene->newest && !place_is_template(scene->dir->path);
}

/* The clean image of a snapshot is a link to its source's, and is replaced at every start.  That
 * of its source is the same. */
static bool may_be_snapshot(const struct scene *scene)
{
	return is_of_either_kind(scene) &&
	       links_count(scene->links, &scene->image[CLEAN]->st) > 1;
}

static bool is_snapshot(const struct scene *scene)
{
	return may_be_snapshot(scene) &&
	       links_are_of_template(scene->links, &scene->image[CLEAN]->st);
}

static bool is_stale_precache(const struct scene *scene, const struct item *item)
{
	const struct item *clean = scene->image[CLEAN];

	return is_image(item, PRECACHE) && clean && !may_be_snapshot(scene) &&
	       !file_is_dated_copy(&item->st, &clean->st);
}

static bool is_interrupted(const struct scene *scene, const struct item *item)
{
	return is_image(item, REVISION) && is_same_inode(item, scene->image[CLEAN]);
}

static bool is_stopped_dirty(const struct scene *scene, const struct item *item)
{
	return is_image(item, DIRTY) && !loops_find(scene->loops, &item->st);
}

static bool is_crashed(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(scene, item) && scene->image[CLEAN] && !is_of_either_kind(scene);
}

static bool is_crashed_either(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(scene, item) && is_of_either_kind(scene) && !is_snapshot(scene);
}

static bool is_crashed_snapshot(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(scene, item) && is_snapshot(scene);
}

static bool is_volatile(const struct scene *scene, const struct item *item)
{
	return !scene->image[CLEAN] && !scene->newest && item->volume == strlen("volatile") &&
	       strncmp(item->name, "volatile", item->volume) == 0;
}

static bool is_crashed_volatile(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(scene, item) && is_volatile(scene, item);
}

static bool is_only_copy(const struct scene *scene, const struct item *item)
{
	return is_stopped_dirty(scene, item) && !scene->image[CLEAN] && !is_volatile(scene, item);
}

static bool is_all_there_is(const struct scene *scene, const struct item *item)
{
	return item == scene->newest && !scene->image[CLEAN] && !scene->image[DIRTY];
}

static bool is_duplicate(const struct scene *scene, const struct item *item)
{
	return is_image(item, REVISION) && item > scene->first &&
	       is_image(item - 1, REVISION) &&
	       item[-1].entry.revision.number == item->entry.revision.number;
}

static bool is_irregular(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->class != ITEM_FOREIGN && !S_ISREG(item->st.st_mode);
}

/* The command replaces the file: a VM that uses it would go on writing to what has no name. */
static bool is_nocow_mix(const struct scene *scene, const struct item *item)
{
	const struct item *clean = scene->image[CLEAN];

	return item->has_flags && clean && clean->has_flags && item->is_nocow != clean->is_nocow &&
	       !loops_find(scene->loops, &item->st);
}

static bool has_links_elsewhere(const struct scene *scene, const struct item *item)
{
	return item_is_image(item) && !scene->links->is_partial &&
	       links_count(scene->links, &item->st) < item->st.st_nlink;
}

/* A link that was made since the others were counted may be in the pool: next time that is seen. */
static bool is_linked_elsewhere(const struct scene *scene, const struct item *item)
{
	return has_links_elsewhere(scene, item) && !loops_find(scene->loops, &item->st) &&
	       links_are_older(scene->links, &item->st);
}

static bool is_linked_in_use(const struct scene *scene, const struct item *item)
{
	return has_links_elsewhere(scene, item) && loops_find(scene->loops, &item->st);
}

static bool is_shared_dirty(const struct scene *scene, const struct item *item)
{
	return is_image(item, DIRTY) && item->st.st_nlink > 1 && !has_links_elsewhere(scene, item);
}

static bool is_cow(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->class == ITEM_COW;
}

static bool is_foreign(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->class == ITEM_FOREIGN && !oddity_is_qubes(item) &&
	       !S_ISDIR(item->st.st_mode) && !item->is_way && !item->is_stray;
}

static bool is_stray_link(const struct scene *scene, const struct item *item)
{
	(void)scene;
	return item->is_stray && !oddity_is_qubes(item);
}

/* Something of that name may lie there already; in a directory of their own, since mv would move
 * one of the pool's out of the way of what is called like it. */
#define OUT_OF_THE_WAY "mkdir -p %T/lost && mv --backup=numbered -t %T/lost %P"
/* Synced, or a power cut could leave an empty file under the name. */
#define REPLACE "cp -p --backup=numbered %P %P.new && sync %P.new && mv %P.new %P"
/* A file is NOCOW or not from when it is empty; set -C keeps a P.new that is there. */
#define REPLACE_FLAG                                                                               \
	"(set -C; : >%P.new) && chattr %F %P.new && cp -p --reflink=never %P %P.new && "           \
	"sync %P.new && mv %P.new %P"
#define REFLINKCTL "reflinkctl -C %T "
/* How many revisions the volume is to have isn't known here. */
#define STOP REFLINKCTL "stop --revisions-to-keep=%R %V"

static const struct finding_kind kinds[] = {
	/* In the order in which they are told of, and --repair removes: a command may change what
	 * those after it would be told of, and must not make theirs do harm. */
	{"tempfile", "the leftover of an interrupted copy, of use to nobody", "rm %P", true,
	 is_tempfile},
	{"stale-precache",
	 "a precache of another state than the clean image; start will not use it", "rm %P", true,
	 is_stale_precache},
	{"interrupted-commit", "this revision is the clean image itself: a commit was interrupted",
	 "[ %P -ef %C ] && rm %P", true, is_interrupted},
	{"shared-dirty", "this image is a committed one too, which a VM that runs on it changes",
	 REFLINKCTL "start %V", false, is_shared_dirty},
	{"import", "an import is under way, or was interrupted",
	 REFLINKCTL "import-end --abort %V", false, is_import},
	{"crashed", "dirty, and no loop device uses it: what the VM wrote is not committed",
	 STOP, false, is_crashed},
	{"crashed-either",
	 "as crashed; or a snapshot's (a disposable VM, a root image), to be discarded",
	 STOP, false, is_crashed_either},
	{"crashed-snapshot", "the dirty image of a snapshot, and no loop device uses it",
	 REFLINKCTL "discard %V", false, is_crashed_snapshot},
	{"crashed-volatile", "a volatile image, and no loop device uses it",
	 REFLINKCTL "stop --volatile %V", false, is_crashed_volatile},
	{"only-copy", "dirty without a clean image: the only copy of the newest state",
	 STOP, false, is_only_copy},
	{"no-clean", "there are revisions, but neither a clean nor a dirty image",
	 REFLINKCTL "revert %V", false, is_all_there_is},
	{"duplicate-number", "another revision has the same number", OUT_OF_THE_WAY, false,
	 is_duplicate},
	{"unnumbered-revision", "a revision of an old form, without a number", OUT_OF_THE_WAY,
	 false, oddity_is_unnumbered},
	{"impossible-date", "a revision of a day or time that does not exist", OUT_OF_THE_WAY,
	 false, oddity_is_impossible_date},
	{"odd-number", "a revision whose number is written in an odd way, and so is ignored",
	 OUT_OF_THE_WAY, false, oddity_is_number},
	{"odd-revision", "a number too great, or no time like 2018-01-02T03:04:05Z; it is ignored",
	 OUT_OF_THE_WAY, false, oddity_is_revision},
	{"breaks-revisions", "a name that makes the Python driver fail to list the revisions",
	 OUT_OF_THE_WAY, false, oddity_breaks_python},
	{"not-regular", "a symbolic link, device or other thing where an image belongs",
	 OUT_OF_THE_WAY, false, is_irregular},
	{"linked-elsewhere",
	 "the image has names that are no image's of this pool; writing there changes it", REPLACE,
	 false, is_linked_elsewhere},
	{"linked-in-use", "as linked-elsewhere, while a loop device uses the image: stop the VM",
	 "find / -samefile %P", false, is_linked_in_use},
	{"nocow-mix",
	 "NOCOW differs between this and the clean image: the Python driver cannot clone",
	 REPLACE_FLAG, false, is_nocow_mix},
	{"file-driver", "a leftover of the Python driver 'file'", OUT_OF_THE_WAY, false, is_cow},
	{"stray-link", "a symbolic link to nothing, or to a directory outside this pool",
	 OUT_OF_THE_WAY, false, is_stray_link},
	{"foreign-file", "not of a volume", OUT_OF_THE_WAY, false, is_foreign},
};

const struct finding_kind finding_empty = {
	"empty-directory", "nothing is in it", "rmdir %P", true, NULL};
const struct finding_kind finding_imageless = {
	"no-images", "a VM's directory without any image", OUT_OF_THE_WAY, false, NULL};

const struct finding_kind *finding_next(const struct finding_kind *last)
{
	const struct finding_kind *next = last ? last + 1 : kinds;

	return next < kinds + sizeof(kinds) / sizeof(*kinds) ? next : NULL;
}
