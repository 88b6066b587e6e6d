/* SPDX-License-Identifier: MIT */
#ifndef POOL_STATE_H
#define POOL_STATE_H

/*
 * The state of a volume in a word, as far as its files can tell.  The first that fits:
 *
 *	dirty image	STATE_VOLATILE	no clean image and no revision, and the name is "volatile"
 *			STATE_SNAPSHOT	no revision, and the clean image has another link beneath
 *					vm-templates/, where the volume itself isn't
 *			STATE_DIRTY	otherwise
 *	import image	STATE_IMPORTING
 *	clean image	STATE_CLEAN
 *	precache	STATE_SNAPSHOT	no revision, and it is of a source's image: the next start's
 *	otherwise	STATE_MISSING	revisions, a precache or tempfiles are all that there is
 *
 * The kind of a volume isn't in its files, so some of that is a guess, and on the safe side: a
 * dirty image without a clean one may be all that is left of a volume with snapshots disabled,
 * and is called dirty whenever it isn't called "volatile"; and of several volumes beneath appvms/
 * with the same clean image, all are called dirty, since nothing tells which is the source.
 */

#include <sys/stat.h>

#include "subcmd/image/use.h"
#include "subcmd/volume/volume.h"

enum state {
	STATE_CLEAN,
	STATE_DIRTY,
	STATE_VOLATILE,
	STATE_SNAPSHOT,
	STATE_IMPORTING,
	STATE_MISSING,
};

/* What there is of a volume. */
struct traces {
	const char *dir;		  /* complete path of the VM's directory */
	const char *name;		  /* of the volume there */
	const struct stat *dirty, *clean; /* NULL: none */
	bool has_import, is_prepared;	  /* by a precache of a source's image */
	size_t n_revisions;		  /* and pins of which that is gone */
	enum use use;			  /* of dirty */
	bool is_of_template;		  /* matters only if state_depends_on_templates() */
};

struct summary {
	enum state state;
	int64_t size, usage; /* bytes, of dirty, else clean; else -1 */
	time_t time;	     /* when that was last written to */
	enum use use;	     /* does somebody write to the dirty image? */
	size_t n_revisions;
};

struct summary state_summarize(const struct traces *traces);

/* Has the volume NAME in DIR a precache of a source's image?  Matters only if there is neither a
 * clean nor a dirty image. */
enum status state_is_prepared(const struct dir *dir, const char *name, bool *ret_is);

/* Has the clean image another link, which makes a snapshot of it if it is a template's? */
bool state_depends_on_templates(const struct traces *traces);

/* Reads vm-templates/ of the volume's pool if it must. */
enum status state_of_volume(const struct volume *volume, struct summary *ret_summary);

/* REFUSED, with the message "cannot DEED it", of a snapshot or volatile volume: what it is now
 * isn't kept, and a revision of it would keep it from starting. */
enum status state_require_saved(const struct volume *volume, const char *deed);

/* "clean", "dirty" and so on. */
const char *state_name(enum state state);

/* The same for a table, where a volume whose dirty image somebody writes to is "running"; and how a
 * terminal should show it: the parameter of ECMA-48's SGR. */
const char *state_word(const struct summary *summary);
const char *state_color(const struct summary *summary);

#endif
