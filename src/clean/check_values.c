/* check_values.c - values that cannot be or that nobody else has, classes that are one class spelt twice, columns that say nothing.
 *
 * Idea    Numbers: outside of given ranges, and far outside of what the others have. Classes: two names that are equal but for case, spaces and
 *         punctuation, or a rare one that differs from a frequent one by one letter. Columns: one value only; the same in every image as another column, or
 *         in nearly every one (then the images that differ are findings).
 * Math    Far out: beyond the quartiles by more than `far` times their distance. Distance of names: insertions, deletions, exchanges and swaps of
 *         neighbours (optimal string alignment).
 * Source  Tukey, "Exploratory data analysis", 1977 (fences at 1.5 and 3). Damerau, CACM 7(3), 1964.
 * Cost    O(images) per column and pair of columns; a sort per number column.
 * Easy to get wrong: codes. "1" and "11", "type a" and "type b" differ by one letter and are no typing errors: only letters count, in words of five
 *         or more, and the rarer name must be rare.
 */
#include "clean/check.h"

#include "base/json.h"
#include "base/str.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *ranges;
    double far, rare, same;
} options;

static const eh_opt option_table[] = {
    { .name = "ranges",
      .help =
          "what numbers can be, such as age:0..120+height:30..250; an 'age' is 0..120 unless said otherwise",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, ranges),
      .metavar = "COLUMN:LOW..HIGH+..." },
    { .name = "far",
      .help = "distances between the quartiles beyond which a number is far out",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, far),
      .def = "3",
      .min = 0.5,
      .max = 1000 },
    { .name = "rare",
      .help = "a class is a typing error of another only up to this share of its images",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, rare),
      .def = "0.05",
      .min = 0,
      .max = 1 },
    { .name = "same",
      .help = "share of equal images from which two columns say the same, so that the others are findings",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, same),
      .def = "0.99",
      .min = 0.5,
      .max = 1 },
    { 0 },
};

typedef struct work {
    eh_check_context *context;
    const options *o;
    json_t *constant, *repeated, *classes;
} work;

static eh_status no_memory(eh_error *err)
{
    return eh_fail_memory(err, "what is odd about values", 1, 256);
}

/* ---------------------------------------------------------------- numbers */

/* The range of a column, as the user gave it or, for ages, as it is; false where there is none. */
static eh_status range_of(const work *w, const char *name, double *low, double *high, bool *known,
                          eh_error *err)
{
    size_t length = strlen(name);
    *known = false;
    for (const char *at = w->o->ranges, *plus; at; at = plus ? plus + 1 : NULL) {
        plus = strchr(at, '+');
        size_t size = plus ? (size_t)(plus - at) : strlen(at);
        char text[128];
        const char *colon = memchr(at, ':', size);
        if (size >= sizeof text || !colon)
            return eh_fail(err, EH_ERR_USAGE, "values: ranges: \"%s\" is not of the form column:low..high",
                           at);
        if ((size_t)(colon - at) != length || memcmp(at, name, length) != 0)
            continue;
        memcpy(text, colon + 1, size - length - 1);
        text[size - length - 1] = '\0';
        char *dots = strstr(text, "..");
        if (dots)
            *dots = '\0';
        if (!dots || !eh_parse_float(low, text) || !eh_parse_float(high, dots + 2) || *low > *high)
            return eh_fail(err, EH_ERR_USAGE, "values: ranges: \"%s\" is not of the form column:low..high",
                           at);
        *known = true;
        return EH_OK;
    }
    if (strcmp(name, "age") == 0 || strcmp(name, "Age") == 0) {
        *low = 0;
        *high = 120;
        *known = true;
    }
    return EH_OK;
}

/* Every column named in `ranges` must be a number column. */
static eh_status check_ranges(const work *w, eh_error *err)
{
    for (const char *at = w->o->ranges, *plus; at; at = plus ? plus + 1 : NULL) {
        char name[128];
        const eh_frame_column *column;
        plus = strchr(at, '+');
        size_t size = strcspn(at, ":+");
        if (size >= sizeof name)
            size = sizeof name - 1;
        memcpy(name, at, size);
        name[size] = '\0';
        EH_TRY(eh_frame_find(&column, w->context->frame, name, err));
        if (column->kind != EH_COLUMN_NUMBER)
            return eh_fail(err, EH_ERR_USAGE, "values: ranges: the column '%s' holds no numbers", name);
    }
    return EH_OK;
}

static int by_value(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x > y) - (x < y);
}

static eh_status add_number(work *w, const eh_frame_column *column, size_t row, bool impossible, double score,
                            double low, double high, eh_error *err)
{
    eh_finding finding = { .image = w->context->frame->image[row],
                           .severity = impossible ? EH_SEVERITY_ERROR : EH_SEVERITY_NOTE,
                           .action = EH_ACTION_LOOK,
                           .score = score,
                           .column = column->name };
    json_t *evidence =
        json_pack("{s:s, s:f, s:f, s:f}", "flaw", impossible ? "impossible" : "far out", "value",
                  (double)column->number[row], impossible ? "lowest" : "quarter below", low,
                  impossible ? "highest" : "quarter above", high);
    return evidence ? eh_check_add(w->context, finding, evidence, err) : no_memory(err);
}

static eh_status check_numbers(work *w, const eh_frame_column *column, eh_error *err)
{
    size_t rows = w->context->frame->rows, n = 0;
    double low = 0, high = 0;
    bool known;
    EH_TRY(range_of(w, column->name, &low, &high, &known, err));
    float *sorted = eh_alloc(rows, sizeof *sorted);
    if (!sorted)
        return no_memory(err);
    for (size_t i = 0; i < rows; i++)
        if (isfinite(column->number[i]))
            sorted[n++] = column->number[i];
    if (n)
        qsort(sorted, n, sizeof *sorted, by_value);
    double below = n ? (double)sorted[n / 4] : 0, above = n ? (double)sorted[n - 1 - n / 4] : 0,
           apart = above - below;
    bool alike = n >= 2 && sorted[0] == sorted[n - 1];
    eh_free(sorted);
    if (alike && json_array_append_new(w->constant, json_string(column->name)) != 0)
        return no_memory(err);
    for (size_t i = 0; i < rows; i++) {
        double value = (double)column->number[i];
        if (isnan(value))
            continue;
        if (known && (value < low || value > high)) {
            EH_TRY(add_number(w, column, i, true, 1, low, high, err));
            continue;
        }
        double out = value < below ? below - value : value - above;
        if (n >= 20 && apart > 0 && out > w->o->far * apart)
            EH_TRY(add_number(w, column, i, false, 1 - w->o->far * apart / (out + w->o->far * apart), below,
                              above, err));
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- class names */

/* Letters in lower case and digits; everything else left out. Bytes above 127 stay as they are. */
static void bare_name(char *out, size_t size, const char *name)
{
    size_t n = 0;
    for (; *name && n + 1 < size; name++) {
        unsigned char c = (unsigned char)*name;
        if (c >= 'A' && c <= 'Z')
            out[n++] = (char)(c + 32);
        else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c > 127)
            out[n++] = (char)c;
    }
    out[n] = '\0';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (unsigned char)c > 127;
}

/* True when one letter more, less, exchanged, or two neighbours swapped make b of a; digits must agree. */
static bool one_letter_apart(const char *a, const char *b)
{
    size_t m = strlen(a), n = strlen(b), i = 0, j = 0;
    while (a[i] && a[i] == b[i])
        i++;
    while (j < m - i && j < n - i && a[m - 1 - j] == b[n - 1 - j])
        j++;
    const char *x = a + i, *y = b + i;
    size_t p = m - i - j, q = n - i - j; /* what differs in the middle */
    if (p + q == 0)
        return false;
    assert(p <= strlen(x) && q <= strlen(y));
    if (p == 2 && q == 2 && strncmp(x, (const char[3]){ y[1], y[0], 0 }, 2) == 0)
        return is_letter(x[0]) && is_letter(x[1]);
    return p <= 1 && q <= 1 && (p == 0 || is_letter(x[0])) && (q == 0 || is_letter(y[0]));
}

/* 2: the same name but for case and punctuation; 1: a letter apart; 0: two names. */
static int alike(const char *a, const char *b)
{
    char x[256], y[256];
    bare_name(x, sizeof x, a);
    bare_name(y, sizeof y, b);
    if (x[0] && strcmp(x, y) == 0)
        return 2;
    return strlen(x) >= 5 && strlen(y) >= 5 && one_letter_apart(x, y);
}

/* All images of class `rare` are findings that suggest class `usual`. */
static eh_status add_class(work *w, const eh_frame_column *column, size_t rare, size_t usual, int how,
                           const uint64_t *count, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    for (size_t i = 0; i < frame->rows; i++) {
        if (column->cls[i] != (int32_t)rare)
            continue;
        eh_finding finding = { .image = frame->image[i],
                               .severity = how == 2 ? EH_SEVERITY_ERROR : EH_SEVERITY_WARNING,
                               .action = EH_ACTION_RELABEL,
                               .score = how == 2 ? 0.95 : 0.75,
                               .column = column->name,
                               .suggestion = column->class_name[usual] };
        json_t *evidence =
            json_pack("{s:s, s:s, s:I, s:I}", "flaw", how == 2 ? "spelt in two ways" : "a letter apart",
                      "class", column->class_name[rare], "images", (json_int_t)count[rare],
                      "images of the other", (json_int_t)count[usual]);
        EH_TRY(evidence ? eh_check_add(w->context, finding, evidence, err) : no_memory(err));
    }
    json_t *one = json_pack("{s:s, s:s, s:s, s:I}", "column", column->name, "class", column->class_name[rare],
                            "rather", column->class_name[usual], "images", (json_int_t)count[rare]);
    return json_array_append_new(w->classes, one) == 0 ? EH_OK : no_memory(err);
}

static eh_status check_classes(work *w, const eh_frame_column *column, eh_error *err)
{
    size_t rows = w->context->frame->rows, used = 0, known = 0;
    uint64_t *count = eh_alloc(column->classes + 1, sizeof *count);
    eh_status status = EH_OK;
    if (!count)
        return no_memory(err);
    for (size_t i = 0; i < rows; i++) {
        if (column->cls[i] < 0)
            continue;
        known++;
        used += count[column->cls[i]]++ == 0;
    }
    if (used == 1 && known >= 2 && json_array_append_new(w->constant, json_string(column->name)) != 0)
        status = no_memory(err);
    for (size_t a = 0; a < column->classes && column->classes <= 2000 && status == EH_OK; a++) {
        int best = 0;
        size_t usual = 0;
        for (size_t b = 0; b < column->classes && count[a]; b++) {
            bool fewer = count[a] < count[b] || (count[a] == count[b] && a > b);
            int how = a != b && fewer ? alike(column->class_name[a], column->class_name[b]) : 0;
            if (how == 1 && (double)count[a] > w->o->rare * (double)count[b])
                how = 0;
            if (how > best || (how && how == best && count[b] > count[usual])) {
                best = how;
                usual = b;
            }
        }
        if (best)
            status = add_class(w, column, a, usual, best, count, err);
    }
    eh_free(count);
    return status;
}

/* ---------------------------------------------------------------- pairs of columns */

/* The class of b that most images of each class of a have, into partner[a->classes]; how many images agree, of *known. */
static eh_status pair_classes(int32_t *partner, const eh_frame_column *a, const eh_frame_column *b,
                              size_t rows, size_t *agree, size_t *known, eh_error *err)
{
    uint32_t *count = eh_alloc(a->classes * b->classes, sizeof *count);
    if (!count)
        return no_memory(err);
    *agree = *known = 0;
    for (size_t i = 0; i < rows; i++) {
        if (a->cls[i] >= 0 && b->cls[i] >= 0) {
            count[(size_t)a->cls[i] * b->classes + (size_t)b->cls[i]]++;
            ++*known;
        }
    }
    for (size_t x = 0; x < a->classes; x++) {
        const uint32_t *line = count + x * b->classes;
        size_t most = 0;
        for (size_t y = 1; y < b->classes; y++)
            if (line[y] > line[most])
                most = y;
        partner[x] = line[most] ? (int32_t)most : -1;
        *agree += line[most];
    }
    for (size_t x = 0; x < a->classes; x++) /* two classes with one partner: b does not repeat a */
        for (size_t z = 0; z < x; z++)
            if (partner[x] >= 0 && partner[x] == partner[z])
                *agree = 0;
    eh_free(count);
    return EH_OK;
}

static eh_status add_differing(work *w, const eh_frame_column *a, const eh_frame_column *b,
                               const int32_t *partner, double share, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    for (size_t i = 0; i < frame->rows; i++) {
        if (a->cls[i] < 0 || b->cls[i] < 0 || partner[a->cls[i]] == b->cls[i])
            continue;
        eh_finding finding = { .image = frame->image[i],
                               .severity = EH_SEVERITY_WARNING,
                               .action = EH_ACTION_LOOK,
                               .score = share,
                               .column = a->name };
        json_t *evidence = json_pack("{s:s, s:s, s:s, s:s, s:f}", "flaw", "columns contradict", "value",
                                     a->class_name[a->cls[i]], "column", b->name, "its value",
                                     b->class_name[b->cls[i]], "agree elsewhere", share);
        EH_TRY(evidence ? eh_check_add(w->context, finding, evidence, err) : no_memory(err));
    }
    return EH_OK;
}

static eh_status check_pair(work *w, const eh_frame_column *a, const eh_frame_column *b, eh_error *err)
{
    size_t rows = w->context->frame->rows, agree = 0, known = 0;
    if (a->kind == EH_COLUMN_NUMBER) {
        for (size_t i = 0; i < rows; i++) {
            bool both = !isnan(a->number[i]) && !isnan(b->number[i]);
            known += both;
            agree += both && a->number[i] == b->number[i];
        }
        if (known < 20 || agree < known)
            return EH_OK;
    } else {
        if (a->classes < 2 || b->classes < 2 || a->classes > 1000 || b->classes > 1000)
            return EH_OK;
        int32_t *partner = eh_alloc(a->classes, sizeof *partner);
        if (!partner)
            return no_memory(err);
        eh_status status = pair_classes(partner, a, b, rows, &agree, &known, err);
        double share = known ? (double)agree / (double)known : 0;
        bool repeats = status == EH_OK && known >= 20 && share >= w->o->same;
        if (repeats && agree < known)
            status = add_differing(w, a, b, partner, share, err);
        eh_free(partner);
        if (!repeats || status != EH_OK)
            return status;
    }
    json_t *one = json_pack("{s:s, s:s, s:I, s:I}", "column", a->name, "repeats", b->name, "images",
                            (json_int_t)known, "equal", (json_int_t)agree);
    return json_array_append_new(w->repeated, one) == 0 ? EH_OK : no_memory(err);
}

static bool is_constant(const work *w, const eh_frame_column *column)
{
    size_t i;
    json_t *name;
    json_array_foreach(w->constant, i, name)
    {
        if (strcmp(json_string_value(name), column->name) == 0)
            return true;
    }
    return false;
}

/* ---------------------------------------------------------------- all of it */

/* What concerns a whole column has no image to stand at: it is said, and stands in the summary. */
static eh_status say(work *w, eh_error *err)
{
    size_t i;
    json_t *one;
    json_array_foreach(w->constant, i, one)
    {
        eh_progress_warn(w->context->progress, "the column '%s' has one value in all images",
                         json_string_value(one));
    }
    json_array_foreach(w->repeated, i, one)
    {
        json_int_t known = json_integer_value(json_object_get(one, "images")),
                   equal = json_integer_value(json_object_get(one, "equal"));
        eh_progress_warn(w->context->progress,
                         "the columns '%s' and '%s' say the same in %lld of %lld images",
                         json_string_value(json_object_get(one, "column")),
                         json_string_value(json_object_get(one, "repeats")), (long long)equal,
                         (long long)known);
    }
    bool complete = eh_json_set(w->context->summary, "constant_columns", json_incref(w->constant)) &&
                    eh_json_set(w->context->summary, "repeated_columns", json_incref(w->repeated)) &&
                    eh_json_set(w->context->summary, "classes_spelt_twice", json_incref(w->classes));
    return complete ? EH_OK : no_memory(err);
}

static eh_status run(eh_check_context *context, const void *opts, eh_error *err)
{
    const eh_frame *frame = context->frame;
    work w = { .context = context,
               .o = opts,
               .constant = json_array(),
               .repeated = json_array(),
               .classes = json_array() };
    eh_status status = w.constant && w.repeated && w.classes ? EH_OK : no_memory(err);
    if (status == EH_OK)
        status = check_ranges(&w, err);
    for (size_t i = 0; i < frame->columns && status == EH_OK; i++) {
        if (frame->column[i].kind == EH_COLUMN_NUMBER)
            status = check_numbers(&w, &frame->column[i], err);
        else if (frame->column[i].kind == EH_COLUMN_CLASS)
            status = check_classes(&w, &frame->column[i], err);
    }
    for (size_t i = 0; i < frame->columns && status == EH_OK; i++) {
        const eh_frame_column *a = &frame->column[i];
        bool numbers = a->kind == EH_COLUMN_NUMBER;
        for (size_t k = 0; k < i && (numbers || a->kind == EH_COLUMN_CLASS) && status == EH_OK; k++)
            if (frame->column[k].kind == a->kind && !is_constant(&w, a) &&
                !is_constant(&w, &frame->column[k]))
                status = check_pair(&w, a, &frame->column[k], err);
    }
    if (status == EH_OK)
        status = say(&w, err);
    json_decref(w.constant);
    json_decref(w.repeated);
    json_decref(w.classes);
    return status;
}

const eh_check eh_check_values = {
    .entry = { .name = "values",
               .summary =
                   "impossible and far-out numbers, classes spelt twice, columns that are constant or repeat",
               .source = "Tukey 1977, Exploratory data analysis; Damerau 1964",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .by_default = true,
    .run = run,
};
