/* check_identities.c - one person, two values of something that does not change.
 *
 * Idea    Which columns do not change within a person is learned from the data: those in which two images of one person differ far more seldom than two
 *         images of anybody (gender does not change, a smile and glasses do). In such a column the images that differ from the person's usual
 *         value are findings; where there is no usual value (one image each), all are.
 * Math    alpha = 1 - observed / expected. Observed: over people with two or more values, weighed by their images, the share of pairs of their images that
 *         differ. Expected: the same of all these images together. A column is constant from `constant` on. Score of an image: alpha times (others -
 *         same + 1) / (others + 2), where of the person's `others` further images `same` have the same value.
 * Source  Krippendorff, "Content analysis", 2004 (alpha for nominal data); Laplace's rule of succession.
 * Cost    O(images x columns), sorted by person once.
 * Easy to get wrong: a rare attribute has one value in nearly all people without being constant, so shares of people do not tell. With two images that
 *         differ nobody knows which is wrong; both are named, with the other one.
 */
#include "clean/check.h"

#include "base/json.h"
#include "data/identity.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *column;
    double constant;
    int64_t people;
} options;

static const eh_opt option_table[] = {
    { .name = "column",
      .help = "column that says who is in the image; by default one named identity, person or subject",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, column),
      .metavar = "COLUMN" },
    { .name = "constant",
      .help = "a column does not change where agreement within people, corrected for chance, is at least "
              "this (alpha)",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, constant),
      .def = "0.9",
      .min = 0.1,
      .max = 1 },
    { .name = "people",
      .help = "fewest people with several images to learn from",
      .type = EH_OPT_INT,
      .offset = offsetof(options, people),
      .def = "10",
      .min = 1,
      .max = 1e9 },
    { 0 },
};

typedef struct person_row {
    int32_t person;
    uint32_t row;
} person_row;

static int by_person(const void *a, const void *b)
{
    const person_row *x = a, *y = b;
    if (x->person != y->person)
        return x->person < y->person ? -1 : 1;
    return (x->row > y->row) - (x->row < y->row);
}

typedef struct work {
    eh_check_context *context;
    const options *o;
    const eh_frame_column *identity;
    person_row *item; /* [rows] by person */
    size_t rows;
    uint32_t *count; /* [most classes] values of one person */
    uint64_t *total; /* [most classes] values of all people with several */
    json_int_t next_cluster;
    json_t *columns;
} work;

/* The column that says who it is, or NULL where none is named and none looks like it. */
static eh_status find_identity(work *w, eh_error *err)
{
    static const char *const usual[] = { "identity",    "person",  "person_id",  "subject", "subject_id",
                                         "identity_id", "patient", "patient_id", "people",  "who" };
    const eh_frame *frame = w->context->frame;
    if (w->o->column)
        return eh_frame_find(&w->identity, frame, w->o->column, err);
    for (size_t u = 0; u < sizeof usual / sizeof *usual && !w->identity; u++)
        for (size_t i = 0; i < frame->columns; i++)
            if (strcmp(frame->column[i].name, usual[u]) == 0 && frame->column[i].kind != EH_COLUMN_MASK)
                w->identity = &frame->column[i];
    return EH_OK;
}

static eh_status sort_by_person(work *w, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    size_t people = 0, widest = 1;
    int32_t *number = eh_arena_alloc(w->context->arena, frame->rows, sizeof *number);
    w->item = eh_arena_alloc(w->context->arena, frame->rows, sizeof *w->item);
    for (size_t i = 0; i < frame->columns; i++)
        widest = frame->column[i].classes > widest ? frame->column[i].classes : widest;
    w->count = eh_arena_alloc(w->context->arena, widest, sizeof *w->count);
    w->total = eh_arena_alloc(w->context->arena, widest, sizeof *w->total);
    if (!number || !w->item || !w->count || !w->total)
        return eh_fail_memory(err, "people", frame->rows, sizeof *w->item);
    EH_TRY(eh_number_identities(w->identity, frame->rows, number, &people, err));
    for (size_t i = 0; i < frame->rows; i++)
        w->item[i] = (person_row){ .person = number[i], .row = (uint32_t)i };
    w->rows = frame->rows;
    if (w->rows)
        qsort(w->item, w->rows, sizeof *w->item, by_person);
    return EH_OK;
}

static size_t end_of_person(const work *w, size_t first)
{
    size_t end = first + 1;
    while (end < w->rows && w->item[end].person == w->item[first].person)
        end++;
    return end;
}

/* Counts the values of items first .. end - 1 into w->count; how many there are, and how many different ones. */
static size_t count_values(work *w, const eh_frame_column *column, size_t first, size_t end,
                           size_t *different)
{
    size_t known = 0;
    *different = 0;
    memset(w->count, 0, column->classes * sizeof *w->count);
    for (size_t i = first; i < end; i++) {
        int32_t value = column->cls[w->item[i].row];
        if (value < 0)
            continue;
        known++;
        *different += w->count[value]++ == 0;
    }
    return known;
}

/* Another image of the person, with the value that most of the others have. */
static const person_row *other_image(const work *w, const eh_frame_column *column, size_t first, size_t end,
                                     int32_t own, uint32_t *most)
{
    const person_row *best = NULL;
    *most = 0;
    for (size_t i = first; i < end; i++) {
        int32_t value = column->cls[w->item[i].row];
        if (value >= 0 && value != own && w->count[value] > *most) {
            *most = w->count[value];
            best = &w->item[i];
        }
    }
    return best;
}

static eh_status add_person(work *w, const eh_frame_column *column, double constant, size_t first, size_t end,
                            size_t known, uint64_t *images, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    char name[256];
    w->next_cluster++;
    for (size_t i = first; i < end; i++) {
        uint32_t row = w->item[i].row, most;
        int32_t own = column->cls[row];
        if (own < 0)
            continue;
        const person_row *other = other_image(w, column, first, end, own, &most);
        if (!other || w->count[own] > most)
            continue; /* this value is the person's usual one */
        double others = (double)(known - 1), same = (double)(w->count[own] - 1);
        eh_finding finding = { .image = frame->image[row],
                               .other = frame->image[other->row],
                               .cluster = w->next_cluster,
                               .severity = most > w->count[own] ? EH_SEVERITY_WARNING : EH_SEVERITY_NOTE,
                               .action = EH_ACTION_LOOK,
                               .score = constant * (others - same + 1) / (others + 2),
                               .column = column->name };
        eh_identity_name(name, sizeof name, w->identity, row);
        json_t *evidence =
            json_pack("{s:s, s:s, s:s, s:I, s:I}", "person", name, "here", column->class_name[own],
                      "elsewhere", column->class_name[column->cls[other->row]], "images with it",
                      (json_int_t)most, "of", (json_int_t)known);
        if (!evidence)
            return eh_fail_memory(err, "a finding", 1, 256);
        EH_TRY(eh_check_add(w->context, finding, evidence, err));
        ++*images;
    }
    return EH_OK;
}

/* Krippendorff's alpha of a column over people with two or more values; how many there are, and how many with one value. NaN where all values
 * are alike. */
static double agreement(work *w, const eh_frame_column *column, uint64_t *people, uint64_t *constant)
{
    double observed = 0, images = 0, alike = 0;
    size_t different;
    memset(w->total, 0, column->classes * sizeof *w->total);
    *people = *constant = 0;
    for (size_t i = 0, end; i < w->rows; i = end) {
        end = end_of_person(w, i);
        size_t known = end - i < 2 ? 0 : count_values(w, column, i, end, &different);
        if (known < 2)
            continue;
        double n = (double)known, same = 0;
        for (size_t k = 0; k < column->classes; k++) {
            same += (double)w->count[k] * ((double)w->count[k] - 1);
            w->total[k] += w->count[k];
        }
        observed += n - same / (n - 1);
        images += n;
        ++*people;
        *constant += different == 1;
    }
    for (size_t k = 0; k < column->classes; k++)
        alike += (double)w->total[k] * ((double)w->total[k] - 1);
    double expected = images > 1 ? images - alike / (images - 1) : 0;
    return expected > 0 ? 1 - observed / expected : (double)NAN;
}

static eh_status check_column(work *w, const eh_frame_column *column, eh_error *err)
{
    uint64_t several, constant, images = 0;
    size_t different;
    double alpha = agreement(w, column, &several, &constant);
    if (several < (uint64_t)w->o->people || !(alpha >= w->o->constant))
        return EH_OK;
    for (size_t i = 0, end; i < w->rows; i = end) {
        end = end_of_person(w, i);
        size_t known = end - i < 2 ? 0 : count_values(w, column, i, end, &different);
        if (known >= 2 && different > 1)
            EH_TRY(add_person(w, column, alpha, i, end, known, &images, err));
    }
    json_t *one =
        json_pack("{s:s, s:f, s:I, s:I, s:I}", "column", column->name, "alpha", alpha, "people",
                  (json_int_t)several, "with_one_value", (json_int_t)constant, "images", (json_int_t)images);
    return json_array_append_new(w->columns, one) == 0 ? EH_OK
                                                       : eh_fail_memory(err, "the summary of a check", 1, 64);
}

static eh_status run(eh_check_context *context, const void *opts, eh_error *err)
{
    work w = { .context = context, .o = opts };
    eh_status status = EH_OK;
    EH_TRY(find_identity(&w, err));
    w.columns = json_array();
    if (!w.columns)
        return eh_fail_memory(err, "the summary of a check", 1, 64);
    if (w.identity) {
        EH_TRY_GOTO(status, sort_by_person(&w, err));
        for (size_t c = 0; c < context->frame->columns; c++) {
            const eh_frame_column *column = &context->frame->column[c];
            if (column->kind == EH_COLUMN_CLASS && column != w.identity && column->classes > 1)
                EH_TRY_GOTO(status, check_column(&w, column, err));
        }
    }
    if (!eh_json_set(context->summary, "identity",
                     w.identity ? json_string(w.identity->name) : json_null()) ||
        !eh_json_set(context->summary, "constant_columns", json_incref(w.columns)))
        status = eh_fail_memory(err, "the summary of a check", 1, 64);
done:
    json_decref(w.columns);
    return status;
}

const eh_check eh_check_identities = {
    .entry = { .name = "identities",
               .summary = "one person with two values of what does not change, such as gender",
               .source = "Krippendorff 2004, Content analysis",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .by_default = true,
    .run = run,
};
