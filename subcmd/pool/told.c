/* SPDX-License-Identifier: MIT */
#include "subcmd/pool/told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "subcmd/base/json.h"
#include "subcmd/base/path.h"
#include "subcmd/base/quote.h"
#include "subcmd/pool/advice.h"

/* NO: nothing that is lost has an heir in ITEM's volume. */
static enum status find_held(const struct scene *scene, const struct item *item, char **ret_holds)
{
	const char *const dir = path_beneath(scene->pool->path, scene->dir->path);
	const struct lost_volume *lost = NULL;

	if (dir && item->name_length && scene->heirs)
		lost = heirs_held_by(scene->heirs, dir, item->name, item->name_length);
	if (!lost)
		return NO;
	*ret_holds = path_join(lost->dir, lost->name);
	return *ret_holds ? DONE : FAILED;
}

static enum status add_commands(const struct scene *scene, const struct item *item,
				struct told *told)
{
	const char *const *const commands = told->kind->commands;
	enum status status = DONE;

	for (int i = 0, n = 0; i < FINDING_COMMANDS && commands[i] && status != FAILED; i++) {
		status = advice_fill(commands[i], scene, item, &told->commands[n]);
		n += status == DONE;
	}
	return status == FAILED ? FAILED : DONE;
}

enum status told_make(const struct finding_kind *kind, const struct scene *scene,
		      const struct item *item, bool is_read_only, struct told *ret_told)
{
	enum status status = NO;

	*ret_told = (struct told){.kind = kind, .path = dir_join(scene->dir, item->name)};
	if (!ret_told->path)
		return FAILED;
	if (!*kind->commands)
		return DONE;
	if (!kind->only_looks) {
		ret_told->is_read_only = is_read_only;
		status = is_read_only ? DONE : find_held(scene, item, &ret_told->holds);
	}
	return status == NO ? add_commands(scene, item, ret_told) : status;
}

static void print_json(const struct told *told)
{
	json_object(NULL);
	json_string("path", told->path);
	json_string("kind", told->kind->name);
	json_string("message", told->kind->meaning);
	json_bool("repairable", told->kind->is_repairable);
	json_bool("harmless", told->kind->is_harmless);
	json_array("commands");
	for (int i = 0; i < FINDING_COMMANDS && told->commands[i]; i++) {
		char *const comment = strstr(told->commands[i], "  # ");

		if (comment) /* for people */
			*comment = '\0';
		json_string(NULL, told->commands[i]);
	}
	json_end();
	json_end();
}

static void print_text(const struct told *told)
{
	printf("%s: %s: %s\n", quote(NULL, told->path), told->kind->name, told->kind->meaning);
	for (int i = 0; i < FINDING_COMMANDS && told->commands[i]; i++)
		/* Who pastes all takes the first. */
		printf("    %s%s\n", i ? "# or: " : "", told->commands[i]);
	if (told->holds)
		printf("    # first mend %s: its newest state may be here alone\n",
		       quote(NULL, told->holds));
	if (told->is_read_only)
		puts("    # the file system is read-only");
}

void told_print(const struct told *told, bool is_json)
{
	if (is_json)
		print_json(told);
	else
		print_text(told);
}

void told_free(struct told *told)
{
	free(told->path);
	free(told->holds);
	for (int i = 0; i < FINDING_COMMANDS; i++)
		free(told->commands[i]);
}
