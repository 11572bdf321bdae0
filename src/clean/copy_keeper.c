/* copy_keeper.c - which image of a cluster stays; see copy_keeper.h for the rules. */
#include "clean/copy_keeper.h"

#include "evenhand/memory.h"

#include <math.h>
#include <string.h>

struct eh_keeper {
    eh_arena *arena;
    const eh_copies *copies;
    eh_keeper_opts opts;
    eh_frame *size; /* width, height, bytes */
    const eh_frame_column **label;
    size_t labels;
};

static eh_status find_labels(eh_keeper *k, eh_error *err)
{
    const eh_frame *frame = k->copies->frame;
    const eh_str_list *names = &k->opts.labels;
    size_t most = names->count ? names->count : frame->columns;
    k->label = eh_arena_alloc(k->arena, most, sizeof *k->label);
    if (!k->label)
        return eh_fail_memory(err, "columns", most, sizeof *k->label);
    for (size_t i = 0; i < names->count; i++) {
        EH_TRY(eh_frame_find(&k->label[i], frame, names->item[i], err));
        if (k->label[i]->kind != EH_COLUMN_CLASS && k->label[i]->kind != EH_COLUMN_NUMBER)
            return eh_fail(err, EH_ERR_USAGE,
                           "column '%s' holds neither classes nor numbers, so it is no label",
                           names->item[i]);
        k->labels++;
    }
    for (size_t i = 0; names->count == 0 && i < frame->columns; i++)
        if (frame->column[i].kind == EH_COLUMN_CLASS || frame->column[i].kind == EH_COLUMN_NUMBER)
            k->label[k->labels++] = &frame->column[i];
    return EH_OK;
}

eh_status eh_keeper_new(eh_keeper **out, eh_catalog *catalog, const eh_copies *copies,
                        const eh_keeper_opts *opts, eh_error *err)
{
    static const char *const properties[] = { "image.width", "image.height", "image.bytes" };
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_keeper *k = arena ? eh_arena_alloc(arena, 1, sizeof *k) : NULL;
    if (!k) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "copies", 1, sizeof *k);
    }
    eh_status status;
    *k = (eh_keeper){ .arena = arena, .copies = copies, .opts = *opts };
    EH_TRY_GOTO(status, find_labels(k, err));
    EH_TRY_GOTO(status, eh_frame_load(&k->size, catalog, properties, 3, err));
    if (k->size->rows != copies->rows)
        status = eh_fail(err, EH_ERR_INPUT, "the catalog %s was changed meanwhile; run the command again",
                         eh_catalog_path(catalog));
    else
        *out = k, k = NULL;
done:
    eh_keeper_free(k);
    return status;
}

void eh_keeper_free(eh_keeper *keeper)
{
    if (!keeper)
        return;
    eh_frame_free(keeper->size);
    eh_arena_free(keeper->arena);
}

size_t eh_keeper_labels(const eh_keeper *keeper)
{
    return keeper->labels;
}

const char *eh_keeper_label(const eh_keeper *keeper, size_t i)
{
    return keeper->label[i]->name;
}

static bool contradict(const eh_frame_column *column, uint32_t a, uint32_t b)
{
    if (column->kind == EH_COLUMN_CLASS)
        return column->cls[a] >= 0 && column->cls[b] >= 0 && column->cls[a] != column->cls[b];
    float x = column->number[a], y = column->number[b];
    return !isnan(x) && !isnan(y) && x != y;
}

/* Whether all labels of two images go together. */
static bool agree(const eh_keeper *k, uint32_t a, uint32_t b)
{
    for (size_t i = 0; i < k->labels; i++)
        if (contradict(k->label[i], a, b))
            return false;
    return true;
}

static int compare(double a, double b)
{
    return (a < b) - (a > b); /* the larger first; NaN is equal to everything */
}

/* True when image a should stay rather than b. */
static bool better(const eh_keeper *k, uint32_t a, uint32_t b)
{
    const eh_frame_column *size = k->size->column;
    const uint8_t *part = k->copies->frame->part;
    if (k->opts.prefer != EH_PART_NONE && (part[a] == k->opts.prefer) != (part[b] == k->opts.prefer))
        return part[a] == k->opts.prefer;
    if (k->opts.keep == EH_KEEP_FIRST)
        return a < b;
    int pixels =
        compare((double)size[0].number[a] * size[1].number[a], (double)size[0].number[b] * size[1].number[b]);
    int bytes = compare(size[2].number[a], size[2].number[b]);
    const eh_image_look *x = &k->copies->look[a], *y = &k->copies->look[b];
    int blur = x->known && y->known ? compare(y->quality.blur, x->quality.blur) : 0;
    int order = k->opts.keep == EH_KEEP_SHARPEST && blur ? blur : pixels ? pixels : bytes ? bytes : blur;
    return order ? order < 0 : a < b;
}

eh_kept eh_keeper_decide(const eh_keeper *keeper, const uint32_t *row, size_t count, bool *conflict)
{
    eh_kept kept = { .row = row[0] };
    for (size_t i = 0; i < keeper->labels; i++) {
        bool found = false;
        for (size_t a = 0; a < count && !found; a++)
            for (size_t b = a + 1; b < count && !found; b++)
                found = contradict(keeper->label[i], row[a], row[b]);
        kept.conflict |= found;
        if (conflict)
            conflict[i] = found;
    }
    bool majority = kept.conflict && keeper->opts.conflicts == EH_CONFLICTS_MAJORITY;
    bool any = false;
    for (size_t a = 0; a < count; a++) {
        size_t agreeing = 0;
        for (size_t b = 0; b < count && majority; b++)
            agreeing += agree(keeper, row[a], row[b]);
        if (majority && agreeing * 2 <= count)
            continue;
        if (!any || better(keeper, row[a], kept.row))
            kept.row = row[a];
        any = true;
    }
    kept.none = kept.conflict && keeper->opts.conflicts == EH_CONFLICTS_DROP_ALL;
    kept.undecided = kept.conflict && (keeper->opts.conflicts == EH_CONFLICTS_REPORT || !any);
    return kept;
}
