/* copy_thresholds.c - counts for every distance, and pairs at the border. Whether a distance is right for a data set is seen, not computed. */
#include "clean/copy_thresholds.h"

#include "evenhand/memory.h"
#include "image/contact_sheet.h"

#include <stdio.h>
#include <string.h>

static eh_status fill_row(eh_threshold *row, const eh_copies *copies, const eh_keeper *keeper, int distance,
                          eh_error *err)
{
    eh_copy_clusters clusters;
    *row = (eh_threshold){ .distance = distance };
    EH_TRY(eh_copies_count(&row->counts, copies, distance, err));
    EH_TRY(eh_copies_cluster(&clusters, copies, distance, err));
    row->clusters = clusters.count;
    row->in_clusters = clusters.start[clusters.count];
    row->copies = row->in_clusters - row->clusters;
    for (size_t k = 0; k < clusters.count; k++) {
        size_t size = clusters.start[k + 1] - clusters.start[k];
        row->largest = size > row->largest ? size : row->largest;
        row->worst = clusters.worst[k] > row->worst ? clusters.worst[k] : row->worst;
        row->conflicts += eh_keeper_decide(keeper, clusters.row + clusters.start[k], size, NULL).conflict;
    }
    eh_copy_clusters_clear(&clusters);
    return EH_OK;
}

eh_status eh_copies_thresholds(eh_threshold *out, const eh_copies *copies, const eh_keeper *keeper, int from,
                               int to, eh_error *err)
{
    eh_copy_counts before = { 0 };
    if (from > 0)
        EH_TRY(eh_copies_count(&before, copies, from - 1, err));
    for (int distance = from; distance <= to; distance++) {
        eh_threshold *row = &out[distance - from];
        EH_TRY(fill_row(row, copies, keeper, distance, err));
        row->new_pairs = row->counts.pairs - before.pairs;
        before = row->counts;
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- the sheet */

enum { GAP = 2, LINE_GAP = 12 };

static const uint8_t paper[3] = { 246, 245, 241 };

/* Two rows at a distance. */
typedef struct shown_pair {
    uint32_t a, b;
} shown_pair;

/* Pairs inside of nodes whose pixels differ, or pairs of nodes, counted off: calls for each with its number. */
static size_t list_pairs(const eh_copies *c, int distance, shown_pair *out, size_t most)
{
    size_t count = 0;
    for (size_t u = 0; distance == 0 && u < c->nodes; u++)
        for (size_t i = c->start[u] + 1; i < c->start[u + 1]; i++) {
            int d;
            if (eh_copies_compare(c, c->member[c->start[u]], c->member[i], &d) < EH_COPY_NEAR)
                continue;
            if (count < most)
                out[count] = (shown_pair){ c->member[c->start[u]], c->member[i] };
            count++;
            break;
        }
    for (size_t i = 0; i < c->pairs; i++) {
        const eh_copy_pair *p = &c->pair[i];
        if (p->distance != distance)
            continue;
        if (count < most)
            out[count] = (shown_pair){ c->member[c->start[p->u]], c->member[c->start[p->v]] };
        count++;
    }
    return count;
}

/* At most `most` of them, evenly spread, at the front of `pair`. */
static size_t spread(shown_pair *pair, size_t count, size_t most)
{
    if (count <= most)
        return count;
    for (size_t i = 0; i < most; i++)
        pair[i] = pair[i * count / most];
    return most;
}

static eh_status draw_one(eh_image *out, eh_catalog *catalog, int64_t id, int tile, const char *text,
                          eh_error *err)
{
    eh_image image;
    eh_decode_opts decode = { .min_side = tile };
    char number[32];
    snprintf(number, sizeof number, "#%lld", (long long)id);
    const char *line[] = { number, text };
    if (eh_catalog_read_image(catalog, id, &decode, &image, NULL) != EH_OK)
        image = (eh_image){ 0 }; /* an empty frame says it */
    eh_status status = eh_captioned(out, &image, tile, tile, line, 2, paper, err);
    eh_image_clear(&image);
    return status;
}

static eh_status draw_pair(eh_image *out, eh_catalog *catalog, const eh_copies *c, shown_pair pair, int tile,
                           eh_error *err)
{
    eh_image side[2] = { { 0 }, { 0 } };
    int distance;
    char text[2][64] = { "", "" };
    eh_copy_kind kind = eh_copies_compare(c, pair.a, pair.b, &distance);
    snprintf(text[0], sizeof text[0], "%d bit%s", distance, distance == 1 ? "" : "s");
    if (kind != EH_COPY_NEAR)
        snprintf(text[1], sizeof text[1], "%s", eh_copy_kind_name(kind));
    eh_status status;
    EH_TRY_GOTO(status, draw_one(&side[0], catalog, c->frame->image[pair.a], tile, text[0], err));
    EH_TRY_GOTO(status, draw_one(&side[1], catalog, c->frame->image[pair.b], tile, text[1], err));
    status = eh_contact_sheet(out, side, 2, 2, GAP, paper, err);
done:
    eh_image_clear(&side[0]);
    eh_image_clear(&side[1]);
    return status;
}

eh_status eh_copies_border_sheet(eh_image *out, eh_catalog *catalog, const eh_copies *copies, int from,
                                 int to, int most, int tile, eh_error *err)
{
    size_t room = copies->pairs + copies->nodes, columns = (size_t)most, cells = 0;
    size_t all = (size_t)(to - from + 1) * columns;
    shown_pair *pair = eh_alloc(room + 1, sizeof *pair);
    eh_image *cell = eh_alloc(all, sizeof *cell);
    eh_status status = EH_OK;
    *out = (eh_image){ 0 };
    if (!pair || !cell) {
        status = eh_fail_memory(err, "a contact sheet", room, sizeof *pair);
        goto done;
    }
    for (int distance = from; distance <= to; distance++) {
        size_t shown = spread(pair, list_pairs(copies, distance, pair, room), columns);
        for (size_t i = 0; i < shown; i++)
            EH_TRY_GOTO(status, draw_pair(&cell[cells + i], catalog, copies, pair[i], tile, err));
        cells += shown ? columns : 0;
    }
    status = cells ? eh_contact_sheet(out, cell, cells, most, LINE_GAP, paper, err)
                   : eh_fail(err, EH_ERR_NOT_ENOUGH, "no two images are %d to %d bits apart", from, to);
done:
    for (size_t i = 0; cell && i < all; i++)
        eh_image_clear(&cell[i]);
    eh_free(cell);
    eh_free(pair);
    return status;
}
