/* check_labels.c - labels that are likely wrong: classes, groups, and several columns at once.
 *
 * Idea    Every image is judged by something that has not learned from it; where the judgement is confidently another than the label, the label is
 *         likely wrong. Probabilities come from a file, or from own small networks by cross-validation in which copies and, where named,
 *         one person's pictures stay together; or from linear classifiers on given embeddings, in the same folds. Each class column is judged by itself (a group column is one like any other, and several yes/no
 *         columns are a multi-label data set); over several columns an image also has a score of its own.
 * Math    Flags and rankings: confident_learning.h. Score of an image over columns: self-confidences sorted from high to low, then the exponential
 *         moving average with 0.8, so that the lowest count most; 1 minus it is shown.
 * Source  Northcutt, Jiang, Chuang 2021; Thyagarajan, Snorrason, Northcutt, Mueller, "Identifying incorrect annotations in multi-label classification
 *         data", 2022.
 *         Masks are judged as a whole, by probabilities of every pixel, from a file or by cross-validation: mask_findings.h.
 * Cost    With a file a second; else folds trainings (about a minute for 5,000 pictures of 64 x 64 on two cores); of masks the cache folder holds
 *         4 bytes a pixel and class meanwhile.
 * Easy to get wrong: probabilities of a model that has learned from the labels it judges. It agrees with the wrong ones.
 */
#include "clean/check.h"
#include "clean/confident_learning.h"
#include "clean/cross_validation.h"
#include "clean/embedding_validation.h"
#include "clean/image_units.h"
#include "clean/label_probabilities.h"
#include "clean/mask_findings.h"

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { MAX_DEFAULT_CLASSES = 100 };

#define AVERAGE_WEIGHT 0.8

typedef struct options {
    const char *columns, *probabilities, *embeddings, *identity, *augment;
    int64_t folds, repeats, epochs, size;
    double lr, relabel_at, note_at, mask_share;
    eh_thing_spec model;
    int rank;
} options;

static const char *const rank_names[] = { "self-confidence", "margin", "entropy", NULL }; /* eh_label_rank */

static const eh_opt option_table[] = {
    { .name = "columns",
      .help = "columns of classes to judge, joined with '+', or one of masks; those that fit where not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, columns),
      .metavar = "COLUMN+..." },
    { .name = "probabilities",
      .help = "out-of-sample probabilities of one column, as evenhand predict writes them: CSV (file, one "
              "column a class) or NPY (images x classes; of masks images x classes x height x width)",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, probabilities),
      .metavar = "FILE" },
    { .name = "embeddings",
      .help =
          "judge by linear classifiers on vectors in place of own networks: a run's folder (its network's "
          "features) or NPY (images x width)",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, embeddings),
      .metavar = "RUN|FILE" },
    { .name = "identity",
      .help = "column whose equal values (one person) stay together in cross-validation, as copies do anyway",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, identity),
      .metavar = "COLUMN" },
    { .name = "folds",
      .help = "parts of the cross-validation",
      .type = EH_OPT_INT,
      .offset = offsetof(options, folds),
      .def = "4",
      .min = 2,
      .max = 100 },
    { .name = "repeats",
      .help = "whole cross-validations whose probabilities are averaged",
      .type = EH_OPT_INT,
      .offset = offsetof(options, repeats),
      .def = "1",
      .min = 1,
      .max = 100 },
    { .name = "epochs",
      .help = "passes over the images of a training; too many learn the wrong labels by heart; 0: 6, for "
              "masks 8",
      .type = EH_OPT_INT,
      .offset = offsetof(options, epochs),
      .def = "0",
      .min = 0,
      .max = 1000 },
    { .name = "lr",
      .help = "highest learning rate of a training",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, lr),
      .def = "0.002",
      .min = 1e-9,
      .max = 10 },
    { .name = "size",
      .help = "side of the pictures; 0: their own when all are equal and at most 64, else 64; of masks the "
              "longer "
              "side, at most 96",
      .type = EH_OPT_INT,
      .offset = offsetof(options, size),
      .def = "0",
      .min = 0,
      .max = 1024 },
    { .name = "model",
      .help = "network of the cross-validation; standard-cnn where not given, for masks unet:width=8",
      .type = EH_OPT_THING,
      .offset = offsetof(options, model),
      .kind = "model" },
    { .name = "augment",
      .help = "augmentations, joined with '+'; 'none' where left and right matter, as in digits",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, augment),
      .def = "flip",
      .metavar = "NAME+..." },
    { .name = "rank",
      .help = "how findings are ordered",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, rank),
      .def = "self-confidence",
      .choices = rank_names },
    { .name = "relabel-at",
      .help = "a finding suggests another label (--relabel) from this probability of it on",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, relabel_at),
      .def = "0.9",
      .min = 0,
      .max = 1 },
    { .name = "note-at",
      .help = "also note labels that are not flagged, from this score on; 0 ranks every label",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, note_at),
      .def = "1",
      .min = 0,
      .max = 1 },
    { .name = "mask-share",
      .help =
          "a mask is flagged when this share of its pixels is likely of another class; 0: a share far above "
          "that of the other masks, and at least 0.05",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, mask_share),
      .def = "0",
      .min = 0,
      .max = 1 },
    { 0 },
};

/* A label that will be a finding. */
typedef struct suspect {
    uint32_t row, column;
    int32_t guess;
    bool flagged;
    float score, given_probability, guess_probability;
} suspect;

typedef struct judging {
    eh_check_context *context;
    const options *o;
    const eh_frame_column **column;
    size_t columns;
    suspect *suspect;
    size_t suspects, capacity;
    float *confidence; /* [rows, columns] self-confidence; only with several columns */
    json_t *judged;    /* one object a column, for the summary */
} judging;

/* ---------------------------------------------------------------- columns */

/* True for a class column that can be judged without being asked for: few classes, of which two or more occur. */
static bool fits(const eh_frame_column *column, size_t rows)
{
    if (column->kind != EH_COLUMN_CLASS || column->classes < 2 || column->classes > MAX_DEFAULT_CLASSES ||
        column->classes > rows / 10)
        return false;
    int32_t first = -1;
    for (size_t i = 0; i < rows; i++) {
        if (column->cls[i] >= 0 && first < 0)
            first = column->cls[i];
        else if (column->cls[i] >= 0 && column->cls[i] != first)
            return true;
    }
    return false;
}

/* True for an array of four dimensions: probabilities of every pixel, which are of masks. */
static bool has_pixels(const char *path)
{
    eh_npy *npy;
    bool yes = eh_npy_open(&npy, path, NULL) == EH_OK && eh_npy_shape(npy)->dimensions == 4;
    eh_npy_close(npy);
    return yes;
}

static eh_status choose_columns(judging *j, eh_error *err)
{
    const eh_frame *frame = j->context->frame;
    eh_arena *arena = j->context->arena;
    bool of_pixels = j->o->probabilities && has_pixels(j->o->probabilities);
    j->column = eh_arena_alloc(arena, frame->columns + 1, sizeof *j->column);
    if (!j->column)
        return eh_fail_memory(err, "columns", frame->columns, sizeof *j->column);
    for (size_t i = 0; !j->o->columns && i < frame->columns; i++)
        if (of_pixels ? frame->column[i].kind == EH_COLUMN_MASK : fits(&frame->column[i], frame->rows))
            j->column[j->columns++] = &frame->column[i];
    for (const char *at = j->o->columns, *plus; at; at = plus ? plus + 1 : NULL) {
        plus = strchr(at, '+');
        char *name = eh_arena_printf(arena, "%.*s", plus ? (int)(plus - at) : (int)strlen(at), at);
        const eh_frame_column *column;
        if (!name)
            return eh_fail_memory(err, "columns", 1, 64);
        EH_TRY(eh_frame_find(&column, frame, name, err));
        if ((column->kind != EH_COLUMN_CLASS && column->kind != EH_COLUMN_MASK) || column->classes < 2)
            return eh_fail(err, EH_ERR_USAGE, "labels: the column '%s' has no classes to judge", name);
        for (size_t i = 0; i < j->columns; i++)
            if (j->column[i] == column)
                return eh_fail(err, EH_ERR_USAGE, "labels: the column '%s' is named twice", name);
        j->column[j->columns++] = column;
    }
    for (size_t i = 0; !j->o->columns && j->columns == 0 && i < frame->columns; i++)
        if (frame->column[i].kind == EH_COLUMN_MASK && frame->column[i].classes >= 2)
            j->column[j->columns++] = &frame->column[i];
    if (j->columns == 0)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "labels: no column with two or more classes is there to judge; name one with "
                       "columns=...");
    for (size_t i = 0; i < j->columns; i++) {
        bool mask = j->column[i]->kind == EH_COLUMN_MASK;
        if (mask && (j->columns > 1 || j->o->embeddings))
            return eh_fail(err, EH_ERR_USAGE,
                           "labels: masks are judged pixel by pixel, without %s; say columns=%s",
                           j->o->embeddings ? "embeddings" : "other columns beside them", j->column[i]->name);
    }
    if (j->o->probabilities && j->o->embeddings)
        return eh_fail(err, EH_ERR_USAGE, "labels: give probabilities or embeddings, not both");
    if (j->o->probabilities && j->columns != 1)
        return eh_fail(err, EH_ERR_USAGE,
                       "labels: the probabilities in %s are of one column; name it with columns=... ('%s', "
                       "'%s' ...)",
                       j->o->probabilities, j->column[0]->name, j->column[1]->name);
    return EH_OK;
}

/* ---------------------------------------------------------------- judging a column */

static eh_status add_suspect(judging *j, suspect s, eh_error *err)
{
    if (j->suspects == j->capacity) {
        size_t capacity = j->capacity ? j->capacity * 2 : 256;
        suspect *wider = eh_realloc(j->suspect, j->capacity, capacity, sizeof *wider);
        if (!wider)
            return eh_fail_memory(err, "wrong labels", capacity, sizeof *wider);
        j->suspect = wider;
        j->capacity = capacity;
    }
    j->suspect[j->suspects++] = s;
    return EH_OK;
}

/* The pairs (given, rather) of which most are estimated, at most five. */
static json_t *confusions(const eh_label_issues *issues, const eh_frame_column *column)
{
    json_t *list = json_array();
    size_t classes = issues->classes;
    bool complete = list != NULL;
    int64_t above = INT64_MAX;
    size_t after = 0; /* of pairs with equal counts: the first that was not taken yet */
    for (int n = 0; n < 5 && complete; n++) {
        int64_t most = 0;
        size_t at = 0;
        for (size_t i = 0; i < classes * classes; i++) {
            int64_t count = issues->joint[i];
            bool left = count < above || (count == above && i > after);
            if (i % classes != i / classes && left && count > most) {
                most = count;
                at = i;
            }
        }
        if (most == 0)
            break;
        above = most;
        after = at;
        complete = json_array_append_new(list, json_pack("{s:s, s:s, s:I}", "given",
                                                         column->class_name[at / classes], "rather",
                                                         column->class_name[at % classes], "images",
                                                         (json_int_t)most)) == 0;
    }
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

/* Adds what is known of a column to the summary. `more`: further members (reference taken over). */
static eh_status summarise(judging *j, size_t c, const eh_label_issues *issues, json_t *more, eh_error *err)
{
    json_t *one = json_object();
    json_int_t labels = 0, wrong = 0;
    for (size_t i = 0; i < issues->classes * issues->classes; i++) {
        labels += (json_int_t)issues->joint[i];
        wrong += i % issues->classes == i / issues->classes ? 0 : (json_int_t)issues->joint[i];
    }
    bool complete = one && more && eh_json_set(one, "column", json_string(j->column[c]->name)) &&
                    eh_json_set(one, "labels", json_integer(labels)) &&
                    eh_json_set(one, "flagged", json_integer((json_int_t)issues->issues)) &&
                    eh_json_set(one, "estimated_wrong", json_integer(wrong)) &&
                    eh_json_set(one, "confusions", confusions(issues, j->column[c])) &&
                    json_object_update(one, more) == 0;
    json_decref(more);
    complete = json_array_append_new(j->judged, one) == 0 && complete;
    return complete ? EH_OK : eh_fail_memory(err, "the summary of a check", 1, 256);
}

static eh_status judge_column(judging *j, size_t c, const eh_row_source *source, const int32_t *label,
                              json_t *more, eh_error *err)
{
    eh_label_issues *issues = NULL;
    eh_status status = eh_confident_learning(&issues, source, label, err);
    if (status == EH_OK)
        status = summarise(j, c, issues, more, err);
    else
        json_decref(more);
    for (size_t row = 0; status == EH_OK && row < issues->rows; row++) {
        double score = eh_label_issue_score(issues, row, (eh_label_rank)j->o->rank);
        float own = issues->self_confidence[row];
        if (j->confidence)
            j->confidence[row * j->columns + c] = own;
        if (label[row] < 0 || (!issues->issue[row] && (j->o->note_at >= 1 || score < j->o->note_at)))
            continue;
        bool other = issues->guess[row] != label[row];
        status =
            add_suspect(j,
                        (suspect){ .row = (uint32_t)row,
                                   .column = (uint32_t)c,
                                   .guess = issues->guess[row],
                                   .flagged = issues->issue[row],
                                   .score = (float)score,
                                   .given_probability = own,
                                   .guess_probability = other ? own + 1 - 2 * issues->margin[row] : own },
                        err);
    }
    eh_label_issues_free(issues);
    return status;
}

static eh_status judge_from_file(judging *j, eh_error *err)
{
    const eh_frame *frame = j->context->frame;
    eh_label_probabilities p;
    int32_t *label = eh_arena_alloc(j->context->arena, frame->rows, sizeof *label);
    if (!label)
        return eh_fail_memory(err, "labels", frame->rows, sizeof *label);
    eh_status status =
        eh_label_probabilities_open(&p, j->o->probabilities, j->context->catalog, frame, j->column[0], err);
    if (status == EH_OK) {
        for (size_t i = 0; i < frame->rows; i++)
            label[i] = p.present && !p.present[i] ? -1 : j->column[0]->cls[i];
        eh_label_gaps_warn(j->context->progress, j->o->probabilities, p.absent, p.left_over);
        status = judge_column(j, 0, &p.source, label,
                              json_pack("{s:s, s:I, s:I}", "source", j->o->probabilities, "not_in_file",
                                        (json_int_t)p.absent, "no_such_image", (json_int_t)p.left_over),
                              err);
    }
    eh_label_probabilities_clear(&p);
    return status;
}

/* Rows of a fold column as doubles. */
static eh_status read_fold_column(void *user, size_t first, size_t count, double *out, eh_error *err)
{
    const eh_fold_column *column = user;
    size_t classes = column->column->classes;
    (void)err;
    for (size_t i = 0; i < count * classes; i++)
        out[i] = (double)column->probability[first * classes + i];
    return EH_OK;
}

static eh_status split_words(eh_str_list *out, const char *text, eh_arena *arena, eh_error *err)
{
    *out = (eh_str_list){ 0 };
    if (!text || strcmp(text, "none") == 0)
        return EH_OK;
    char *copy = eh_arena_strdup(arena, text);
    out->item = eh_arena_alloc(arena, strlen(text) + 1, sizeof *out->item);
    if (!copy || !out->item)
        return eh_fail_memory(err, text, strlen(text), 1);
    for (char *plus; copy; copy = plus ? plus + 1 : NULL) {
        plus = strchr(copy, '+');
        if (plus)
            *plus = '\0';
        out->item[out->count++] = copy;
    }
    return EH_OK;
}

/* What small networks, or linear classifiers on embeddings, say out of sample. pixels: the file for the probabilities of masks. */
static eh_status validate(eh_fold_predictions **out, judging *j, const char *pixels, eh_error *err)
{
    const options *o = j->o;
    eh_check_context *context = j->context;
    eh_embeddings *embeddings = NULL;
    uint32_t *unit;
    eh_cross_validation_opts opts = { .model = o->model,
                                      .folds = o->folds,
                                      .repeats = o->repeats,
                                      .epochs = o->epochs,
                                      .size = o->size,
                                      .lr = o->lr,
                                      .seed = context->seed,
                                      .pixels = pixels };
    const eh_embedding_validation_opts linear = { .folds = o->folds,
                                                  .repeats = o->repeats,
                                                  .seed = context->seed };
    EH_TRY(split_words(&opts.augment, o->augment, context->arena, err));
    EH_TRY(eh_image_units(&unit, context, o->identity, err));
    if (!o->embeddings)
        return eh_cross_validate(out, context->catalog, context->frame, j->column, j->columns, unit, &opts,
                                 context->progress, err);
    EH_TRY(eh_embeddings_make(&embeddings, o->embeddings, context->catalog, context->frame, context->progress,
                              err));
    const char *judge = eh_arena_strdup(context->arena, embeddings->source);
    eh_status status = judge ? eh_cross_validate_embeddings(out, embeddings, context->frame, j->column,
                                                            j->columns, unit, &linear, context->progress, err)
                             : eh_fail_memory(err, "labels", 1, 64);
    if (status == EH_OK)
        (*out)->judge = judge;
    eh_embeddings_free(embeddings);
    return status;
}

/* How column c was judged. New reference. */
static json_t *validated(const judging *j, const eh_fold_predictions *folds, size_t c)
{
    return json_pack("{s:s, s:I, s:I, s:o, s:f}", "source", folds->judge, "folds", (json_int_t)j->o->folds,
                     "repeats", (json_int_t)j->o->repeats, "accuracy",
                     eh_json_number(folds->column[c].accuracy), "seconds", folds->seconds);
}

static eh_status judge_by_validation(judging *j, eh_error *err)
{
    eh_fold_predictions *folds = NULL;
    eh_status status = validate(&folds, j, NULL, err);
    for (size_t c = 0; c < j->columns && status == EH_OK; c++) {
        eh_row_source source = { .user = &folds->column[c],
                                 .name = "the cross-validation",
                                 .rows = folds->rows,
                                 .columns = j->column[c]->classes,
                                 .read = read_fold_column };
        status = judge_column(j, c, &source, j->column[c]->cls, validated(j, folds, c), err);
    }
    eh_fold_predictions_free(folds);
    return status;
}

/* ---------------------------------------------------------------- masks */

/* From a file of probabilities. `more`: of the summary (reference taken over). */
static eh_status judge_masks(judging *j, const char *path, json_t *more, eh_error *err)
{
    json_t *one = NULL;
    eh_status status =
        eh_mask_findings(&one, j->context, j->column[0], path, j->o->mask_share, j->o->note_at, err);
    bool complete = status == EH_OK && more && json_object_update(one, more) == 0 &&
                    json_array_append(j->judged, one) == 0;
    if (!complete && status == EH_OK)
        status = eh_fail_memory(err, "the summary of a check", 1, 256);
    json_decref(more);
    json_decref(one);
    return status;
}

/* By networks that have not seen the masks; their probabilities lie in the cache folder meanwhile. */
static eh_status judge_masks_by_validation(judging *j, eh_error *err)
{
    const char *cache;
    eh_fold_predictions *folds = NULL;
    EH_TRY(eh_cache_folder(j->context->arena, &cache, err));
    const char *path = eh_arena_printf(j->context->arena, "%s/masks-%ld.npy", cache, (long)getpid());
    if (!path)
        return eh_fail_memory(err, "masks", 1, 64);
    EH_TRY(validate(&folds, j, path, err));
    eh_status status = judge_masks(j, path, validated(j, folds, 0), err);
    unlink(path);
    eh_fold_predictions_free(folds);
    return status;
}

/* ---------------------------------------------------------------- findings */

static int falling(const void *a, const void *b)
{
    float x = *(const float *)a, y = *(const float *)b;
    return (x < y) - (x > y);
}

/* 1 minus the moving average of the row's confidences; sorts them. */
static double image_score(float *confidence, size_t columns)
{
    qsort(confidence, columns, sizeof *confidence, falling);
    double average = (double)confidence[0];
    for (size_t i = 1; i < columns; i++)
        average = AVERAGE_WEIGHT * (double)confidence[i] + (1 - AVERAGE_WEIGHT) * average;
    double score = 1 - average;
    return score < 0 ? 0 : score > 1 ? 1 : score;
}

static eh_status add_findings(judging *j, eh_error *err)
{
    const eh_frame *frame = j->context->frame;
    for (size_t row = 0; j->confidence && row < frame->rows; row++)
        j->confidence[row * j->columns] = (float)image_score(j->confidence + row * j->columns, j->columns);
    for (size_t i = 0; i < j->suspects; i++) {
        const suspect *s = &j->suspect[i];
        const eh_frame_column *column = j->column[s->column];
        bool relabel = s->flagged && (double)s->guess_probability >= j->o->relabel_at;
        eh_finding finding = { .image = frame->image[s->row],
                               .severity = s->flagged ? EH_SEVERITY_WARNING : EH_SEVERITY_NOTE,
                               .action = relabel ? EH_ACTION_RELABEL : EH_ACTION_LOOK,
                               .score = (double)s->score,
                               .column = column->name,
                               .suggestion = relabel ? column->class_name[s->guess] : NULL };
        json_t *evidence = json_pack("{s:s, s:f, s:s, s:f}", "given", column->class_name[column->cls[s->row]],
                                     "probability", (double)s->given_probability, "judged",
                                     column->class_name[s->guess], "with", (double)s->guess_probability);
        if (evidence && j->confidence &&
            !eh_json_set(evidence, "all columns", json_real((double)j->confidence[s->row * j->columns]))) {
            json_decref(evidence);
            evidence = NULL;
        }
        if (!evidence)
            return eh_fail_memory(err, "a finding", 1, 256);
        EH_TRY(eh_check_add(j->context, finding, evidence, err));
    }
    return EH_OK;
}

static eh_status run(eh_check_context *context, const void *opts, eh_error *err)
{
    judging j = { .context = context, .o = opts };
    eh_status status;
    EH_TRY(choose_columns(&j, err));
    j.judged = json_array();
    if (j.columns > 1)
        j.confidence = eh_alloc(context->frame->rows * j.columns, sizeof *j.confidence);
    if (!j.judged || (j.columns > 1 && !j.confidence)) {
        status = eh_fail_memory(err, "labels", context->frame->rows * j.columns, sizeof *j.confidence);
        goto done;
    }
    if (j.column[0]->kind == EH_COLUMN_MASK)
        EH_TRY_GOTO(status, j.o->probabilities
                                ? judge_masks(&j, j.o->probabilities,
                                              json_pack("{s:s}", "source", j.o->probabilities), err)
                                : judge_masks_by_validation(&j, err));
    else
        EH_TRY_GOTO(status, j.o->probabilities ? judge_from_file(&j, err) : judge_by_validation(&j, err));
    EH_TRY_GOTO(status, add_findings(&j, err));
    if (!eh_json_set(context->summary, "columns", json_incref(j.judged)))
        status = eh_fail_memory(err, "the summary of a check", 1, 64);
done:
    json_decref(j.judged);
    eh_free(j.suspect);
    eh_free(j.confidence);
    return status;
}

const eh_check eh_check_labels = {
    .entry = { .name = "labels",
               .summary = "labels and group labels that are likely wrong, by cross-validation or given "
                          "probabilities",
               .source = "Northcutt, Jiang, Chuang 2021, Confident learning",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .by_default = false,
    .run = run,
};
