/* split_check.c - comparing the parts of a split.
 *
 * Idea      Photographs of one person are not independent, so a chi-square that counts images finds differences where there are none. Its value is divided
 *           by the mean design effect: by how much the count of a class varies more over persons than it would over independent images.
 * Equation  d_c = K/(K-1) sum over persons k (y_kc - p_c m_k)^2 / (n p_c (1-p_c)),   design = max(1, sum (1-p_c) d_c / (C-1)),   X2 / design ~ chi-square
 *           with m_k images of person k, y_kc of them of class c. For numbers the same d of the ranks divides n in Kolmogorov and Smirnov's test.
 *           Classes of which the smallest part expects fewer than 5 images are counted as one.
 * Source    Rao, Scott 1981, J. Am. Stat. Assoc. 76:221 (first-order correction; here with design effects pooled over the parts, as they are equal when
 *           parts are alike). Cochran 1954, Biometrics 10:417 (at least 5 expected).
 * Cost      O(rows log rows) for each number column, O(rows) for the others.
 * Easy to get wrong: without identities the design is exactly 1, so the plain tests come out; an identity in two parts counts as one person there and
 *           one here, or a leak would hide itself.
 */
#include "metric/split_check.h"

#include "data/identity.h"
#include "metric/contingency.h"
#include "metric/distribution.h"
#include "metric/two_sample.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define FEWEST_EXPECTED 5.0

typedef struct ranked {
    float value;
    int32_t part;
    uint32_t row;
} ranked;

/* An image in the order of persons; a person in two parts counts once in each. */
typedef struct unit {
    int32_t person, part;
    uint32_t row;
} unit;

typedef struct checker {
    eh_split_check *out;
    const eh_split_check_input *in;
    int32_t *part; /* [rows] number among the parts that hold images; -1 none */
    size_t rows;   /* in a part */
    unit *unit;    /* [rows] in the order of persons; NULL without identities */
    ranked *sorted;
    float *inside, *outside;
    double *score; /* [frame rows] */
    eh_error *err;
} checker;

static eh_status no_memory(const checker *c, size_t count)
{
    return eh_fail_memory(c->err, "the check of a split", count, 16);
}

/* ---------------------------------------------------------------- persons */

static int by_person(const void *a, const void *b)
{
    const unit *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    if (x->part != y->part)
        return x->part < y->part ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* One behind the last image of the person and part that begins at `first`. */
static size_t end_of_person(const checker *c, size_t first)
{
    size_t end = first + 1;
    while (end < c->rows && c->unit[end].person == c->unit[first].person &&
           c->unit[end].part == c->unit[first].part)
        end++;
    return end;
}

static eh_status add_example(checker *c, uint32_t row)
{
    char name[256];
    eh_identity_name(name, sizeof name, c->in->identity, row);
    if (c->out->examples == 5)
        return EH_OK;
    const char *copy = eh_arena_strdup(c->out->arena, name);
    c->out->example[c->out->examples++] = copy;
    return copy ? EH_OK : no_memory(c, 1);
}

/* Sorts images by person, and finds the persons in several parts. */
static eh_status find_persons(checker *c)
{
    size_t rows = c->in->frame->rows, n = 0, persons;
    int32_t *person = eh_alloc(rows, sizeof *person);
    c->unit = eh_alloc(c->rows, sizeof *c->unit);
    c->out->example = eh_arena_alloc(c->out->arena, 5, sizeof *c->out->example);
    eh_status status = EH_OK;
    if (!person || !c->unit || !c->out->example) {
        status = no_memory(c, rows);
        goto done;
    }
    EH_TRY_GOTO(status, eh_number_identities(c->in->identity, rows, person, &persons, c->err));
    for (size_t row = 0; row < rows; row++)
        if (c->part[row] >= 0)
            c->unit[n++] = (unit){ person[row], c->part[row], (uint32_t)row };
    qsort(c->unit, n, sizeof *c->unit, by_person);
    for (size_t first = 0; first < n;) {
        size_t end = first;
        while (end < n && c->unit[end].person == c->unit[first].person)
            end++;
        c->out->identities++;
        if (c->unit[first].part != c->unit[end - 1].part) {
            c->out->crossing++;
            c->out->crossing_images += end - first;
            EH_TRY_GOTO(status, add_example(c, c->unit[first].row));
        }
        first = end;
    }
done:
    eh_free(person);
    return status;
}

/* ---------------------------------------------------------------- class columns */

/* Per class: images, sum over persons of y^2 and of y m. */
typedef struct class_sums {
    double n, squares, products;
} class_sums;

/* The mean design effect of a class column with `classes` values (the last: missing). */
static double class_design(const checker *c, const eh_frame_column *column, class_sums *sum, uint32_t *count,
                           size_t classes)
{
    double persons = 0, sizes = 0, n = (double)c->rows, used = 0, design = 0;
    memset(sum, 0, classes * sizeof *sum);
    memset(count, 0, classes * sizeof *count);
    for (size_t first = 0; first < c->rows; persons++) {
        size_t end = end_of_person(c, first);
        double m = (double)(end - first);
        for (size_t i = first; i < end; i++)
            count[column->cls[c->unit[i].row] < 0 ? classes - 1 : (size_t)column->cls[c->unit[i].row]]++;
        for (size_t i = first; i < end; i++) {
            size_t k = column->cls[c->unit[i].row] < 0 ? classes - 1 : (size_t)column->cls[c->unit[i].row];
            double y = count[k];
            sum[k].n += y;
            sum[k].squares += y * y;
            sum[k].products += y * m;
            count[k] = 0; /* each class once a person */
        }
        sizes += m * m;
        first = end;
    }
    for (size_t k = 0; k < classes; k++) {
        double p = sum[k].n / n;
        if (p <= 0 || p >= 1)
            continue;
        double variance = sum[k].squares - 2 * p * sum[k].products + p * p * sizes;
        design += (1 - p) * persons / (persons - 1) * variance / (n * p * (1 - p));
        used++;
    }
    return used > 1 && persons > 1 ? fmax(1, design / (used - 1)) : 1;
}

/* Rare classes become one. `table` is [parts][classes]; returns the classes that are left, at the front of each row. */
static size_t pool_rare(uint64_t *table, const checker *c, size_t classes, size_t *pooled)
{
    const eh_split_check *out = c->out;
    double smallest = 1;
    size_t kept = 0;
    uint64_t *rest = table + out->parts * classes; /* [parts] */
    memset(rest, 0, out->parts * sizeof *rest);
    *pooled = 0;
    for (size_t p = 0; p < out->parts; p++)
        smallest = fmin(smallest, (double)out->count[p] / (double)c->rows);
    for (size_t k = 0; k < classes; k++) {
        uint64_t sum = 0;
        for (size_t p = 0; p < out->parts; p++)
            sum += table[p * classes + k];
        bool rare = (double)sum * smallest < FEWEST_EXPECTED;
        *pooled += rare && sum > 0;
        for (size_t p = 0; p < out->parts; p++) {
            if (rare)
                rest[p] += table[p * classes + k];
            else
                table[p * classes + kept] = table[p * classes + k];
        }
        kept += !rare;
    }
    if (*pooled > 0) { /* there is room: a rare class has given up its place */
        for (size_t p = 0; p < out->parts; p++)
            table[p * classes + kept] = rest[p];
        kept++;
    }
    return kept;
}

/* The value whose share in a part differs most from its share elsewhere. */
static void find_largest(const checker *c, eh_alike_test *t, const uint64_t *table, size_t classes,
                         const char *const *value)
{
    double largest = -1;
    for (size_t k = 0; k < classes; k++) {
        double all = 0;
        for (size_t p = 0; p < c->out->parts; p++)
            all += (double)table[p * classes + k];
        for (size_t p = 0; p < c->out->parts; p++) {
            double own = (double)c->out->count[p], here = (double)table[p * classes + k];
            double inside = here / own, outside = (all - here) / ((double)c->rows - own);
            if (fabs(inside - outside) <= largest)
                continue;
            largest = fabs(inside - outside);
            t->value = k + 1 < classes ? value[k] : "(missing)";
            t->value_part = c->out->part_name[p];
            t->inside = inside;
            t->outside = outside;
        }
    }
}

/* Tests a column of classes; the last of `classes` values is "(missing)". */
static eh_status test_classes(checker *c, const eh_frame_column *column)
{
    size_t classes = column->classes + 1, parts = c->out->parts;
    uint64_t *table = eh_alloc((parts + 1) * (classes + 1), sizeof *table);
    class_sums *sum = eh_alloc(classes, sizeof *sum);
    uint32_t *count = eh_alloc(classes, sizeof *count);
    eh_alike_test *t = &c->out->test[c->out->tests++];
    *t = (eh_alike_test){ .column = eh_arena_strdup(c->out->arena, column->name), .design = 1 };
    eh_status status = EH_OK;
    if (!table || !sum || !count || !t->column) {
        status = no_memory(c, (parts + 1) * classes);
        goto done;
    }
    for (size_t row = 0; row < c->in->frame->rows; row++)
        if (c->part[row] >= 0)
            table[(size_t)c->part[row] * classes +
                  (column->cls[row] < 0 ? classes - 1 : (size_t)column->cls[row])]++;
    find_largest(c, t, table, classes, column->class_name);
    if (t->value && !(t->value = eh_arena_strdup(c->out->arena, t->value))) {
        status = no_memory(c, 1);
        goto done;
    }
    if (c->unit)
        t->design = class_design(c, column, sum, count, classes);
    size_t kept = pool_rare(table, c, classes, &t->pooled);
    for (size_t p = 1; p < parts; p++)
        memmove(table + p * kept, table + p * classes, kept * sizeof *table);
    eh_contingency measured;
    EH_TRY_GOTO(status, eh_contingency_measure(&measured, table, parts, kept, 0.95, 0, 1, c->err));
    t->statistic = measured.chi_square / t->design;
    t->df = measured.df;
    t->p = eh_chi_square_tail(t->statistic, t->df);
    t->effect = measured.cramers_v;
    t->rough = measured.smallest_expected < FEWEST_EXPECTED;
done:
    eh_free(table);
    eh_free(sum);
    eh_free(count);
    return status;
}

/* ---------------------------------------------------------------- number columns */

static int by_number(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->value != y->value)
        return x->value < y->value ? -1 : 1;
    return x->row < y->row ? -1 : x->row > y->row;
}

/* The design effect of the mean rank of sorted[n]; images without a value stand out of it. */
static double rank_design(checker *c, size_t n)
{
    double simple = 0, clustered = 0, persons = 0;
    for (size_t row = 0; row < c->in->frame->rows; row++)
        c->score[row] = NAN;
    for (size_t first = 0; first < n;) {
        size_t end = first;
        while (end < n && c->sorted[end].value == c->sorted[first].value)
            end++;
        double score = ((double)(first + end) / 2) / (double)n - 0.5; /* middle rank, centred */
        for (; first < end; first++) {
            c->score[c->sorted[first].row] = score;
            simple += score * score;
        }
    }
    for (size_t first = 0; first < c->rows;) {
        size_t end = end_of_person(c, first);
        double sum = 0;
        bool any = false;
        for (; first < end; first++)
            if (!isnan(c->score[c->unit[first].row])) {
                sum += c->score[c->unit[first].row];
                any = true;
            }
        clustered += sum * sum;
        persons += any;
    }
    return simple > 0 && persons > 1 ? fmax(1, persons / (persons - 1) * clustered / simple) : 1;
}

static double median(const float *sorted, size_t n)
{
    return n ? ((double)sorted[(n - 1) / 2] + (double)sorted[n / 2]) / 2 : (double)NAN;
}

/* Whether the parts lack values alike, as a column of two classes. */
static eh_status test_missing(checker *c, const eh_frame_column *column)
{
    static const char *const known[] = { "a value" };
    int32_t *cls = eh_alloc(c->in->frame->rows, sizeof *cls);
    if (!cls)
        return no_memory(c, c->in->frame->rows);
    for (size_t row = 0; row < c->in->frame->rows; row++)
        cls[row] = isnan(column->number[row]) ? -1 : 0;
    const eh_frame_column two = {
        .name = column->name, .kind = EH_COLUMN_CLASS, .class_name = known, .classes = 1, .cls = cls
    };
    eh_status status = test_classes(c, &two);
    c->out->test[c->out->tests - 1].of_missing = true;
    eh_free(cls);
    return status;
}

static eh_status test_numbers(checker *c, const eh_frame_column *column)
{
    size_t n = 0, parts = c->out->parts;
    for (size_t row = 0; row < c->in->frame->rows; row++)
        if (c->part[row] >= 0 && !isnan(column->number[row]))
            c->sorted[n++] = (ranked){ column->number[row], c->part[row], (uint32_t)row };
    qsort(c->sorted, n, sizeof *c->sorted, by_number);
    double design = c->unit ? rank_design(c, n) : 1;
    for (size_t p = 0; p < (parts == 2 ? 1 : parts); p++) { /* of two parts each is the other's rest */
        eh_alike_test *t = &c->out->test[c->out->tests++];
        size_t in = 0, out = 0;
        for (size_t i = 0; i < n; i++)
            if (c->sorted[i].part == (int32_t)p)
                c->inside[in++] = c->sorted[i].value;
            else
                c->outside[out++] = c->sorted[i].value;
        eh_two_sample two = eh_kolmogorov_smirnov(c->inside, in, c->outside, out, design);
        *t = (eh_alike_test){ .column = eh_arena_strdup(c->out->arena, column->name),
                              .part = c->out->part_name[p],
                              .statistic = two.distance,
                              .p = two.p,
                              .design = design,
                              .effect = two.distance,
                              .inside = median(c->inside, in),
                              .outside = median(c->outside, out) };
        if (!t->column)
            return no_memory(c, 1);
    }
    return n < c->rows ? test_missing(c, column) : EH_OK;
}

/* ---------------------------------------------------------------- all of it */

/* Which parts hold images, and which of them each row is in. */
static eh_status find_parts(checker *c)
{
    const eh_split_check_input *in = c->in;
    eh_split_check *out = c->out;
    uint64_t *count = eh_arena_alloc(out->arena, in->parts, sizeof *count);
    int32_t *number = eh_arena_alloc(out->arena, in->parts, sizeof *number);
    out->part_name = eh_arena_alloc(out->arena, in->parts, sizeof *out->part_name);
    if (!count || !number || !out->part_name)
        return no_memory(c, in->parts);
    out->count = count;
    out->images = in->frame->rows;
    for (size_t row = 0; row < in->frame->rows; row++)
        if (in->part[row] >= 0)
            count[in->part[row]]++;
    for (size_t p = 0; p < in->parts; p++) {
        number[p] = -1;
        if (count[p] == 0)
            continue;
        number[p] = (int32_t)out->parts;
        count[out->parts] = count[p];
        c->rows += (size_t)count[p];
        if (!(out->part_name[out->parts++] = eh_arena_strdup(out->arena, in->part_name[p])))
            return no_memory(c, 1);
    }
    for (size_t row = 0; row < in->frame->rows; row++)
        c->part[row] = in->part[row] < 0 ? -1 : number[in->part[row]];
    out->without_part = out->images - c->rows;
    out->whole = out->without_part == 0;
    if (out->parts < 2)
        return eh_fail(c->err, EH_ERR_NOT_ENOUGH,
                       "only %s of the parts holds images, so there is nothing to compare",
                       out->parts ? out->part_name[0] : "none");
    return EH_OK;
}

static eh_status correct(checker *c)
{
    eh_split_check *out = c->out;
    double *p = eh_alloc(2 * out->tests + 1, sizeof *p);
    if (!p)
        return no_memory(c, out->tests);
    for (size_t i = 0; i < out->tests; i++)
        p[i] = out->test[i].p;
    eh_holm(p + out->tests, p, out->tests);
    out->alike = true;
    for (size_t i = 0; i < out->tests; i++) {
        out->test[i].corrected = p[out->tests + i];
        out->compared |= !isnan(out->test[i].corrected);
        out->alike &= !(out->test[i].corrected < EH_ALIKE_ALPHA);
    }
    eh_free(p);
    return EH_OK;
}

static eh_status run(checker *c)
{
    const eh_split_check_input *in = c->in;
    eh_split_check *out = c->out;
    size_t rows = in->frame->rows;
    c->part = eh_alloc(rows, sizeof *c->part);
    c->sorted = eh_alloc(rows, sizeof *c->sorted);
    c->inside = eh_alloc(rows, sizeof *c->inside);
    c->outside = eh_alloc(rows, sizeof *c->outside);
    c->score = eh_alloc(in->identity ? rows : 0, sizeof *c->score);
    out->test = eh_arena_alloc(out->arena, in->columns * (in->parts + 1), sizeof *out->test);
    if (!c->part || !c->sorted || !c->inside || !c->outside || !c->score || !out->test)
        return no_memory(c, rows);
    EH_TRY(find_parts(c));
    if (in->identity) {
        out->identity = eh_arena_strdup(out->arena, in->identity->name);
        if (!out->identity)
            return no_memory(c, 1);
        EH_TRY(find_persons(c));
    }
    for (size_t i = 0; i < in->columns; i++) {
        const eh_frame_column *column;
        EH_TRY(eh_frame_find(&column, in->frame, in->column[i], c->err));
        if (column->kind == EH_COLUMN_CLASS)
            EH_TRY(test_classes(c, column));
        else if (column->kind == EH_COLUMN_NUMBER)
            EH_TRY(test_numbers(c, column));
    }
    return correct(c);
}

eh_status eh_split_check_make(eh_split_check **out, const eh_split_check_input *in, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_split_check *check = arena ? eh_arena_alloc(arena, 1, sizeof *check) : NULL;
    if (!check) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "the check of a split", 1, sizeof *check);
    }
    check->arena = arena;
    checker c = { .out = check, .in = in, .err = err };
    eh_status status = run(&c);
    eh_free(c.part);
    eh_free(c.unit);
    eh_free(c.sorted);
    eh_free(c.inside);
    eh_free(c.outside);
    eh_free(c.score);
    if (status == EH_OK)
        *out = check;
    else
        eh_split_check_free(check);
    return status;
}

void eh_split_check_free(eh_split_check *check)
{
    if (check)
        eh_arena_free(check->arena);
}
