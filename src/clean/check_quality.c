/* check_quality.c - pictures that are poor: dark, bright, blurred, plain, tiny, of odd shape or size.
 *
 * Idea    The import has measured every picture (quality.h); here the measures meet thresholds. A picture is dark when even its light parts are, bright when
 *         even its dark parts are, blurred when even its sharpest edges are soft. Shape and size are compared with the median of the set. Since light and
 *         skin, age and softness go together, what is found is counted for every class of every column, and findings ask for a look; nothing is taken out
 *         unless asked for.
 * Math    Score: 0.5 at the threshold, towards 1 as the measure leaves it: 0.5 + 0.5 (t - m) / t below, 1 - 0.5 t / m above.
 * Choices Defaults let through nearly all of real sets, measured at full size: of UTKFace (11,997) 8 are dark, none bright, 10 blurred; of CelebA (10,000) 6
 *         are dark; of neither is any plain. Many of the darkest are people with dark skin, and the lightest, which the default does not take, are
 *         babies: lower it and the young are hit.
 * Source  Measures: quality.c. The thresholds are ours. Pearson's test of independence, contingency.h.
 * Cost    Nothing is decoded when the import has measured.
 * Easy to get wrong: digits and drawings are mostly black or white and have few levels; that is no flaw, so neither clipping nor entropy alone is one.
 */
#include "clean/check.h"

#include "base/json.h"
#include "metric/contingency.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    double dark, bright, blurred, plain, aspect, size;
    int64_t tiny;
    int action;
} options;

enum { LOOK, QUARANTINE, MOST_CLASSES = 20 };

#define UNEVEN 0.001 /* p below which it is said that a class is hit more */

static const char *const action_names[] = { "look", "quarantine", NULL };

#define THRESHOLD(field, option, text, usual, low, high)                                        \
    {                                                                                           \
        .name = option, .help = text, .type = EH_OPT_FLOAT, .offset = offsetof(options, field), \
        .def = usual, .min = low, .max = high                                                   \
    }

static const eh_opt option_table[] = {
    THRESHOLD(dark, "dark", "a picture is dark when 95 % of it is darker than this (0 black, 1 white)",
              "0.33", 0, 1),
    THRESHOLD(bright, "bright", "a picture is bright when 95 % of it is lighter than this", "0.7", 0, 1),
    THRESHOLD(blurred, "blurred",
              "softness of the sharpest edges, pixels at a shorter side of 64, from which a picture is "
              "blurred",
              "1.4", 0.1, 100),
    THRESHOLD(plain, "plain",
              "deviation of the light, as a share of the distance of its mean from black or white, below "
              "which a picture shows nothing",
              "0.1", 0, 1),
    THRESHOLD(aspect, "aspect", "how many times wider or narrower than the median picture is odd", "2", 1,
              1000),
    THRESHOLD(size, "size", "how many times more or fewer pixels than the median picture is odd", "16", 1,
              1e6),
    { .name = "tiny",
      .help = "shorter side in pixels below which a picture is tiny",
      .type = EH_OPT_INT,
      .offset = offsetof(options, tiny),
      .def = "20",
      .min = 0,
      .max = 65535 },
    { .name = "action",
      .help = "what findings ask for",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, action),
      .def = "look",
      .choices = action_names },
    { 0 },
};

typedef enum flaw { DARK, BRIGHT, BLURRED, PLAIN, TINY, ODD_ASPECT, ODD_SIZE, FLAWS } flaw;
static const char *const flaw_names[FLAWS] = { "dark", "bright",     "blurred", "plain",
                                               "tiny", "odd aspect", "odd size" };

typedef struct work {
    eh_check_context *context;
    const options *o;
    const float *width, *height;         /* [rows] */
    double median_aspect, median_pixels; /* NaN without images */
    uint8_t *found;                      /* [rows] bit per flaw */
    uint64_t count[FLAWS];
} work;

static double below(double measure, double threshold)
{
    return measure < threshold ? 0.5 + 0.5 * (threshold - measure) / threshold : 0;
}

static double above(double measure, double threshold)
{
    return measure > threshold ? 1 - 0.5 * threshold / measure : 0;
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static eh_status find_medians(work *w, eh_error *err)
{
    size_t rows = w->context->frame->rows;
    double *value = eh_alloc(rows, sizeof *value);
    if (!value)
        return eh_fail_memory(err, "sizes of images", rows, sizeof *value);
    w->median_aspect = w->median_pixels = (double)NAN;
    for (int which = 0; which < 2 && rows > 0; which++) {
        for (size_t i = 0; i < rows; i++) {
            double x = (double)w->width[i], y = (double)w->height[i];
            value[i] = which == 0 ? x / y : x * y;
        }
        qsort(value, rows, sizeof *value, rising);
        *(which == 0 ? &w->median_aspect : &w->median_pixels) = value[rows / 2];
    }
    eh_free(value);
    return EH_OK;
}

static eh_status add(work *w, size_t row, flaw which, double score, const char *measure, double value,
                     eh_error *err)
{
    if (!(score > 0))
        return EH_OK;
    w->found[row] |= (uint8_t)(1u << which);
    w->count[which]++;
    eh_finding finding = { .image = w->context->frame->image[row],
                           .severity = EH_SEVERITY_WARNING,
                           .action = w->o->action == QUARANTINE ? EH_ACTION_QUARANTINE : EH_ACTION_LOOK,
                           .score = score };
    json_t *evidence = json_pack("{s:s, s:f}", "flaw", flaw_names[which], measure, value);
    return evidence ? eh_check_add(w->context, finding, evidence, err)
                    : eh_fail_memory(err, "a finding", 1, 128);
}

static eh_status check_row(work *w, size_t row, eh_error *err)
{
    const options *o = w->o;
    double x = (double)w->width[row], y = (double)w->height[row];
    double aspect = x / y / w->median_aspect, pixels = x * y / w->median_pixels;
    aspect = aspect < 1 ? 1 / aspect : aspect;
    pixels = pixels < 1 ? 1 / pixels : pixels;
    EH_TRY(add(w, row, TINY, below(x < y ? x : y, (double)o->tiny), "shorter side", x < y ? x : y, err));
    EH_TRY(add(w, row, ODD_ASPECT, above(aspect, o->aspect), "times the median", aspect, err));
    EH_TRY(add(w, row, ODD_SIZE, above(pixels, o->size), "times the median", pixels, err));
    if (!w->context->look[row].known)
        return EH_OK;
    const eh_image_quality_measures *q = &w->context->look[row].quality;
    double light = (double)q->brightness, room = light < 0.5 ? light : 1 - light;
    double contrast = room > 0 ? (double)q->contrast / room
                               : 0; /* a dark picture has little contrast without being plain */
    if (contrast < o->plain)        /* whatever else it is follows from that */
        return add(w, row, PLAIN, below(contrast, o->plain), "contrast", contrast, err);
    EH_TRY(add(w, row, DARK, below((double)q->light, o->dark), "light parts", (double)q->light, err));
    EH_TRY(
        add(w, row, BRIGHT, below(1 - (double)q->shade, 1 - o->bright), "dark parts", (double)q->shade, err));
    return add(w, row, BLURRED, above((double)q->blur, o->blurred), "blur", (double)q->blur, err);
}

/* ---------------------------------------------------------------- who is hit */

/* How many images of class k there are, and how many have each flaw and any. */
static void count_class(const work *w, const eh_frame_column *column, int32_t k, uint64_t *images,
                        uint64_t *flawed, uint64_t count[FLAWS])
{
    *images = *flawed = 0;
    memset(count, 0, FLAWS * sizeof *count);
    for (size_t i = 0; i < w->context->frame->rows; i++) {
        if (column->cls[i] != k)
            continue;
        ++*images;
        *flawed += w->found[i] != 0;
        for (int f = 0; f < FLAWS; f++)
            count[f] += w->found[i] >> f & 1;
    }
}

/* {"p": x, "classes": [{"class": name, "images": n, "flawed": m, "dark": k ...}]}; flaws that occur only. `table` has room for 2 * classes. */
static json_t *column_json(const work *w, const eh_frame_column *column, uint64_t *table, eh_error *err)
{
    json_t *list = json_array(), *out = NULL;
    bool complete = list != NULL;
    size_t worst = 0;
    double worst_share = 0;
    for (size_t k = 0; k < column->classes && complete; k++) {
        uint64_t images, flawed, count[FLAWS];
        count_class(w, column, (int32_t)k, &images, &flawed, count);
        table[2 * k] = flawed;
        table[2 * k + 1] = images - flawed;
        double share = images ? (double)flawed / (double)images : 0;
        if (share > worst_share) {
            worst_share = share;
            worst = k;
        }
        json_t *one = json_pack("{s:s, s:I, s:I}", "class", column->class_name[k], "images",
                                (json_int_t)images, "flawed", (json_int_t)flawed);
        complete = one != NULL;
        for (int f = 0; f < FLAWS && complete; f++)
            if (w->count[f])
                complete = eh_json_set(one, flaw_names[f], json_integer((json_int_t)count[f]));
        complete = json_array_append_new(list, one) == 0 && complete;
    }
    eh_contingency test;
    if (complete && eh_contingency_measure(&test, table, column->classes, 2, 0.95, 0, 1, err) == EH_OK)
        out = json_pack("{s:o, s:O}", "p", eh_json_number(test.p), "classes", list);
    if (out && test.p < UNEVEN)
        eh_progress_warn(w->context->progress, "poor pictures are uneven over '%s': %.1f %% of '%s' (p %.2g)",
                         column->name, 100 * worst_share, column->class_name[worst], test.p);
    json_decref(list);
    return out;
}

static int count_skipped(void *user, const char *item, const char *reason)
{
    uint64_t *count = user; /* all, truncated */
    (void)item;
    count[0]++;
    count[1] += strstr(reason, "truncated") != NULL;
    return 0;
}

static eh_status summarise(work *w, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    json_t *summary = w->context->summary, *columns = json_object();
    uint64_t skipped[2] = { 0 }, table[2 * MOST_CLASSES];
    eh_status status = eh_catalog_each_skipped(w->context->catalog, count_skipped, skipped, err);
    bool complete = columns != NULL;
    for (int f = 0; f < FLAWS && complete; f++)
        complete = eh_json_set(summary, flaw_names[f], json_integer((json_int_t)w->count[f]));
    for (size_t c = 0; c < frame->columns && complete; c++)
        if (frame->column[c].kind == EH_COLUMN_CLASS && frame->column[c].classes >= 2 &&
            frame->column[c].classes <= MOST_CLASSES)
            complete =
                eh_json_set(columns, frame->column[c].name, column_json(w, &frame->column[c], table, err));
    complete = complete && eh_json_set(summary, "left_out_at_import", json_integer((json_int_t)skipped[0])) &&
               eh_json_set(summary, "of_these_truncated", json_integer((json_int_t)skipped[1])) &&
               eh_json_set(summary, "by_column", json_incref(columns));
    json_decref(columns);
    return status != EH_OK || complete ? status : eh_fail_memory(err, "the summary of a check", 1, 256);
}

static eh_status run(eh_check_context *context, const void *opts, eh_error *err)
{
    static const char *const names[] = { "image.width", "image.height" };
    work w = { .context = context, .o = opts };
    eh_frame *sizes = NULL;
    const eh_frame *frame = context->frame;
    eh_status status = EH_OK;
    w.found = eh_arena_alloc(context->arena, frame->rows, 1);
    if (!w.found)
        return eh_fail_memory(err, "poor images", frame->rows, 1);
    EH_TRY(eh_frame_load(&sizes, context->catalog, names, 2, err));
    w.width = sizes->column[0].number;
    w.height = sizes->column[1].number;
    EH_TRY_GOTO(status, find_medians(&w, err));
    for (size_t row = 0; row < frame->rows && status == EH_OK; row++)
        status = check_row(&w, row, err);
    if (status == EH_OK)
        status = summarise(&w, err);
done:
    eh_frame_free(sizes);
    return status;
}

const eh_check eh_check_quality = {
    .entry = { .name = "quality",
               .summary =
                   "poor pictures: dark, bright, blurred, plain, tiny, of odd shape or size; and who is hit",
               .source = "Zhuo, Sim 2011, Defocus map estimation from a single image (blur)",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .looks = true,
    .by_default = true,
    .run = run,
};
