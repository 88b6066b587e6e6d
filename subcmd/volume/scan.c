/* SPDX-License-Identifier: MIT */
#include "subcmd/volume/scan.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "subcmd/base/birth.h"
#include "subcmd/base/entries.h"
#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"
#include "subcmd/base/quote.h"

enum status scan_reserve_revision(struct volume *volume)
{
	return grow(&volume->revisions, volume->n_revisions, sizeof(*volume->revisions));
}

static bool is_regular(const struct volume *volume, const struct dirent *file)
{
	struct stat st;

	if (file->d_type != DT_UNKNOWN)
		return file->d_type == DT_REG;
	return fstatat(volume->dir.fd, file->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 &&
	       S_ISREG(st.st_mode);
}

static enum status add_revision(struct volume *volume, const struct dirent *file,
				const struct revision *revision)
{
	enum status status;

	/* Even the number of something odd isn't given away twice. */
	if (revision->number > volume->last_number)
		volume->last_number = revision->number;
	if (!is_regular(volume, file)) {
		volume->n_others++;
		return DONE;
	}
	if (*revision->pin) {
		status = grow(&volume->pins, volume->n_pins, sizeof(*volume->pins));
		if (status == DONE)
			volume->pins[volume->n_pins++] = *revision;
		return status;
	}
	status = scan_reserve_revision(volume);
	if (status == DONE)
		volume->revisions[volume->n_revisions++] = *revision;
	return status;
}

static enum status add_temp(struct volume *volume, const struct dirent *file)
{
	enum status status;

	if (!is_regular(volume, file)) {
		volume->n_others++;
		return DONE;
	}
	status = grow(&volume->temps, volume->n_temps, sizeof(*volume->temps));
	if (status == DONE)
		strcpy(volume->temps[volume->n_temps++], file->d_name);
	return status;
}

/* Examine the image; what vanished since it was listed (no lock, when only reading) isn't there. */
static enum status add_image(struct volume *volume, enum image image)
{
	const char *name = volume->image[image].name;
	struct stat *st = &volume->image[image].st;

	if (birth_stat(volume->dir.fd, name, st, &volume->image[image].born) < 0)
		return errno == ENOENT
			       ? DONE
			       : msg_errno(FAILED, "cannot examine %s", quote(&volume->dir, name));
	if (!S_ISREG(st->st_mode))
		return file_refuse(&volume->dir, name, st);
	volume->image[image].exists = true;
	return DONE;
}

static enum status add_entry(const struct dirent *file, void *data)
{
	struct volume *volume = data;
	const size_t length = strlen(volume->vid.name);
	struct entry entry;

	if (!entry_parse(file->d_name, &entry) || entry.name_length != length ||
	    memcmp(file->d_name, volume->vid.name, length) != 0) {
		volume->n_others++;
		return DONE;
	}
	if (entry.is_temp)
		return add_temp(volume, file);
	if (entry.image >= IMAGES)
		return add_revision(volume, file, &entry.revision);
	return add_image(volume, entry.image);
}

enum status scan_directory(struct volume *volume)
{
	enum status status = entries_read_anew(&volume->dir, add_entry, volume);

	if (volume->n_revisions > 1)
		qsort(volume->revisions, volume->n_revisions, sizeof(*volume->revisions),
		      revision_compare);
	if (volume->n_pins > 1)
		qsort(volume->pins, volume->n_pins, sizeof(*volume->pins), revision_compare);
	return status;
}
