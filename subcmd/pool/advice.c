/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/advice.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/msg.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/kept.h"

/* "" is the pool itself; or, of what is in no pool, the directory of its own. */
static const char *path_in_pool(const struct scene *scene)
{
	const char *const beneath = path_beneath(scene->pool->path, scene->dir->path);

	return beneath ? beneath : "";
}

static void put_time(const struct timespec *time, FILE *out)
{
	fputs(revision_make(0, time->tv_sec).time, out);
}

static bool put_heir(const struct scene *scene, const struct item *item, size_t index, bool is_time,
		     FILE *out)
{
	const struct heir *heirs[HEIRS_TOLD];
	char path[PATH_MAX + NAME_MAX];

	if (!scene->heirs || heirs_of(scene->heirs, path_in_pool(scene), item->name,
				      item->name_length, heirs) <= index)
		return false;
	snprintf(path, sizeof(path), "%s/%s", heirs[index]->dir, heirs[index]->name);
	if (is_time)
		put_time(&heirs[index]->time, out);
	else
		fputs(quote(scene->pool, path), out);
	return true;
}

/* Beneath the oldest number there is room for this one and for those of its kind that are younger,
 * each one below the next.  Without any they begin at 0; and at more only if no stop is told, too,
 * whose revision would be number 1. */
static bool number_unnumbered(const struct scene *scene, const struct item *item,
			      uint64_t *ret_number)
{
	uint64_t oldest = 0, n_younger = 0, n_older = 0;
	bool has_others = false;

	for (const struct item *other = scene->first; other < scene->end; other++) {
		if (other->class == ITEM_UNNUMBERED) {
			n_younger += other > item;
			n_older += other < item;
		} else if (other->class == ITEM_OURS && other->entry.image >= IMAGES) {
			if (!has_others || other->entry.revision.number < oldest)
				oldest = other->entry.revision.number;
			has_others = true;
		}
	}
	*ret_number = has_others ? oldest - 1 - n_younger : n_older;
	return has_others ? oldest > n_younger : !n_older || !scene->image[DIRTY];
}

/* "private.img@2018-01-02T03:04:05Z" with a number. */
static bool put_adopted(const struct scene *scene, const struct item *item, FILE *out)
{
	const char *const at = strchr(item->name + item->name_length, '@');
	char text[2 * NAME_MAX], name[3 * NAME_MAX];
	struct revision revision;
	uint64_t number;

	if (!S_ISREG(item->st.st_mode) || !number_unnumbered(scene, item, &number))
		return false;
	snprintf(text, sizeof(text), "%llu%s", (unsigned long long)number, at);
	if (!revision_parse(text, &revision) || *revision.pin)
		return false;
	snprintf(name, sizeof(name), "%.*s.img.%s", (int)item->name_length, item->name, text);
	fputs(quote(scene->dir, name), out);
	return true;
}

static void put_renamed(const struct scene *scene, const struct item *item, FILE *out)
{
	struct revision revision =
		revision_make(item->entry.revision.number, item->st.st_mtim.tv_sec);
	char clean[NAME_MAX + 1], name[NAME_MAX + 1];

	strcpy(revision.pin, item->entry.revision.pin);
	snprintf(clean, sizeof(clean), "%.*s.img", (int)item->name_length, item->name);
	revision_name(&revision, clean, name);
	fputs(quote(scene->dir, name), out);
}

static void put_time_of(char part, const struct scene *scene, const struct item *item, FILE *out)
{
	struct stat target = item->st;
	struct timespec time;

	if (part == 'I') {
		(void)fstatat(scene->dir->fd, item->name, &target, 0);
		time = target.st_mtim;
	} else if (part == 'O') {
		time = lost_time(&scene->newest->entry, &scene->newest->st);
	} else {
		time = scene->image[part == 'D' ? DIRTY : CLEAN]->st.st_mtim;
	}
	put_time(&time, out);
}

static void put_path(char part, const struct scene *scene, const struct item *item, FILE *out)
{
	char path[PATH_MAX + NAME_MAX];
	const char *ending = part == 'K' ? KEPT_ENDING : "";
	int length = (int)strlen(item->name);

	if (part == 'L') {
		snprintf(path, sizeof(path), "lost%s%s", *path_in_pool(scene) ? "/" : "",
			 path_in_pool(scene));
		fputs(quote(scene->pool, path), out);
		return;
	}
	if (part == 'V' || part == 'C')
		length = (int)item->name_length;
	if (part == 'C')
		ending = ".img";
	snprintf(path, sizeof(path), "%.*s%s", length, item->name, ending);
	fputs(quote(scene->dir, path), out);
}

/* Does it stand for something? */
static bool put_part(char part, const struct scene *scene, const struct item *item, FILE *out)
{
	if (strchr("12ab", part))
		return put_heir(scene, item, part == '2' || part == 'b', part >= 'a', out);
	if (part == 'A')
		return put_adopted(scene, item, out);
	if (strchr("DNIO", part))
		put_time_of(part, scene, item, out);
	else if (part == 'R')
		put_renamed(scene, item, out);
	else if (part == 'F')
		fputs(scene->image[CLEAN]->is_nocow ? "+C" : "-C", out);
	else if (part == 'E')
		fprintf(out, "loop%d", item->device);
	else if (part == 'G')
		fprintf(out, "%u", (unsigned)item->st.st_gid);
	else if (part == 'T')
		fputs(quote_dir(scene->pool), out);
	else
		put_path(part, scene, item, out);
	return true;
}

enum status advice_fill(const char *command, const struct scene *scene, const struct item *item,
			char **ret_text)
{
	bool applies = true;
	size_t size;
	FILE *out;

	*ret_text = NULL;
	out = open_memstream(ret_text, &size);
	for (const char *in = command; out && *in; in++) {
		if (*in == '%')
			applies &= put_part(*++in, scene, item, out);
		else
			fputc(*in, out);
	}
	if (!out || fclose(out) != 0)
		return msg_errno(FAILED, "cannot tell about %s", quote(scene->dir, item->name));
	if (applies)
		return DONE;
	free(*ret_text);
	*ret_text = NULL;
	return NO;
}
