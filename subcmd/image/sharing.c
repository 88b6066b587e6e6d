/* SPDX-License-Identifier: MIT */
#include "subcmd/image/sharing.h"

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"

static enum status add_edge(struct sharing *sharing, uint64_t at, bool is_end)
{
	enum status status = grow(&sharing->edges, sharing->n_edges, sizeof(*sharing->edges));

	if (status == DONE)
		sharing->edges[sharing->n_edges++] = (struct edge){
			.at = at, .sharer = (uint32_t)sharing->n_sharers - 1, .is_end = is_end};
	return status;
}

static enum status add_extent(const struct extent *extent, void *data)
{
	struct sharing *sharing = data;
	const size_t n = sharing->n_edges;
	enum status status;

	if (extent->kind == EXTENT_OPAQUE)
		return DONE;
	sharing->sharers[sharing->n_sharers - 1].mapped += extent->length;
	if (sharing->type == EXTENT_XFS && !extent->is_shared) {
		sharing->sharers[sharing->n_sharers - 1].alone += extent->length;
		return DONE;
	}
	/* A file that was written to in the middle of an extent refers to it twice. */
	if (sharing->type == EXTENT_BTRFS && n && sharing->edges[n - 2].at == extent->start &&
	    sharing->edges[n - 2].sharer == sharing->n_sharers - 1)
		return DONE;
	status = add_edge(sharing, extent->start, false);
	return status == DONE ? add_edge(sharing, extent->start + extent->length, true) : status;
}

/* The file, if it was added under another name. */
static struct sharer *find(const struct sharing *sharing, const struct stat *st)
{
	for (size_t i = 0; st->st_nlink > 1 && i < sharing->n_linked; i++) {
		struct sharer *sharer = &sharing->sharers[sharing->linked[i]];

		if (sharer->ino == st->st_ino && sharer->dev == st->st_dev)
			return sharer;
	}
	return NULL;
}

static enum status add_name(struct sharing *sharing, struct sharer *sharer, size_t group)
{
	enum status status = grow(&sharing->names, sharing->n_names, sizeof(*sharing->names));

	if (status != DONE)
		return status;
	sharing->names[sharing->n_names] = sharer->name;
	sharer->name = (struct name){.group = group, .next = ++sharing->n_names};
	sharer->n_names++;
	return DONE;
}

/* XFS sets blocks aside for the next copy on write, for minutes after one.  They are the file's
 * alone, and counted by stat(2), but in no extent. */
static enum status add_extents(struct sharing *sharing, struct sharer *sharer,
			       const struct file *file)
{
	struct stat st = file->st;
	enum status status = DONE;

	if (sharing->type == EXTENT_BTRFS)
		status = extent_settle(file);
	if (status == DONE && sharing->type != EXTENT_UNSHARED)
		status = extent_each(file, sharing->type, add_extent, sharing);
	if (status != DONE || sharing->type == EXTENT_BTRFS)
		return status;
	if (fstat(file->fd, &st) < 0) /* settled by now */
		return msg_errno(FAILED, "cannot examine %s", file_quote(file));
	if ((uint64_t)st.st_blocks * 512 > sharer->mapped)
		sharer->alone += (uint64_t)st.st_blocks * 512 - sharer->mapped;
	return DONE;
}

enum status sharing_add(struct sharing *sharing, const struct file *file, size_t group)
{
	const struct stat *st = &file->st;
	struct sharer *known = find(sharing, st);
	enum status status;

	if (known)
		return add_name(sharing, known, group);
	status = grow(&sharing->sharers, sharing->n_sharers, sizeof(*sharing->sharers));
	if (status == DONE && st->st_nlink > 1)
		status = grow(&sharing->linked, sharing->n_linked, sizeof(*sharing->linked));
	if (status != DONE)
		return status;
	if (st->st_nlink > 1)
		sharing->linked[sharing->n_linked++] = sharing->n_sharers;
	sharing->sharers[sharing->n_sharers++] = (struct sharer){.dev = st->st_dev,
								 .ino = st->st_ino,
								 .n_links = st->st_nlink,
								 .n_names = 1,
								 .name = {.group = group}};
	return add_extents(sharing, &sharing->sharers[sharing->n_sharers - 1], file);
}

static int compare(const void *a, const void *b)
{
	const struct edge *left = a, *right = b;

	return left->at < right->at ? -1 : left->at > right->at;
}

static int compare_inodes(const void *a, const void *b)
{
	const ino_t left = *(const ino_t *)a, right = *(const ino_t *)b;

	return left < right ? -1 : left > right;
}

static enum status list_owners(struct sharing *sharing)
{
	for (size_t i = 0; i < sharing->n_sharers; i++) {
		if (!sharing->sharers[i].owns)
			continue;
		if (grow(&sharing->owners, sharing->n_owners, sizeof(ino_t)) != DONE)
			return FAILED;
		sharing->owners[sharing->n_owners++] = sharing->sharers[i].ino;
	}
	if (sharing->n_owners > 1)
		qsort(sharing->owners, sharing->n_owners, sizeof(ino_t), compare_inodes);
	return DONE;
}

enum status sharing_finish(struct sharing *sharing)
{
	size_t n_extents = 0, n_sharers = 0, sum = 0; /* of sharers' indices */
	bool is_with_unknown = false;

	if (sharing->n_edges > 1)
		qsort(sharing->edges, sharing->n_edges, sizeof(*sharing->edges), compare);
	for (size_t i = 0; i < sharing->n_edges; i++) {
		struct edge *edge = &sharing->edges[i];
		struct sharer *sharer = &sharing->sharers[edge->sharer];

		if (i && edge->at > edge[-1].at && n_sharers == 1) { /* the sum is its index */
			sharing->sharers[sum].owns = true;
			is_with_unknown = is_with_unknown || n_extents == 1;
		}
		n_extents += edge->is_end ? -1UL : 1;
		sharer->n_here += edge->is_end ? -1U : 1;
		if (sharer->n_here == !edge->is_end) { /* the first comes, or the last goes */
			n_sharers += edge->is_end ? -1UL : 1;
			sum += edge->is_end ? -(size_t)edge->sharer : edge->sharer;
		}
		edge->n_sharers = (uint32_t)n_sharers & INT32_MAX;
	}
	if (sharing->type == EXTENT_BTRFS)
		return list_owners(sharing);
	return is_with_unknown ? NO : DONE;
}

bool sharing_may_be_held(const struct sharing *sharing, ino_t ino)
{
	return sharing->n_owners &&
	       bsearch(&ino, sharing->owners, sharing->n_owners, sizeof(ino), compare_inodes);
}

/* NO: somebody unknown shares this, and there is no need to look further. */
static enum status is_of_others(const struct extent *extent, void *data)
{
	const struct sharing *sharing = data;
	size_t low = 0, high = sharing->n_edges;

	if (!extent->is_shared)
		return DONE;
	while (low < high) { /* the first edge behind where it starts */
		const size_t middle = low + (high - low) / 2;

		if (sharing->edges[middle].at <= extent->start)
			low = middle + 1;
		else
			high = middle;
	}
	/* Edges at one place count together: the last one has the number. */
	for (size_t i = low ? low - 1 : 0;
	     i + 1 < sharing->n_edges && sharing->edges[i].at < extent->start + extent->length; i++)
		if (sharing->edges[i].n_sharers == 1 &&
		    sharing->edges[i + 1].at > sharing->edges[i].at)
			return NO;
	return DONE;
}

enum status sharing_is_held(const struct sharing *sharing, const struct file *file, bool *ret_is)
{
	const enum status status =
		extent_each(file, EXTENT_XFS, is_of_others, (struct sharing *)sharing);

	*ret_is = status == NO;
	return status == NO ? DONE : status;
}

void sharing_free(struct sharing *sharing)
{
	free(sharing->sharers);
	free(sharing->linked);
	free(sharing->names);
	free(sharing->edges);
	free(sharing->owners);
	*sharing = (struct sharing){.type = sharing->type};
}
