/* copy_clusters.c - copies counted, and put into clusters.
 *
 * Idea    Complete linkage: begin with every node alone; join the two clusters whose farthest members are nearest, as long as these are within the
 *         distance. Distances are whole bits, so this goes level by level: at level d, every pair of nodes at most d apart is looked at in
 *         order, and the clusters of the two are joined if all their members are within d. A pair of clusters that was refused at a
 *         level stays refused there, since clusters only grow: one pass per level is enough.
 * Source  Defays, "An efficient algorithm for a complete link method", The Computer Journal 20(4), 1977 (the criterion; not his algorithm). Chains, which single
 *         linkage makes, put pictures into one cluster that have nothing in common.
 * Cost    Levels x pairs x members of the two clusters, with an early end.
 * Easy to get wrong: the order must not depend on threads or on how pairs were found; pairs come sorted. An image can be left over although it has a
 *         partner.
 */
#include "clean/copies.h"

#include "evenhand/memory.h"

#include <stdlib.h>
#include <string.h>

static size_t size_of_node(const eh_copies *c, size_t u)
{
    return c->start[u + 1] - c->start[u];
}

eh_status eh_copies_count(eh_copy_counts *out, const eh_copies *copies, int distance, eh_error *err)
{
    uint8_t *partner = eh_alloc(copies->nodes, 1);
    *out = (eh_copy_counts){ 0 };
    if (!partner)
        return eh_fail_memory(err, "copies", copies->nodes, 1);
    for (size_t u = 0; u < copies->nodes; u++) {
        uint64_t n = size_of_node(copies, u);
        out->pairs += n * (n - 1) / 2;
        partner[u] = n > 1;
    }
    for (size_t i = 0; i < copies->pairs; i++) {
        const eh_copy_pair *p = &copies->pair[i];
        if (p->distance > distance)
            continue;
        out->pairs += (uint64_t)size_of_node(copies, p->u) * size_of_node(copies, p->v);
        partner[p->u] = partner[p->v] = 1;
    }
    for (size_t u = 0; u < copies->nodes; u++)
        out->with_partner += partner[u] ? size_of_node(copies, u) : 0;
    eh_free(partner);
    return EH_OK;
}

/* ---------------------------------------------------------------- identical images */

typedef struct keyed {
    const uint8_t *key; /* 32 bytes */
    uint32_t row;
} keyed;

static int by_key(const void *a, const void *b)
{
    const keyed *x = a, *y = b;
    int order = memcmp(x->key, y->key, 32);
    return order ? order : (x->row > y->row) - (x->row < y->row);
}

/* A group of equal keys, which begin at `first` of the sorted rows. */
typedef struct group {
    uint32_t row; /* its lowest */
    size_t first, size;
} group;

static int by_row(const void *a, const void *b)
{
    const group *x = a, *y = b;
    return (x->row > y->row) - (x->row < y->row);
}

static eh_status list_groups(eh_copy_clusters *out, const keyed *item, group *list, size_t rows,
                             eh_error *err)
{
    size_t members = 0;
    for (size_t i = 0, end; i < rows; i = end) {
        for (end = i + 1; end < rows && memcmp(item[i].key, item[end].key, 32) == 0;)
            end++;
        if (end - i > 1) {
            list[out->count++] = (group){ .row = item[i].row, .first = i, .size = end - i };
            members += end - i;
        }
    }
    if (out->count)
        qsort(list, out->count, sizeof *list, by_row);
    out->start = eh_alloc(out->count + 1, sizeof *out->start);
    out->row = eh_alloc(members, sizeof *out->row);
    out->worst = eh_alloc(out->count, sizeof *out->worst);
    if (!out->start || !out->row || !out->worst)
        return eh_fail_memory(err, "clusters of copies", members, sizeof *out->row);
    for (size_t k = 0; k < out->count; k++) {
        out->start[k + 1] = out->start[k] + (uint32_t)list[k].size;
        for (size_t i = 0; i < list[k].size; i++)
            out->row[out->start[k] + i] = item[list[k].first + i].row;
    }
    return EH_OK;
}

eh_status eh_copies_cluster_exact(eh_copy_clusters *out, const eh_copies *copies, bool by_pixels,
                                  eh_error *err)
{
    keyed *item = eh_alloc(copies->rows, sizeof *item);
    group *list = eh_alloc(copies->rows / 2 + 1, sizeof *list);
    eh_status status;
    *out = (eh_copy_clusters){ 0 };
    if (!item || !list) {
        status = eh_fail_memory(err, "copies", copies->rows, sizeof *item);
        goto done;
    }
    /* Where pixels were not hashed there is no other file with the same hashes: the bytes stand for them. */
    for (size_t row = 0; row < copies->rows; row++) {
        const eh_image_look *look = &copies->look[row];
        bool pixels = by_pixels && look->pixels_known;
        item[row] = (keyed){ .key = pixels ? look->pixels : copies->sha256 + 32 * row, .row = (uint32_t)row };
    }
    if (copies->rows)
        qsort(item, copies->rows, sizeof *item, by_key);
    status = list_groups(out, item, list, copies->rows, err);
done:
    eh_free(item);
    eh_free(list);
    if (status != EH_OK)
        eh_copy_clusters_clear(out);
    return status;
}

/* ---------------------------------------------------------------- clusters */

/* Clusters of nodes as rings: next[u] is the next node of the same cluster. */
typedef struct linkage {
    const eh_copies *c;
    uint32_t *cluster; /* [nodes] the cluster's lowest node */
    uint32_t *next;    /* [nodes] */
    uint8_t *worst;    /* [nodes] of the cluster with this lowest node */
} linkage;

static int distance_of(const eh_copies *c, size_t u, size_t v)
{
    int distance;
    eh_copies_compare(c, c->member[c->start[u]], c->member[c->start[v]], &distance);
    return distance;
}

/* The largest distance between members of two clusters, or any number above `most`. */
static int farthest(const linkage *l, uint32_t a, uint32_t b, int most)
{
    int worst = 0;
    uint32_t u = a;
    do {
        uint32_t v = b;
        do {
            int distance = distance_of(l->c, u, v);
            if (distance > most)
                return distance;
            worst = distance > worst ? distance : worst;
            v = l->next[v];
        } while (v != b);
        u = l->next[u];
    } while (u != a);
    return worst;
}

/* Joins b's cluster into a's; a < b are the lowest nodes. */
static void join(linkage *l, uint32_t a, uint32_t b, int worst)
{
    uint32_t v = b;
    do {
        l->cluster[v] = a;
        v = l->next[v];
    } while (v != b);
    uint32_t swap = l->next[a];
    l->next[a] = l->next[b];
    l->next[b] = swap;
    if (worst > l->worst[a])
        l->worst[a] = (uint8_t)worst;
}

static void link_level(linkage *l, int level)
{
    for (size_t i = 0; i < l->c->pairs; i++) {
        const eh_copy_pair *p = &l->c->pair[i];
        uint32_t a = l->cluster[p->u], b = l->cluster[p->v];
        if (p->distance > level || a == b)
            continue;
        int worst = farthest(l, a, b, level);
        if (worst <= level)
            join(l, a < b ? a : b, a < b ? b : a, worst);
    }
}

/* Nodes of clusters to rows, in order. */
static eh_status write_clusters(eh_copy_clusters *out, const linkage *l, eh_error *err)
{
    const eh_copies *c = l->c;
    uint32_t *size = eh_alloc(c->nodes, sizeof *size), *number = eh_alloc(c->nodes, sizeof *number);
    eh_status status = EH_OK;
    if (!size || !number) {
        status = eh_fail_memory(err, "clusters of copies", c->nodes, sizeof *size);
        goto done;
    }
    for (size_t u = 0; u < c->nodes; u++)
        size[l->cluster[u]] += (uint32_t)size_of_node(c, u);
    for (size_t u = 0; u < c->nodes; u++)
        out->count += size[u] > 1;
    out->start = eh_alloc(out->count + 1, sizeof *out->start);
    out->worst = eh_alloc(out->count, sizeof *out->worst);
    if (!out->start || !out->worst) {
        status = eh_fail_memory(err, "clusters of copies", out->count, sizeof *out->start);
        goto done;
    }
    for (size_t u = 0, n = 0; u < c->nodes;
         u++) { /* nodes are numbered by their first rows, so clusters come in order */
        if (size[u] < 2)
            continue;
        out->worst[n] = l->worst[u];
        out->start[n + 1] = out->start[n] + size[u];
        number[u] = (uint32_t)n++;
    }
    out->row = eh_alloc(out->start[out->count], sizeof *out->row);
    if (!out->row) {
        status = eh_fail_memory(err, "clusters of copies", out->start[out->count], sizeof *out->row);
        goto done;
    }
    for (size_t row = 0; row < c->rows; row++) {
        uint32_t lowest = l->cluster[c->node[row]];
        if (size[lowest] > 1)
            out->row[out->start[number[lowest]]++] = (uint32_t)row;
    }
    memmove(out->start + 1, out->start, out->count * sizeof *out->start);
    out->start[0] = 0;
done:
    eh_free(size);
    eh_free(number);
    return status;
}

eh_status eh_copies_cluster(eh_copy_clusters *out, const eh_copies *copies, int distance, eh_error *err)
{
    linkage l = { .c = copies };
    eh_status status = EH_OK;
    *out = (eh_copy_clusters){ 0 };
    l.cluster = eh_alloc(copies->nodes, sizeof *l.cluster);
    l.next = eh_alloc(copies->nodes, sizeof *l.next);
    l.worst = eh_alloc(copies->nodes, sizeof *l.worst);
    if (!l.cluster || !l.next || !l.worst) {
        status = eh_fail_memory(err, "clusters of copies", copies->nodes, sizeof *l.cluster);
        goto done;
    }
    for (size_t u = 0; u < copies->nodes; u++)
        l.cluster[u] = l.next[u] = (uint32_t)u;
    for (int level = 0; level <= distance; level++)
        link_level(&l, level);
    status = write_clusters(out, &l, err);
done:
    eh_free(l.cluster);
    eh_free(l.next);
    eh_free(l.worst);
    if (status != EH_OK)
        eh_copy_clusters_clear(out);
    return status;
}

void eh_copy_clusters_clear(eh_copy_clusters *clusters)
{
    eh_free(clusters->start);
    eh_free(clusters->row);
    eh_free(clusters->worst);
    *clusters = (eh_copy_clusters){ 0 };
}

/* ---------------------------------------------------------------- chains */

static uint32_t root_of(uint32_t *parent, uint32_t u)
{
    while (parent[u] != u)
        u = parent[u] = parent[parent[u]];
    return u;
}

eh_status eh_copies_connected(int32_t *of_row, size_t *count, const eh_copies *copies, int distance,
                              eh_error *err)
{
    uint32_t *parent = eh_alloc(copies->nodes, sizeof *parent);
    *count = 0;
    if (!parent)
        return eh_fail_memory(err, "copies", copies->nodes, sizeof *parent);
    for (size_t u = 0; u < copies->nodes; u++)
        parent[u] = (uint32_t)u;
    for (size_t i = 0; i < copies->pairs; i++) {
        if (copies->pair[i].distance > distance)
            continue;
        uint32_t a = root_of(parent, copies->pair[i].u), b = root_of(parent, copies->pair[i].v);
        parent[a > b ? a : b] = a > b ? b : a;
    }
    /* A root is the lowest of its nodes, and nodes are numbered by their first rows: the first row that shows a root numbers it. */
    for (size_t row = 0; row < copies->rows; row++) {
        uint32_t root = root_of(parent, copies->node[row]);
        size_t first = copies->member[copies->start[root]];
        of_row[row] = first == row ? (int32_t)(*count)++ : of_row[first];
    }
    eh_free(parent);
    return EH_OK;
}
