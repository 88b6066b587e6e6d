/* SPDX-License-Identifier: MIT */
#include "subcmd/image/sharing.h"

#include "subcmd/base/memory.h"
#include "subcmd/base/msg.h"

static enum status add_extent(const struct extent *extent, void *data)
{
	struct sharing *sharing = data;
	const uint32_t last = (uint32_t)sharing->n_sharers - 1;

	if (extent->kind == EXTENT_OPAQUE)
		return DONE;
	sharing->sharers[last].mapped += extent->length;
	if (sharing->type == EXTENT_XFS && !extent->is_shared) {
		sharing->sharers[last].alone += extent->length;
		return DONE;
	}
	/* A file that was written to in the middle of an extent refers to it twice. */
	if (sharing->type == EXTENT_BTRFS && sharing->last == extent->start)
		return DONE;
	sharing->last = extent->start;
	return edges_add(&sharing->edges, extent->start, extent->length, last);
}

/* The file, if it was added under another name. */
static struct sharer *find_sharer(const struct sharing *sharing, const struct stat *st)
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
	struct sharer *known = find_sharer(sharing, st);
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
	sharing->last = UINT64_MAX;
	return add_extents(sharing, &sharing->sharers[sharing->n_sharers - 1], file);
}

static int compare_owners(const void *a, const void *b)
{
	const struct owner *left = a, *right = b;

	return left->ino < right->ino ? -1 : left->ino > right->ino;
}

static enum status list_owners(struct sharing *sharing)
{
	for (size_t i = 0; i < sharing->n_sharers; i++) {
		if (!sharing->sharers[i].owns)
			continue;
		if (grow(&sharing->owners, sharing->n_owners, sizeof(*sharing->owners)) != DONE)
			return FAILED;
		sharing->owners[sharing->n_owners++] =
			(struct owner){.ino = sharing->sharers[i].ino, .sharer = (uint32_t)i};
	}
	if (sharing->n_owners > 1)
		qsort(sharing->owners, sharing->n_owners, sizeof(*sharing->owners),
		      compare_owners);
	return DONE;
}

/* Who is at a place. */
struct tally {
	size_t n_extents, n_sharers;
	size_t sum; /* of the sharers' indices: of one alone it is the index */
};

static void count_edge(struct sharing *sharing, struct tally *tally, const struct edge *edge)
{
	struct sharer *sharer = &sharing->sharers[edge->sharer];

	tally->n_extents += edge->is_end ? -1UL : 1;
	sharer->n_here += edge->is_end ? -1U : 1;
	if (sharer->n_here == !edge->is_end) { /* the first comes, or the last goes */
		tally->n_sharers += edge->is_end ? -1UL : 1;
		tally->sum += edge->is_end ? -(size_t)edge->sharer : edge->sharer;
	}
}

/* Find what sharers have for themselves. */
static enum status find_alone(struct sharing *sharing)
{
	_cleanup_edges_walk_ struct edges_walk walk = {.heap = NULL};
	struct tally tally = {.sum = 0};
	uint64_t before = 0;
	struct edge edge;
	enum status status = edges_sort(&sharing->edges);

	if (status == DONE)
		status = edges_walk(&sharing->edges, &walk);
	while (status == DONE && (status = edges_next(&walk, &edge)) == DONE) {
		if (edge.at > before && tally.n_sharers == 1) {
			struct sharer *const sharer = &sharing->sharers[tally.sum];

			sharer->owns = true;
			if (sharing->type == EXTENT_XFS ? tally.n_extents == 1 : sharer->n_shared)
				sharer->is_held = true;
		}
		before = edge.at;
		if (edge.sharer < sharing->n_sharers)
			count_edge(sharing, &tally, &edge);
		else /* of a second look */
			sharing->sharers[edge.sharer - sharing->n_sharers].n_shared +=
				edge.is_end ? -1U : 1;
	}
	return status == NO ? DONE : status;
}

enum status sharing_finish(struct sharing *sharing)
{
	enum status status = find_alone(sharing);

	if (status == DONE && sharing->type == EXTENT_BTRFS)
		return list_owners(sharing);
	for (size_t i = 0; i < sharing->n_sharers && status == DONE; i++)
		status = sharing->sharers[i].is_held ? NO : DONE;
	return status;
}

static const struct owner *find_owner(const struct sharing *sharing, ino_t ino)
{
	const struct owner wanted = {.ino = ino};

	return sharing->n_owners ? bsearch(&wanted, sharing->owners, sharing->n_owners,
					   sizeof(wanted), compare_owners)
				 : NULL;
}

bool sharing_may_be_held(const struct sharing *sharing, ino_t ino)
{
	return find_owner(sharing, ino);
}

struct second_look {
	struct sharing *sharing;
	uint32_t as; /* the number for its edges, behind those of all sharers */
};

static enum status add_shared(const struct extent *extent, void *data)
{
	const struct second_look *look = data;

	return extent->is_shared ? edges_add(&look->sharing->edges, extent->start, extent->length,
					     look->as)
				 : DONE;
}

enum status sharing_look_again(struct sharing *sharing, const struct file *file, size_t group)
{
	const struct owner *const owner = find_owner(sharing, file->st.st_ino);
	struct second_look look = {.sharing = sharing};

	if (!owner)
		return DONE;
	if (grow(&sharing->claims, sharing->n_claims, sizeof(*sharing->claims)) != DONE)
		return FAILED;
	sharing->claims[sharing->n_claims++] = (struct claim){owner->sharer, group};
	if (sharing->sharers[owner->sharer].is_seen_again)
		return DONE;
	sharing->sharers[owner->sharer].is_seen_again = true;
	look.as = (uint32_t)sharing->n_sharers + owner->sharer;
	return extent_each(file, EXTENT_XFS, add_shared, &look);
}

enum status sharing_find_held(struct sharing *sharing, bool *is_held)
{
	const enum status status = sharing->n_claims ? find_alone(sharing) : DONE;

	for (size_t i = 0; i < sharing->n_claims; i++)
		if (sharing->sharers[sharing->claims[i].sharer].is_held)
			is_held[sharing->claims[i].group] = true;
	return status;
}

void sharing_free(struct sharing *sharing)
{
	free(sharing->sharers);
	free(sharing->linked);
	free(sharing->names);
	edges_free(&sharing->edges);
	free(sharing->owners);
	free(sharing->claims);
	*sharing = (struct sharing){.type = sharing->type};
}
