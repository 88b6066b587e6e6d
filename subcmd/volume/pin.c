/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/pin.h"

#include <fcntl.h>
#include <string.h>

#include "subcmd/base/durable.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/tempname.h"
#include "subcmd/image/replace.h"
#include "subcmd/image/use.h"
#include "subcmd/volume/keep.h"
#include "subcmd/volume/step.h"

const struct revision *pin_find(const struct volume *volume, const char *name)
{
	for (size_t i = 0; i < volume->n_pins; i++)
		if (strcmp(volume->pins[i].pin, name) == 0)
			return &volume->pins[i];
	return NULL;
}

const struct revision *pin_of(const struct volume *volume, const struct revision *revision)
{
	for (size_t i = 0; i < volume->n_pins; i++)
		if (revision_is_state(&volume->pins[i], revision))
			return &volume->pins[i];
	return NULL;
}

size_t pin_states(const struct volume *volume, const struct revision **ret_states)
{
	size_t count = 0, next = 0, next_pin = 0;

	while (next < volume->n_revisions || next_pin < volume->n_pins) {
		const struct revision *state;

		if (next == volume->n_revisions ||
		    (next_pin < volume->n_pins &&
		     revision_compare(&volume->pins[next_pin], &volume->revisions[next]) < 0))
			state = &volume->pins[next_pin];
		else
			state = &volume->revisions[next++];
		while (next_pin < volume->n_pins &&
		       revision_is_state(&volume->pins[next_pin], state))
			next_pin++;
		if (ret_states)
			ret_states[count] = state;
		count++;
	}
	return count;
}

const struct revision *pin_name_at(const struct volume *volume, size_t index)
{
	return index < volume->n_revisions ? &volume->revisions[index]
					   : &volume->pins[index - volume->n_revisions];
}

enum status pin_check(const struct volume *volume, const char *name)
{
	const char *const clean = volume->image[CLEAN].name;
	const struct revision *found = pin_find(volume, name);

	if (!revision_is_pin(name))
		return msg_error(
			USAGE,
			"invalid name of a pin %s: 1 to 32 of A-Z a-z 0-9 _ -, no number, no"
			" Z at the end, not clean or dirty",
			quote(NULL, name));
	if (!found)
		return DONE;
	return msg_error(REFUSED, "cannot pin %s as %s: a pin of revision %llu is called so",
			 quote(&volume->dir, clean), quote(NULL, name),
			 (unsigned long long)found->number);
}

static enum status add_pin(struct volume *volume, const struct revision *pin)
{
	volume->pins[volume->n_pins++] = *pin;
	qsort(volume->pins, volume->n_pins, sizeof(*volume->pins), revision_compare);
	return DONE;
}

static enum status link_or_clone(struct volume *volume, const char *from, const char *pin)
{
	_cleanup_file_ struct file file = FILE_CLOSED;
	enum status status = keep_link(volume, from, pin);

	if (status != NO)
		return status;
	status = file_open(&volume->dir, from, O_RDONLY, &file);
	if (status != DONE)
		return status;
	return replace_by_clone(&volume->dir, pin, &file,
				REPLACE_DATED | REPLACE_MARKED | REPLACE_NEW);
}

enum status pin_make(struct volume *volume, const struct revision *of, const char *name)
{
	const char *const clean = volume->image[CLEAN].name;
	char from[NAME_MAX + 1], to[NAME_MAX + 1];
	struct revision pin = *of;
	enum status status = grow(&volume->pins, volume->n_pins, sizeof(*volume->pins));

	if (status != DONE)
		return status;
	revision_name(&pin, clean, from);
	strcpy(pin.pin, name);
	revision_name(&pin, clean, to);
	if (strlen(to) + TEMPNAME_EXTRA > NAME_MAX)
		return msg_error(REFUSED, "cannot pin %s: the name would be too long",
				 quote(&volume->dir, from));
	status = link_or_clone(volume, from, to);
	return status == DONE ? add_pin(volume, &pin) : status;
}

enum status pin_make_clean(struct volume *volume, const char *name)
{
	enum status status = keep_clean(volume);

	if (status != DONE)
		return status;
	return pin_make(volume, &volume->revisions[volume->n_revisions - 1], name);
}

enum status pin_remove(struct volume *volume, const struct revision *pin)
{
	const size_t index = (size_t)(pin - volume->pins);
	char name[NAME_MAX + 1];
	enum status status;

	revision_name(pin, volume->image[CLEAN].name, name);
	status = durable_unlink(&volume->dir, name);
	if (status != DONE)
		return status;
	volume->n_pins--;
	memmove(&volume->pins[index], &volume->pins[index + 1],
		(volume->n_pins - index) * sizeof(*volume->pins));
	return DONE;
}

enum status pin_restore(struct volume *volume, const struct file *pin)
{
	enum status status = NO;

	/* A link would change with what is written to the pin later. */
	if (use_of(pin) == USE_NO)
		status = step_link(volume, CLEAN, pin);
	if (status == NO)
		status = step_clone(volume, CLEAN, pin, REPLACE_DATED | REPLACE_MARKED);
	return status;
}
