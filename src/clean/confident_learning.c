/* confident_learning.c - label errors by confident learning, pruned by noise rate.
 *
 * Idea    A class's threshold is the mean probability that its own examples get. An example is confidently of class k when its probability of k
 *         reaches that mean. Counting (given, confident) pairs estimates how often each class is labelled as each other; that many
 *         examples, those with the largest margin, are flagged.
 * Math    t_k = mean of p_k over i labelled k, at least 2e-6 (2 for a class without examples).
 *         C[y][k]: examples labelled y whose only k with p_k >= t_k - 1e-6 it is; of several the most probable class; none: not counted;
 *         the diagonal at least 1. Rows scaled to the label counts, rounded with their totals kept.
 *         M = C', the diagonal raised to at least 1 at the cost of the column's other counts, rounded with row totals kept.
 *         For a given label y with more than one example and each k: the M[k][y] examples with the largest p_k - p_y are flagged, unless
 *         p_y + 1e-6 makes y the most probable class.
 * Source  Northcutt, Jiang, Chuang, "Confident learning: estimating uncertainty in dataset labels", JAIR 70, 2021; the rules in the order and with
 *         the constants of cleanlab 2 (find_label_issues, prune_by_noise_rate). Rankings: self-confidence, normalised margin, confidence-weighted
 *         entropy, as there.
 * Cost    Three passes over the probabilities, O(rows x classes); one heap of M[k][y] per pair: at most `rows` entries together.
 * Differs Written from the rules. Of equal margins the earlier rows are flagged; NumPy's order of equals is not defined.
 * Easy to get wrong: rounding. Both roundings are half to even, and what is missing to the total goes to the largest (too much: from the
 *         smallest) differences between number and rounded number.
 */
#include "clean/confident_learning.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CLASSES = 4096, PIECE_NUMBERS = 1 << 16 };

#define TOLERANCE     1e-6 /* of comparisons between probabilities */
#define LEAST         2e-6 /* of a threshold */
#define SUM_TOLERANCE 0.01 /* of a row's sum */

typedef struct entry {
    double margin;
    uint32_t row;
} entry;

/* The rows with the largest margins: the smallest of them on top. */
typedef struct heap {
    entry *item;
    int64_t count, capacity;
} heap;

typedef struct work {
    const eh_row_source *source;
    const int32_t *label;
    eh_label_issues *out;
    size_t piece;   /* rows that are read at once */
    double *row;    /* [piece, classes] */
    int64_t *given; /* [classes] rows that carry the label */
    double *matrix; /* [classes, classes] */
    int64_t *prune; /* [classes, classes] M[true][given] */
    heap *heap;     /* [classes, classes] [given][true]; only where something is to be pruned */
    entry *entries; /* of all heaps */
} work;

/* ---------------------------------------------------------------- passes */

static eh_status check_row(const work *w, const double *p, size_t row, eh_error *err)
{
    double sum = 0;
    for (size_t k = 0; k < w->out->classes; k++) {
        if (!(p[k] >= -TOLERANCE && p[k] <= 1 + TOLERANCE))
            return eh_fail(err, EH_ERR_INPUT,
                           "%s: row %zu holds %g; probabilities lie between 0 and 1 (of logits, take the "
                           "softmax "
                           "first)",
                           w->source->name, row + 1, p[k]);
        sum += p[k];
    }
    if (fabs(sum - 1) > SUM_TOLERANCE)
        return eh_fail(err, EH_ERR_INPUT, "%s: the probabilities in row %zu sum to %g instead of 1",
                       w->source->name, row + 1, sum);
    return EH_OK;
}

/* Calls visit for every row; the first error ends it. */
static eh_status each_row(work *w, eh_status (*visit)(work *w, const double *p, size_t row, eh_error *err),
                          eh_error *err)
{
    size_t rows = w->out->rows, classes = w->out->classes;
    for (size_t first = 0; first < rows; first += w->piece) {
        size_t count = rows - first < w->piece ? rows - first : w->piece;
        EH_TRY(w->source->read(w->source->user, first, count, w->row, err));
        for (size_t i = 0; i < count; i++)
            EH_TRY(visit(w, w->row + i * classes, first + i, err));
    }
    return EH_OK;
}

static eh_status sum_confidence(work *w, const double *p, size_t row, eh_error *err)
{
    int32_t y = w->label[row];
    EH_TRY(check_row(w, p, row, err));
    if (y >= 0 && (size_t)y >= w->out->classes)
        return eh_fail(err, EH_ERR_USAGE, "%s has %zu columns, so row %zu cannot have the label %d",
                       w->source->name, w->out->classes, row + 1, (int)y);
    if (y >= 0) {
        w->given[y]++;
        w->out->threshold[y] += p[y];
    }
    return EH_OK;
}

static size_t most_probable(const double *p, size_t classes)
{
    size_t best = 0;
    for (size_t k = 1; k < classes; k++)
        if (p[k] > p[best])
            best = k;
    return best;
}

static eh_status count_confident(work *w, const double *p, size_t row, eh_error *err)
{
    (void)err;
    size_t classes = w->out->classes, confident = 0, guess = 0;
    int32_t y = w->label[row];
    if (y < 0)
        return EH_OK;
    for (size_t k = 0; k < classes; k++) {
        if (p[k] >= w->out->threshold[k] - TOLERANCE) {
            guess = k;
            confident++;
        }
    }
    if (confident > 1)
        guess = most_probable(p, classes);
    if (confident > 0)
        w->matrix[(size_t)y * classes + guess]++;
    return EH_OK;
}

static bool below(entry a, entry b)
{
    return a.margin < b.margin || (a.margin == b.margin && a.row > b.row);
}

static void push(heap *h, entry e)
{
    int64_t i;
    if (h->count < h->capacity) {
        for (i = h->count++; i > 0 && below(e, h->item[(i - 1) / 2]); i = (i - 1) / 2)
            h->item[i] = h->item[(i - 1) / 2];
        h->item[i] = e;
        return;
    }
    if (!below(h->item[0], e))
        return;
    for (i = 0;;) {
        int64_t child = 2 * i + 1;
        if (child + 1 < h->count && below(h->item[child + 1], h->item[child]))
            child++;
        if (child >= h->count || !below(h->item[child], e))
            break;
        h->item[i] = h->item[child];
        i = child;
    }
    h->item[i] = e;
}

/* Scores, and the candidates of every pair. */
static eh_status collect(work *w, const double *p, size_t row, eh_error *err)
{
    (void)err;
    size_t classes = w->out->classes, guess = most_probable(p, classes);
    int32_t y = w->label[row];
    w->out->guess[row] = (int32_t)guess;
    w->out->self_confidence[row] = w->out->margin[row] = w->out->entropy[row] = 1;
    if (y < 0)
        return EH_OK;
    double own = p[y], other = 0, entropy = 0;
    for (size_t k = 0; k < classes; k++) {
        if (k != (size_t)y && p[k] > other)
            other = p[k];
        entropy -= p[k] > 0 ? p[k] * log(p[k]) : 0;
    }
    w->out->self_confidence[row] = (float)own;
    w->out->margin[row] = (float)((own - other + 1) / 2);
    double weighted = classes > 1 ? entropy / log((double)classes) / fmax(own, 1e-6) : 0;
    w->out->entropy[row] = (float)(log(weighted + 1) / fmax(weighted, 1e-6));
    if (w->given[y] <= 1)
        return EH_OK;
    heap *h = w->heap + (size_t)y * classes;
    for (size_t k = 0; k < classes; k++)
        if (h[k].capacity)
            push(&h[k], (entry){ .margin = p[k] - own, .row = (uint32_t)row });
    return EH_OK;
}

/* Takes the flag from rows whose own label is the most probable class when its probability is raised by a little. */
static eh_status keep_likely(work *w, const double *p, size_t row, eh_error *err)
{
    (void)err;
    if (!w->out->issue[row])
        return EH_OK;
    size_t y = (size_t)w->label[row];
    double own = p[y] + TOLERANCE;
    bool likely = true;
    for (size_t k = 0; k < w->out->classes && likely; k++)
        likely = k == y || (k < y ? own > p[k] : own >= p[k]);
    w->out->issue[row] = !likely;
    w->out->issues += !likely;
    return EH_OK;
}

/* ---------------------------------------------------------------- counts */

typedef struct difference {
    double by;
    size_t at;
} difference;

static int by_difference(const void *a, const void *b)
{
    const difference *x = a, *y = b;
    if (x->by != y->by)
        return x->by < y->by ? -1 : 1;
    return (x->at > y->at) - (x->at < y->at);
}

/* Rounds value[0..n) so that the sum stays what it was, rounded. `d` has room for n. */
static void round_row(int64_t *out, const double *value, size_t n, difference *d)
{
    double sum = 0, rounded = 0;
    for (size_t i = 0; i < n; i++) {
        sum += value[i];
        out[i] = (int64_t)rint(value[i]);
        rounded += (double)out[i];
    }
    double missing = rint(sum) - rounded;
    while (missing != 0) {
        size_t changes = fabs(missing) < (double)n ? (size_t)fabs(missing) : n;
        for (size_t i = 0; i < n; i++)
            d[i] = (difference){ .by = value[i] - (double)out[i], .at = i };
        qsort(d, n, sizeof *d, by_difference);
        for (size_t i = 0; i < changes; i++)
            out[d[missing > 0 ? n - 1 - i : i].at] += missing > 0 ? 1 : -1;
        missing += missing > 0 ? -(double)changes : (double)changes;
    }
}

/* From w->matrix to out->joint. */
static void calibrate(work *w, difference *scratch)
{
    size_t classes = w->out->classes;
    double total = 0, labels = 0;
    for (size_t y = 0; y < classes; y++) {
        double *row = w->matrix + y * classes, sum = 0;
        if (row[y] < 1)
            row[y] = 1;
        for (size_t k = 0; k < classes; k++)
            sum += row[k];
        for (size_t k = 0; k < classes; k++) {
            row[k] = row[k] / sum * (double)w->given[y];
            total += row[k];
        }
        labels += (double)w->given[y];
    }
    for (size_t y = 0; y < classes; y++) {
        double *row = w->matrix + y * classes;
        for (size_t k = 0; k < classes; k++)
            row[k] = row[k] / total * labels;
        round_row(w->out->joint + y * classes, row, classes, scratch);
    }
}

/* From out->joint to w->prune: transposed, with at least one example of every class left. */
static void make_prune_counts(work *w, difference *scratch)
{
    size_t classes = w->out->classes;
    for (size_t y = 0; y < classes; y++) { /* column y of M is row y of the joint */
        const int64_t *given = w->out->joint + y * classes;
        int64_t own = given[y] < 1 ? 1 : given[y], raised = own - given[y];
        double others = -1;
        for (size_t k = 0; k < classes; k++)
            others += given[k] != 0;
        double less = (double)raised / (others > 1 ? others : 1);
        for (size_t k = 0; k < classes; k++) {
            double count = (double)given[k] - less;
            w->matrix[k * classes + y] = k == y ? (double)own : trunc(count > 0 ? count : 0);
        }
    }
    for (size_t k = 0; k < classes; k++)
        round_row(w->prune + k * classes, w->matrix + k * classes, classes, scratch);
}

static eh_status make_heaps(work *w, eh_error *err)
{
    size_t classes = w->out->classes, total = 0;
    for (size_t y = 0; y < classes; y++) {
        for (size_t k = 0; k < classes; k++) {
            int64_t n = y == k ? 0 : w->prune[k * classes + y];
            heap *h = &w->heap[y * classes + k];
            h->capacity = n < w->given[y] ? n : w->given[y];
            total += (size_t)h->capacity;
        }
    }
    w->entries = eh_alloc_raw(total, sizeof *w->entries);
    if (!w->entries)
        return eh_fail_memory(err, "candidates for wrong labels", total, sizeof *w->entries);
    entry *next = w->entries;
    for (size_t i = 0; i < classes * classes; i++) {
        w->heap[i].item = next;
        next += w->heap[i].capacity;
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- all of it */

static eh_status run(work *w, difference *scratch, eh_error *err)
{
    eh_label_issues *out = w->out;
    size_t classes = out->classes;
    int64_t labels = 0;
    EH_TRY(each_row(w, sum_confidence, err));
    for (size_t k = 0; k < classes; k++) {
        labels += w->given[k];
        out->threshold[k] = w->given[k] ? fmax(out->threshold[k] / (double)w->given[k], LEAST) : 2;
    }
    if (labels == 0)
        return eh_fail(err, EH_ERR_NOT_ENOUGH, "there is no label to judge: all are missing");
    EH_TRY(each_row(w, count_confident, err));
    calibrate(w, scratch);
    make_prune_counts(w, scratch);
    EH_TRY(make_heaps(w, err));
    EH_TRY(each_row(w, collect, err));
    for (size_t i = 0; i < classes * classes; i++)
        for (int64_t n = 0; n < w->heap[i].count; n++)
            out->issue[w->heap[i].item[n].row] = true;
    return each_row(w, keep_likely, err);
}

static eh_status allocate(work *w, eh_error *err)
{
    eh_label_issues *o = w->out;
    size_t rows = o->rows, classes = o->classes;
    o->issue = eh_arena_alloc(o->arena, rows, sizeof *o->issue);
    o->guess = eh_arena_alloc(o->arena, rows, sizeof *o->guess);
    o->self_confidence = eh_arena_alloc(o->arena, rows, sizeof *o->self_confidence);
    o->margin = eh_arena_alloc(o->arena, rows, sizeof *o->margin);
    o->entropy = eh_arena_alloc(o->arena, rows, sizeof *o->entropy);
    o->threshold = eh_arena_alloc(o->arena, classes, sizeof *o->threshold);
    o->joint = eh_arena_alloc(o->arena, classes * classes, sizeof *o->joint);
    if (!o->issue || !o->guess || !o->self_confidence || !o->margin || !o->entropy || !o->threshold ||
        !o->joint)
        return eh_fail_memory(err, "what is known of labels", rows, 24);
    w->piece = PIECE_NUMBERS / classes + 1;
    w->row = eh_alloc_raw(w->piece * classes, sizeof *w->row);
    w->given = eh_alloc(classes, sizeof *w->given);
    w->matrix = eh_alloc(classes * classes, sizeof *w->matrix);
    w->prune = eh_alloc(classes * classes, sizeof *w->prune);
    w->heap = eh_alloc(classes * classes, sizeof *w->heap);
    if (!w->row || !w->given || !w->matrix || !w->prune || !w->heap)
        return eh_fail_memory(err, "counts of labels", classes * classes, sizeof *w->heap);
    return EH_OK;
}

eh_status eh_confident_learning(eh_label_issues **out, const eh_row_source *probabilities,
                                const int32_t *label, eh_error *err)
{
    *out = NULL;
    if (probabilities->columns == 0 || probabilities->rows > UINT32_MAX)
        return eh_fail(err, EH_ERR_INPUT, "%s holds %zu rows of %zu columns; it must have a column per class",
                       probabilities->name, probabilities->rows, probabilities->columns);
    if (probabilities->columns > MAX_CLASSES)
        return eh_fail(err, EH_ERR_LIMIT,
                       "%s has %zu columns; wrong labels are looked for among at most %d classes",
                       probabilities->name, probabilities->columns, MAX_CLASSES);
    eh_arena *arena = eh_arena_new();
    work w = { .source = probabilities,
               .label = label,
               .out = arena ? eh_arena_alloc(arena, 1, sizeof *w.out) : NULL };
    difference *scratch = eh_alloc(probabilities->columns, sizeof *scratch);
    eh_status status;
    if (!w.out || !scratch) {
        status = eh_fail_memory(err, "what is known of labels", 1, sizeof *w.out);
        goto done;
    }
    *w.out =
        (eh_label_issues){ .arena = arena, .rows = probabilities->rows, .classes = probabilities->columns };
    EH_TRY_GOTO(status, allocate(&w, err));
    EH_TRY_GOTO(status, run(&w, scratch, err));
    *out = w.out;
    arena = NULL;
done:
    eh_free(scratch);
    eh_free(w.row);
    eh_free(w.given);
    eh_free(w.matrix);
    eh_free(w.prune);
    eh_free(w.heap);
    eh_free(w.entries);
    eh_arena_free(arena);
    return status;
}

void eh_label_issues_free(eh_label_issues *issues)
{
    if (issues)
        eh_arena_free(issues->arena);
}

double eh_label_issue_score(const eh_label_issues *issues, size_t row, eh_label_rank rank)
{
    float value = rank == EH_RANK_SELF_CONFIDENCE ? issues->self_confidence[row]
                  : rank == EH_RANK_MARGIN        ? issues->margin[row]
                                                  : issues->entropy[row];
    double score = 1 - (double)value;
    return score < 0 ? 0 : score > 1 ? 1 : score;
}
