/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/choice.h"

#include <string.h>

#include "subcmd/base/msg.h"

/* What TEXT says of a revision: a number, perhaps a time and the name of a pin, or just that. */
struct wanted {
	struct revision revision;
	bool has_number, has_time;
};

static enum status parse_wanted(const char *text, struct wanted *ret_wanted)
{
	char *end;

	*ret_wanted = (struct wanted){.has_number = true};
	ret_wanted->has_time = revision_parse(text, &ret_wanted->revision);
	if (ret_wanted->has_time)
		return DONE;
	ret_wanted->revision.number = strtoull(text, &end, 10);
	if (*text >= '0' && *text <= '9' && !*end && (*text != '0' || !text[1]))
		return DONE;
	if (!revision_is_pin(text))
		return msg_error(USAGE,
				 "invalid revision %s: write its number, as in 7, or a pin's name",
				 quote(NULL, text));
	ret_wanted->has_number = false;
	strcpy(ret_wanted->revision.pin, text);
	return DONE;
}

/* How many of COUNT are it?  RET_REVISION is the oldest of them. */
static size_t look_for(const struct wanted *wanted, const struct revision *revisions, size_t count,
		       const struct revision **ret_revision)
{
	size_t n_found = 0;

	for (size_t i = count; i-- > 0;)
		if ((!wanted->has_number || revisions[i].number == wanted->revision.number) &&
		    (!wanted->has_time || strcmp(revisions[i].time, wanted->revision.time) == 0) &&
		    (!*wanted->revision.pin ||
		     strcmp(revisions[i].pin, wanted->revision.pin) == 0)) {
			*ret_revision = &revisions[i];
			n_found++;
		}
	return n_found;
}

/* Another driver, which doesn't count pins, may have given a pin's number to another state. */
static bool is_pinned_otherwise(const struct volume *volume, const struct revision *revision)
{
	for (size_t i = 0; i < volume->n_pins; i++)
		if (volume->pins[i].number == revision->number &&
		    !revision_is_state(&volume->pins[i], revision))
			return true;
	return false;
}

enum status choice_revision(const struct volume *volume, const char *text,
			    const struct revision **ret_revision)
{
	const char *const clean = volume->image[CLEAN].name;
	struct wanted wanted;
	size_t count = 0;
	enum status status = parse_wanted(text, &wanted);

	*ret_revision = NULL;
	if (status != DONE)
		return status;
	if (!*wanted.revision.pin)
		count = look_for(&wanted, volume->revisions, volume->n_revisions, ret_revision);
	if (!count) {
		count = look_for(&wanted, volume->pins, volume->n_pins, ret_revision);
		/* Several pins of one state are as good as one. */
		if (count && wanted.has_number &&
		    revision_is_state(*ret_revision, *ret_revision + count - 1))
			return DONE;
	} else if (!wanted.has_time && is_pinned_otherwise(volume, *ret_revision))
		count++;
	if (count > 1)
		return msg_error(REFUSED,
				 "cannot tell which revision %s of %s: write its time too, as in"
				 " %llu@%s%s%s",
				 quote(NULL, text), quote(&volume->dir, clean),
				 (unsigned long long)(*ret_revision)->number, (*ret_revision)->time,
				 *wanted.revision.pin ? "+" : "", wanted.revision.pin);
	if (count)
		return DONE;
	return msg_error(MISSING, "cannot find %s %s of %s", wanted.has_number ? "revision" : "pin",
			 quote(NULL, text), quote(&volume->dir, clean));
}

static const struct {
	const char *word;
	enum image image;
} words[] = {{"clean", CLEAN}, {"dirty", DIRTY}};

enum status choice_name(const struct volume *volume, const char *word,
			char ret_name[static NAME_MAX + 1])
{
	const struct revision *revision;
	enum status status;

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (strcmp(word, words[i].word) == 0) {
			strcpy(ret_name, volume->image[words[i].image].name);
			return volume_require(volume, words[i].image);
		}
	status = choice_revision(volume, word, &revision);
	if (status == DONE)
		revision_name(revision, volume->image[CLEAN].name, ret_name);
	return status;
}

enum status choice_newest(const struct volume *volume, char ret_name[static NAME_MAX + 1])
{
	if (!volume->n_revisions)
		return msg_error(MISSING, "cannot find any revision of %s",
				 quote(&volume->dir, volume->image[CLEAN].name));
	revision_name(&volume->revisions[volume->n_revisions - 1], volume->image[CLEAN].name,
		      ret_name);
	return DONE;
}
