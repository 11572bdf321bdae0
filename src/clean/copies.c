/* copies.c - nodes of images that look the same, and the pairs of nodes that look nearly so.
 *
 * Idea    Sort images by their hashes; equal ones are a node. Search pairs of nodes by their upright hash (base/hash_search.h), and the upright hash of
 *         each against the wanted variants of all others.
 * Source  See image/phash.h and base/hash_search.h.
 * Cost    O(n log n) and one search; 1 + 2 (variants) as many comparisons.
 * Easy to get wrong: the hash of a mirrored picture is not exactly the mirrored hash of the picture (the median differs), so variants of both are
 *         compared. Equal hashes do not mean equal pixels: a node with different files has its pixels hashed.
 */
#include "clean/copies.h"

#include "base/hash_search.h"
#include "data/catalog_store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static const char *const kind_name[] = { "bytes", "pixels", "phash", "mirrored", "turned" };

const char *eh_copy_kind_name(eh_copy_kind kind)
{
    return kind_name[kind];
}

/* ---------------------------------------------------------------- nodes */

static bool has_structure(const eh_image_look *look)
{
    return look->known && __builtin_popcountll(look->phash[0]) >= EH_COPIES_FEWEST_BITS;
}

/* What rows are sorted by. */
typedef struct sortable {
    const eh_image_look *look;
    const uint8_t *sha256;
    uint32_t row;
    uint8_t by; /* 2: all hashes; 1: pixels, of flat pictures; 0: bytes, of unread ones */
} sortable;

static uint8_t class_of(const eh_image_look *look, bool exact)
{
    return has_structure(look) && !exact ? 2 : look->pixels_known ? 1 : 0;
}

static int same_node(const sortable *x, const sortable *y)
{
    if (x->by != y->by)
        return x->by < y->by ? -1 : 1;
    if (x->by == 2)
        return memcmp(x->look->phash, y->look->phash, sizeof x->look->phash);
    return x->by == 1 ? memcmp(x->look->pixels, y->look->pixels, 32) : memcmp(x->sha256, y->sha256, 32);
}

static int by_node(const void *a, const void *b)
{
    const sortable *x = a, *y = b;
    int order = same_node(x, y);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* Pixels of pictures without structure, which nothing else tells apart. */
static eh_status hash_flat(eh_copies *c, eh_catalog *catalog, eh_image_look *look, eh_progress *progress,
                           eh_error *err)
{
    size_t *row = eh_alloc(c->rows, sizeof *row);
    if (!row)
        return eh_fail_memory(err, "copies", c->rows, sizeof *row);
    for (size_t i = 0; i < c->rows; i++) {
        c->unread += !look[i].known;
        if (look[i].known && !has_structure(&look[i]))
            row[c->flat++] = i;
    }
    eh_status status =
        c->flat ? eh_catalog_pixel_hashes(catalog, c->frame->image, look, row, c->flat, progress, err)
                : EH_OK;
    eh_free(row);
    return status;
}

static eh_status make_nodes(eh_copies *c, bool exact, eh_error *err)
{
    sortable *item = eh_alloc(c->rows, sizeof *item);
    uint32_t *number = eh_alloc(c->rows, sizeof *number); /* of nodes in order of their first row */
    c->nodes = 0;
    c->node = eh_arena_alloc(c->arena, c->rows, sizeof *c->node);
    c->member = eh_arena_alloc(c->arena, c->rows, sizeof *c->member);
    c->start = eh_arena_alloc(c->arena, c->rows + 1, sizeof *c->start);
    eh_status status = EH_OK;
    if (!item || !number || !c->node || !c->member || !c->start) {
        status = eh_fail_memory(err, "copies", c->rows, sizeof *item);
        goto done;
    }
    for (size_t i = 0; i < c->rows; i++)
        item[i] = (sortable){ .look = &c->look[i],
                              .sha256 = c->sha256 + 32 * i,
                              .row = (uint32_t)i,
                              .by = class_of(&c->look[i], exact) };
    if (c->rows)
        qsort(item, c->rows, sizeof *item, by_node);
    size_t found = 0;
    for (size_t i = 0; i < c->rows; i++) { /* for now a node's number is that of its first row */
        if (i == 0 || same_node(&item[i - 1], &item[i]) != 0)
            found = item[i].row;
        c->node[item[i].row] = (uint32_t)found;
    }
    for (size_t row = 0; row < c->rows; row++) {
        if (c->node[row] == row)
            number[row] = (uint32_t)c->nodes++;
        c->node[row] = number[c->node[row]];
        c->start[c->node[row] + 1]++;
    }
    for (size_t u = 0; u < c->nodes; u++)
        c->start[u + 1] += c->start[u];
    memcpy(number, c->start, c->nodes * sizeof *number);
    for (size_t row = 0; row < c->rows; row++)
        c->member[number[c->node[row]]++] = (uint32_t)row;
done:
    eh_free(item);
    eh_free(number);
    return status;
}

/* Pixels of all images of nodes that hold different files. */
static eh_status hash_ambiguous(eh_copies *c, eh_catalog *catalog, eh_image_look *look, eh_progress *progress,
                                eh_error *err)
{
    size_t *row = eh_alloc(c->rows, sizeof *row), count = 0;
    if (!row)
        return eh_fail_memory(err, "copies", c->rows, sizeof *row);
    for (size_t u = 0; u < c->nodes; u++) {
        const uint32_t *member = c->member + c->start[u];
        size_t size = c->start[u + 1] - c->start[u], same = 1;
        while (same < size &&
               memcmp(c->sha256 + 32 * (size_t)member[same], c->sha256 + 32 * (size_t)member[0], 32) == 0)
            same++;
        for (size_t i = 0; same < size && i < size; i++)
            row[count++] = member[i];
    }
    eh_status status =
        count ? eh_catalog_pixel_hashes(catalog, c->frame->image, look, row, count, progress, err) : EH_OK;
    eh_free(row);
    return status;
}

/* ---------------------------------------------------------------- pairs */

/* Nodes that are searched, and their upright hashes. */
typedef struct searched {
    uint32_t *node;
    uint64_t *upright, *variant;
    size_t count;
} searched;

static void free_searched(searched *s)
{
    eh_free(s->node);
    eh_free(s->upright);
    eh_free(s->variant);
}

static const eh_image_look *look_of_node(const eh_copies *c, size_t u)
{
    return &c->look[c->member[c->start[u]]];
}

static eh_status list_searched(searched *s, const eh_copies *c, eh_error *err)
{
    s->node = eh_alloc(c->nodes, sizeof *s->node);
    s->upright = eh_alloc(c->nodes, sizeof *s->upright);
    s->variant = eh_alloc(c->nodes, sizeof *s->variant);
    if (!s->node || !s->upright || !s->variant)
        return eh_fail_memory(err, "copies", c->nodes, 20);
    for (size_t u = 0; u < c->nodes; u++)
        if (has_structure(look_of_node(c, u))) {
            s->node[s->count] = (uint32_t)u;
            s->upright[s->count++] = look_of_node(c, u)->phash[0];
        }
    return EH_OK;
}

/* A growing list of pairs. */
typedef struct pair_list {
    eh_copy_pair *pair;
    size_t count, capacity;
} pair_list;

static eh_status add_pairs(pair_list *list, const searched *s, const eh_hash_pair *found, size_t count,
                           int variant, eh_error *err)
{
    if (list->count + count > list->capacity) {
        size_t next = list->count + count;
        eh_copy_pair *wider = eh_realloc(list->pair, list->capacity, next, sizeof *wider);
        if (!wider)
            return eh_fail_memory(err, "pairs of copies", next, sizeof *wider);
        list->pair = wider;
        list->capacity = next;
    }
    for (size_t i = 0; i < count; i++) {
        uint32_t u = s->node[found[i].a], v = s->node[found[i].b];
        if (u == v)
            continue; /* a picture that is its own mirror image */
        list->pair[list->count++] = (eh_copy_pair){ .u = u < v ? u : v,
                                                    .v = u < v ? v : u,
                                                    .distance = (uint8_t)found[i].distance,
                                                    .variant = (uint8_t)variant };
    }
    return EH_OK;
}

static int by_pair(const void *a, const void *b)
{
    const eh_copy_pair *x = a, *y = b;
    if (x->u != y->u)
        return x->u < y->u ? -1 : 1;
    if (x->v != y->v)
        return x->v < y->v ? -1 : 1;
    if (x->distance != y->distance)
        return x->distance < y->distance ? -1 : 1;
    return (x->variant > y->variant) - (x->variant < y->variant);
}

static bool wanted_variant(const eh_copies_opts *opts, int variant)
{
    return variant == EH_PHASH_UPRIGHT || (variant == EH_PHASH_MIRRORED ? opts->mirrored : opts->turned);
}

static eh_status search_variant(pair_list *list, searched *s, const eh_copies *c, int variant,
                                eh_progress *progress, eh_error *err)
{
    eh_hash_search search = { .distance = c->opts.distance, .progress = progress };
    eh_hash_pair *found = NULL;
    size_t count = 0;
    if (variant == EH_PHASH_UPRIGHT) {
        EH_TRY(eh_hash_pairs(&found, &count, s->upright, s->count, &search, err));
    } else {
        for (size_t i = 0; i < s->count; i++)
            s->variant[i] = look_of_node(c, s->node[i])->phash[variant];
        EH_TRY(eh_hash_matches(&found, &count, s->upright, s->count, s->variant, s->count, &search, err));
    }
    eh_status status = add_pairs(list, s, found, count, variant, err);
    eh_free(found);
    return status;
}

static eh_status find_pairs(eh_copies *c, eh_progress *progress, eh_error *err)
{
    searched s = { 0 };
    pair_list list = { 0 };
    eh_status status;
    EH_TRY_GOTO(status, list_searched(&s, c, err));
    for (int v = 0; v < EH_PHASH_VARIANTS; v++)
        if (wanted_variant(&c->opts, v))
            EH_TRY_GOTO(status, search_variant(&list, &s, c, v, progress, err));
    if (list.count)
        qsort(list.pair, list.count, sizeof *list.pair, by_pair);
    for (size_t i = 0; i < list.count; i++) /* of several ways to be alike the nearest */
        if (i == 0 || list.pair[i].u != list.pair[i - 1].u || list.pair[i].v != list.pair[i - 1].v)
            list.pair[c->pairs++] = list.pair[i];
    c->pair = list.pair;
    list.pair = NULL;
done:
    eh_free(list.pair);
    free_searched(&s);
    return status;
}

/* ---------------------------------------------------------------- the whole */

eh_status eh_copies_find(eh_copies **out, eh_catalog *catalog, const eh_frame *frame, eh_image_look *look,
                         const eh_copies_opts *opts, eh_progress *progress, eh_error *err)
{
    *out = NULL;
    assert(opts->distance >= 0 && opts->distance <= EH_COPIES_MOST_DISTANCE);
    eh_arena *arena = eh_arena_new();
    eh_copies *c = arena ? eh_arena_alloc(arena, 1, sizeof *c) : NULL;
    if (!c) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "copies", 1, sizeof *c);
    }
    eh_status status;
    *c = (eh_copies){ .arena = arena, .opts = *opts, .frame = frame, .look = look, .rows = frame->rows };
    c->sha256 = eh_arena_alloc(arena, c->rows, 32);
    if (!c->sha256) {
        status = eh_fail_memory(err, "copies", c->rows, 32);
        goto done;
    }
    EH_TRY_GOTO(status, eh_catalog_image_hashes(catalog, frame->image, c->rows, c->sha256, err));
    EH_TRY_GOTO(status, hash_flat(c, catalog, look, progress, err));
    EH_TRY_GOTO(status, make_nodes(c, false, err));
    EH_TRY_GOTO(status, hash_ambiguous(c, catalog, look, progress, err));
    if (opts->exact) /* now that pixels are known where bytes differ */
        EH_TRY_GOTO(status, make_nodes(c, true, err));
    else
        EH_TRY_GOTO(status, find_pairs(c, progress, err));
    *out = c;
    c = NULL;
done:
    eh_copies_free(c);
    return status;
}

void eh_copies_free(eh_copies *copies)
{
    if (!copies)
        return;
    eh_free(copies->pair);
    eh_frame_free(copies->own_frame);
    eh_free(copies->own_look);
    eh_arena_free(copies->arena);
}

eh_status eh_copies_of_catalog(eh_copies **out, eh_catalog *catalog, const char *const *columns, size_t count,
                               const eh_copies_opts *opts, eh_progress *progress, eh_error *err)
{
    eh_frame *frame = NULL;
    eh_image_look *look = NULL;
    eh_status status;
    *out = NULL;
    EH_TRY_GOTO(status, eh_frame_load(&frame, catalog, columns, count, err));
    look = eh_alloc(frame->rows, sizeof *look);
    if (!look) {
        status = eh_fail_memory(err, "image hashes", frame->rows, sizeof *look);
        goto done;
    }
    EH_TRY_GOTO(status, eh_catalog_looks(catalog, frame->image, frame->rows, look, progress, err));
    EH_TRY_GOTO(status, eh_copies_find(out, catalog, frame, look, opts, progress, err));
    (*out)->own_frame = frame;
    (*out)->own_look = look;
    return EH_OK;
done:
    eh_frame_free(frame);
    eh_free(look);
    return status;
}

/* ---------------------------------------------------------------- two images */

/* The nearest of the wanted variants of two nodes with structure. */
static int node_distance(const eh_copies *c, const eh_image_look *a, const eh_image_look *b, int *variant)
{
    int least = eh_hash_distance(a->phash[0], b->phash[0]);
    *variant = 0;
    for (int v = 1; v < EH_PHASH_VARIANTS; v++) {
        if (!wanted_variant(&c->opts, v))
            continue;
        int one = eh_hash_distance(a->phash[0], b->phash[v]),
            other = eh_hash_distance(a->phash[v], b->phash[0]);
        int now = one < other ? one : other;
        if (now < least) {
            least = now;
            *variant = v;
        }
    }
    return least;
}

eh_copies_opts eh_copies_opts_of(const eh_copies_search *search)
{
    return (eh_copies_opts){ .exact = !search->near,
                             .distance = search->near ? (int)search->distance : 0,
                             .mirrored = search->near && search->mirrored,
                             .turned = search->near && search->turned };
}

eh_copy_kind eh_copies_compare(const eh_copies *copies, size_t a, size_t b, int *distance)
{
    const eh_image_look *x = &copies->look[a], *y = &copies->look[b];
    int variant;
    *distance = 0;
    if (memcmp(copies->sha256 + 32 * a, copies->sha256 + 32 * b, 32) == 0)
        return EH_COPY_BYTES;
    if (x->pixels_known && y->pixels_known && memcmp(x->pixels, y->pixels, sizeof x->pixels) == 0)
        return EH_COPY_PIXELS;
    if (!has_structure(x) || !has_structure(y)) {
        *distance = 65;
        return EH_COPY_NEAR;
    }
    *distance = node_distance(copies, x, y, &variant);
    return variant == EH_PHASH_UPRIGHT    ? EH_COPY_NEAR
           : variant == EH_PHASH_MIRRORED ? EH_COPY_MIRRORED
                                          : EH_COPY_TURNED;
}
