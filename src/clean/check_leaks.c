/* check_leaks.c - copies on both sides of a line: in training and in test, or of two cameras, people, folders.
 *
 * Idea    A test image whose copy was trained on says nothing about new images: it inflates the accuracy, and often not that of every group alike. For every
 *         node of copies (copies.h) the nearest images of two different sides are noted; an image leaks when one of another side is near.
 * Source  Barz, Denzler, "Do we train on test data? Purging CIFAR of near-duplicates", J. Imaging 6(6), 2020.
 * Cost    That of finding copies.
 * Easy to get wrong: a copy of a copy does not leak by itself; only a direct partner counts. Validation images are held out as test images are: their
 *         leaks spoil the choice of the epoch.
 */
#include "clean/check.h"
#include "clean/copies.h"

#include "base/json.h"
#include "data/text_index.h"

#include <math.h>
#include <string.h>

typedef struct options {
    eh_copies_search search;
    const char *across;
    int drop;
} options;

enum { DROP_NONE, DROP_TRAIN, DROP_HELD_OUT };
static const char *const drop_choices[] = { "none", "train", "held-out", NULL };

static const eh_opt option_table[] = {
    EH_COPIES_SEARCH_OPTIONS(options),
    { .name = "across",
      .help = "the line: 'part' (training and held-out images), 'folder', or a column such as a camera",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, across),
      .def = "part" },
    { .name = "drop",
      .help = "what to take out of training and test: nothing, the training images, or those held out",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, drop),
      .def = "none",
      .choices = drop_choices },
    { 0 },
};

/* The nearest image of one side, seen from a node. */
typedef struct nearest {
    int32_t side; /* -1: none */
    uint32_t row;
    int distance;
} nearest;

typedef struct work {
    eh_check_context *context;
    const options *o;
    bool parts; /* across = part */
    eh_copies *copies;
    int32_t *side;       /* [rows]; -1: on no side */
    nearest (*near)[2];  /* [nodes] of two different sides, the nearer first */
    uint64_t pairs;      /* of images on different sides */
    uint64_t leaking[4]; /* images by part */
} work;

/* ---------------------------------------------------------------- sides */

/* "faces/a" of "faces/a/1.jpg"; "" of "1.jpg". */
static eh_status folder_sides(work *w, eh_error *err)
{
    static const char *const path = "image.path";
    eh_frame *frame = NULL;
    eh_text_index names = { 0 };
    eh_status status;
    EH_TRY_GOTO(status, eh_frame_load(&frame, w->context->catalog, &path, 1, err));
    for (size_t row = 0; row < frame->rows; row++) {
        const char *text = frame->column[0].text[row], *slash = text ? strrchr(text, '/') : NULL;
        uint32_t number;
        /* The index borrows its texts. */
        const char *folder =
            eh_arena_printf(w->context->arena, "%.*s", slash ? (int)(slash - text) : 0, text ? text : "");
        if (!folder) {
            status = eh_fail_memory(err, "folders", frame->rows, 64);
            goto done;
        }
        EH_TRY_GOTO(status, eh_text_index_add(&names, folder, &number, NULL, err));
        w->side[row] = (int32_t)number;
    }
done:
    eh_text_index_clear(&names);
    eh_frame_free(frame);
    return status;
}

static eh_status text_sides(work *w, const eh_frame_column *column, eh_error *err)
{
    eh_text_index names = { 0 };
    eh_status status = EH_OK;
    for (size_t row = 0; row < w->context->frame->rows && status == EH_OK; row++) {
        uint32_t number = 0;
        if (column->text[row])
            status = eh_text_index_add(&names, column->text[row], &number, NULL, err);
        w->side[row] = column->text[row] ? (int32_t)number : -1;
    }
    eh_text_index_clear(&names);
    return status;
}

static eh_status column_sides(work *w, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    const eh_frame_column *column;
    EH_TRY(eh_frame_find(&column, frame, w->o->across, err));
    if (column->kind == EH_COLUMN_NUMBER)
        return eh_fail(err, EH_ERR_USAGE, "column '%s' holds numbers; leaks need classes or text",
                       w->o->across);
    if (column->kind != EH_COLUMN_CLASS)
        return text_sides(w, column, err);
    memcpy(w->side, column->cls, frame->rows * sizeof *w->side);
    return EH_OK;
}

static eh_status find_sides(work *w, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    w->parts = strcmp(w->o->across, "part") == 0;
    if (w->o->drop != DROP_NONE && !w->parts)
        return eh_fail(err, EH_ERR_USAGE,
                       "leaks:drop=%s is about training and held-out images; leave 'across' away",
                       drop_choices[w->o->drop]);
    if (strcmp(w->o->across, "folder") == 0)
        return folder_sides(w, err);
    if (!w->parts)
        return column_sides(w, err);
    size_t of[2] = { 0 };
    for (size_t row = 0; row < frame->rows; row++) {
        w->side[row] = frame->part[row] == EH_PART_NONE ? -1 : frame->part[row] != EH_PART_TRAIN;
        if (w->side[row] >= 0)
            of[w->side[row]]++;
    }
    if (frame->rows && (of[0] == 0 || of[1] == 0))
        eh_progress_warn(w->context->progress,
                         "leaks: the catalog has no %s, so nothing can leak; 'evenhand split' makes the "
                         "parts, "
                         "and leaks:across=COLUMN looks across cameras, people or folders",
                         of[0] == of[1] ? "split"
                         : of[0]        ? "images held out from training"
                                        : "training part");
    return EH_OK;
}

/* ---------------------------------------------------------------- the nearest of other sides */

/* Puts an image into the two nearest of different sides. */
static void offer(nearest near[2], nearest one)
{
    if (one.side < 0)
        return;
    int same = near[0].side == one.side ? 0 : near[1].side == one.side ? 1 : -1;
    int at = same >= 0 ? same : 1;
    bool better = near[at].side < 0 || one.distance < near[at].distance ||
                  (one.distance == near[at].distance && one.row < near[at].row);
    if (!better)
        return;
    if (same < 0 && near[0].side < 0)
        at = 0;
    near[at] = one;
    if (at == 1 &&
        (one.distance < near[0].distance || (one.distance == near[0].distance && one.row < near[0].row))) {
        near[1] = near[0];
        near[0] = one;
    }
}

static void find_nearest(work *w, nearest (*own)[2])
{
    const eh_copies *c = w->copies;
    for (size_t u = 0; u < c->nodes; u++) {
        own[u][0] = own[u][1] = (nearest){ .side = -1 };
        for (size_t i = c->start[u]; i < c->start[u + 1]; i++)
            offer(own[u], (nearest){ .side = w->side[c->member[i]], .row = c->member[i] });
    }
    memcpy(w->near, own, c->nodes * sizeof *w->near);
    for (size_t i = 0; i < c->pairs; i++) {
        const eh_copy_pair *p = &c->pair[i];
        for (int k = 0; k < 2; k++) {
            nearest u = own[p->u][k], v = own[p->v][k];
            u.distance = v.distance = p->distance;
            offer(w->near[p->u], v);
            offer(w->near[p->v], u);
        }
    }
}

/* Pairs of images of two nodes (or within one) on different sides. */
static uint64_t count_across(const work *w, size_t u, size_t v)
{
    const eh_copies *c = w->copies;
    uint64_t count = 0;
    for (size_t i = c->start[u]; i < c->start[u + 1]; i++)
        for (size_t k = u == v ? i + 1 : c->start[v]; k < c->start[v + 1]; k++) {
            int32_t a = w->side[c->member[i]], b = w->side[c->member[k]];
            count += a >= 0 && b >= 0 && a != b;
        }
    return count;
}

/* ---------------------------------------------------------------- findings */

static double score_of(eh_copy_kind kind, int distance)
{
    return kind == EH_COPY_BYTES ? 1 : kind == EH_COPY_PIXELS ? 0.99 : 0.95 - 0.05 * distance;
}

static eh_status add_leak(work *w, size_t row, const nearest *partner, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    int distance;
    eh_copy_kind kind = eh_copies_compare(w->copies, row, partner->row, &distance);
    eh_part part = (eh_part)frame->part[row];
    bool trained = w->parts && part == EH_PART_TRAIN;
    eh_finding f = { .image = frame->image[row],
                     .other = frame->image[partner->row],
                     .severity = kind <= EH_COPY_PIXELS ? EH_SEVERITY_ERROR : EH_SEVERITY_WARNING,
                     .action = EH_ACTION_LOOK,
                     .score = score_of(kind, distance) };
    if (!w->parts)
        f.severity = EH_SEVERITY_NOTE;
    else if (w->o->drop == (trained ? DROP_TRAIN : DROP_HELD_OUT))
        f.action = EH_ACTION_QUARANTINE;
    else if (trained)
        return EH_OK; /* the held-out image says it */
    json_t *evidence = json_pack("{s:s, s:i, s:s, s:s, s:s}", "by", eh_copy_kind_name(kind), "distance",
                                 distance, "across", w->o->across, "part", eh_part_name(part), "other_part",
                                 eh_part_name((eh_part)frame->part[partner->row]));
    if (!evidence)
        return eh_fail_memory(err, "findings", 1, 256);
    return eh_check_add(w->context, f, evidence, err);
}

static eh_status add_findings(work *w, eh_error *err)
{
    const eh_copies *c = w->copies;
    for (size_t row = 0; row < c->rows; row++) {
        const nearest *near = w->near[c->node[row]];
        if (w->side[row] < 0)
            continue;
        const nearest *partner = near[0].side >= 0 && near[0].side != w->side[row]   ? &near[0]
                                 : near[1].side >= 0 && near[1].side != w->side[row] ? &near[1]
                                                                                     : NULL;
        if (!partner)
            continue;
        w->leaking[w->context->frame->part[row]]++;
        EH_TRY(add_leak(w, row, partner, err));
    }
    return EH_OK;
}

static eh_status summarise(const work *w, eh_error *err)
{
    json_t *s = w->context->summary;
    uint64_t all = w->leaking[0] + w->leaking[1] + w->leaking[2] + w->leaking[3];
    bool complete = eh_json_set(s, "across", json_string(w->o->across)) &&
                    eh_json_set(s, "distance", json_integer(w->copies->opts.distance)) &&
                    eh_json_set(s, "pairs", json_integer((json_int_t)w->pairs)) &&
                    eh_json_set(s, "images", json_integer((json_int_t)all));
    for (int p = EH_PART_TRAIN; w->parts && complete && p <= EH_PART_TEST; p++)
        complete = eh_json_set(s, eh_part_name((eh_part)p), json_integer((json_int_t)w->leaking[p]));
    return complete ? EH_OK : eh_fail_memory(err, "the summary of a check", 1, 64);
}

static eh_status run(eh_check_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    work w = { .context = context, .o = o };
    eh_copies_opts copies_opts = eh_copies_opts_of(&o->search);
    eh_status status;
    w.side = eh_arena_alloc(context->arena, context->frame->rows, sizeof *w.side);
    if (!w.side)
        return eh_fail_memory(err, "copies", context->frame->rows, sizeof *w.side);
    EH_TRY(find_sides(&w, err));
    EH_TRY_GOTO(status, eh_copies_find(&w.copies, context->catalog, context->frame, context->look,
                                       &copies_opts, context->progress, err));
    w.near = eh_arena_alloc(context->arena, w.copies->nodes, sizeof *w.near);
    nearest(*own)[2] = eh_arena_alloc(context->arena, w.copies->nodes, sizeof *own);
    if (!w.near || !own) {
        status = eh_fail_memory(err, "copies", w.copies->nodes, sizeof *own);
        goto done;
    }
    find_nearest(&w, own);
    for (size_t u = 0; u < w.copies->nodes; u++)
        w.pairs += count_across(&w, u, u);
    for (size_t i = 0; i < w.copies->pairs; i++)
        w.pairs += count_across(&w, w.copies->pair[i].u, w.copies->pair[i].v);
    EH_TRY_GOTO(status, add_findings(&w, err));
    status = summarise(&w, err);
done:
    eh_copies_free(w.copies);
    return status;
}

const eh_check eh_check_leaks = {
    .entry = { .name = "leaks",
               .summary = "copies in training and in test, or across cameras, folders, people",
               .source = "Barz and Denzler 2020, Do we train on test data?",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .looks = true,
    .by_default = true,
    .run = run,
};
