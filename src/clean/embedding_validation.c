/* embedding_validation.c - k folds, multinomial logistic regression on vectors that are already there.
 *
 * Idea    A network that was trained on something (these labels, or others) has features in which like pictures lie together. A linear classifier
 *         that has not seen a picture says what its neighbours are called. Far cheaper than training a network for each fold.
 * Math    Vectors standardised by the learned folds; minimise mean -log softmax(W x + b)[label] + DECAY |W|^2 / 2 by
 *         minibatches with Adam and a rate that falls linearly to nothing.
 *         So strong a decay keeps probabilities apart: with scikit-learn's C = 1 (1 / n in place of DECAY) they are 0 or 1 in wide vectors, and wrong labels
 *         are ranked worse (area under the precision-recall curve 0.65 in place of 0.87 on drawn faces).
 * Source  Hosmer, Lemeshow 2000, Applied logistic regression; Kingma, Ba 2015; Northcutt et al. 2021 for the use.
 * Cost    folds * PASSES * rows * width * classes multiplications and additions, twice.
 * Easy to get wrong: features of a network that has learned the very labels by heart lie where the wrong label is. Give a run of few epochs, or one that was
 *         trained on something else.
 */
#include "clean/embedding_validation.h"

#include "base/file.h"
#include "base/rng.h"
#include "base/threads.h"

#include <math.h>
#include <string.h>

enum { PASSES = 40, BATCH = 64 };

#define RATE    0.01
#define BETA1   0.9
#define BETA2   0.999
#define EPSILON 1e-8
#define DECAY   0.3

typedef struct fold_job {
    const eh_embeddings *e;
    const eh_fold_predictions *out;
    eh_fold_column *column;
    uint32_t number; /* of the fold */
    uint64_t seed;
    float share;
    bool failed;
} fold_job;

/* One classifier: weights [classes, width + 1], the last the bias, with the moments of Adam. */
typedef struct classifier {
    size_t classes, stride;
    float *weight, *first, *second, *gradient;
    float *mean, *scale; /* [width] */
    float *x;            /* [stride] a standardised vector with 1 at the end */
    float *p;            /* [classes] */
    uint32_t *row;       /* [rows] learned */
    size_t rows;
} classifier;

static bool new_classifier(classifier *c, const fold_job *job)
{
    size_t classes = job->column->column->classes, width = job->e->width;
    *c = (classifier){ .classes = classes, .stride = width + 1 };
    c->weight = eh_alloc(classes * c->stride, sizeof *c->weight);
    c->first = eh_alloc(classes * c->stride, sizeof *c->first);
    c->second = eh_alloc(classes * c->stride, sizeof *c->second);
    c->gradient = eh_alloc(classes * c->stride, sizeof *c->gradient);
    c->mean = eh_alloc(width, sizeof *c->mean);
    c->scale = eh_alloc(width, sizeof *c->scale);
    c->x = eh_alloc(c->stride, sizeof *c->x);
    c->p = eh_alloc(classes, sizeof *c->p);
    c->row = eh_alloc(job->out->rows + 1, sizeof *c->row);
    return c->weight && c->first && c->second && c->gradient && c->mean && c->scale && c->x && c->p && c->row;
}

static void free_classifier(classifier *c)
{
    eh_free(c->weight);
    eh_free(c->first);
    eh_free(c->second);
    eh_free(c->gradient);
    eh_free(c->mean);
    eh_free(c->scale);
    eh_free(c->x);
    eh_free(c->p);
    eh_free(c->row);
}

/* Mean and 1 / deviation of every coordinate over the learned rows; 0 for a constant one. */
static bool measure_scale(classifier *c, const eh_embeddings *e)
{
    size_t width = e->width;
    double *sum = eh_alloc(2 * width, sizeof *sum);
    if (!sum)
        return false;
    for (size_t i = 0; i < c->rows; i++)
        for (size_t k = 0; k < width; k++)
            sum[k] += (double)e->value[c->row[i] * width + k];
    for (size_t k = 0; k < width; k++)
        c->mean[k] = (float)(sum[k] / (double)(c->rows ? c->rows : 1));
    for (size_t i = 0; i < c->rows; i++)
        for (size_t k = 0; k < width; k++) {
            double d = (double)(e->value[c->row[i] * width + k] - c->mean[k]);
            sum[width + k] += d * d;
        }
    for (size_t k = 0; k < width; k++) {
        double deviation = sqrt(sum[width + k] / (double)(c->rows ? c->rows : 1));
        c->scale[k] = deviation > 1e-12 ? (float)(1 / deviation) : 0;
    }
    eh_free(sum);
    return true;
}

/* Probabilities of a row's classes into c->p. */
static void judge_row(classifier *c, const eh_embeddings *e, size_t row)
{
    const float *value = e->value + row * e->width;
    float most = -INFINITY, sum = 0;
    for (size_t k = 0; k < e->width; k++)
        c->x[k] = (value[k] - c->mean[k]) * c->scale[k];
    c->x[e->width] = 1;
    for (size_t j = 0; j < c->classes; j++) {
        const float *w = c->weight + j * c->stride;
        float dot = 0;
#pragma omp simd reduction(+ : dot)
        for (size_t k = 0; k < c->stride; k++)
            dot += w[k] * c->x[k];
        c->p[j] = dot;
        most = dot > most ? dot : most;
    }
    for (size_t j = 0; j < c->classes; j++)
        sum += c->p[j] = expf(c->p[j] - most);
    for (size_t j = 0; j < c->classes; j++)
        c->p[j] /= sum;
}

static void step(classifier *c, uint64_t number, double rate, size_t count)
{
    double bias1 = 1 - pow(BETA1, (double)number), bias2 = 1 - pow(BETA2, (double)number);
    float share = 1 / (float)count;
    float size = (float)(rate / bias1), root = (float)(1 / sqrt(bias2));
    for (size_t i = 0; i < c->classes * c->stride; i++) {
        bool bias = i % c->stride == c->stride - 1;
        float g = c->gradient[i] * share + (bias ? 0 : (float)DECAY * c->weight[i]);
        c->first[i] = (float)BETA1 * c->first[i] + (float)(1 - BETA1) * g;
        c->second[i] = (float)BETA2 * c->second[i] + (float)(1 - BETA2) * g * g;
        c->weight[i] -= size * c->first[i] / (sqrtf(c->second[i]) * root + (float)EPSILON);
        c->gradient[i] = 0;
    }
}

static void learn(classifier *c, const fold_job *job)
{
    const int32_t *label = job->column->column->cls;
    uint64_t number = 0, steps = (uint64_t)PASSES * ((c->rows + BATCH - 1) / BATCH);
    for (uint64_t pass = 0; pass < PASSES; pass++) {
        eh_rng rng = eh_rng_at(job->seed, EH_DRAW_SAMPLER, job->number, pass);
        eh_rng_shuffle(&rng, c->row, c->rows);
        for (size_t at = 0; at < c->rows; at += BATCH) {
            size_t count = c->rows - at < BATCH ? c->rows - at : BATCH;
            for (size_t i = at; i < at + count; i++) {
                judge_row(c, job->e, c->row[i]);
                c->p[label[c->row[i]]] -= 1;
                for (size_t j = 0; j < c->classes; j++) {
                    float *g = c->gradient + j * c->stride, p = c->p[j];
                    for (size_t k = 0; k < c->stride; k++)
                        g[k] += p * c->x[k];
                }
            }
            number++;
            step(c, number, RATE * (1 - (double)(number - 1) / (double)steps), count);
        }
    }
}

static void run_fold(void *user, size_t index)
{
    fold_job *job = (fold_job *)user + index;
    const eh_fold_predictions *out = job->out;
    size_t classes = job->column->column->classes;
    classifier c;
    job->failed = !new_classifier(&c, job);
    for (size_t i = 0; i < out->rows && !job->failed; i++)
        if (out->fold[i] != job->number && job->column->column->cls[i] >= 0)
            c.row[c.rows++] = (uint32_t)i;
    job->failed = job->failed || !measure_scale(&c, job->e);
    if (!job->failed) {
        learn(&c, job);
        for (size_t i = 0; i < out->rows; i++) {
            if (out->fold[i] != job->number)
                continue;
            judge_row(&c, job->e, i);
            for (size_t k = 0; k < classes; k++)
                job->column->probability[i * classes + k] += job->share * c.p[k];
        }
    }
    free_classifier(&c);
}

static eh_status run_all(eh_fold_predictions *p, const eh_embeddings *e, const uint32_t *unit,
                         const eh_embedding_validation_opts *o, fold_job *job, eh_progress *progress,
                         eh_error *err)
{
    size_t folds = (size_t)o->folds;
    uint64_t done = 0;
    eh_progress_begin(progress, "cross-validation on embeddings", (uint64_t)o->repeats * p->columns,
                      "columns");
    for (uint64_t repeat = (uint64_t)o->repeats; repeat-- > 0;) { /* the first repeat last: its folds stay */
        uint64_t seed = o->seed + repeat * 1000003;
        EH_TRY(eh_deal_folds(p->fold, p->rows, unit, folds, seed, err));
        for (size_t c = 0; c < p->columns; c++) {
            for (size_t k = 0; k < folds; k++)
                job[k] = (fold_job){ .e = e,
                                     .out = p,
                                     .column = &p->column[c],
                                     .number = (uint32_t)k,
                                     .seed = seed,
                                     .share = 1 / (float)o->repeats };
            eh_parallel_for(folds, run_fold, job);
            for (size_t k = 0; k < folds; k++)
                if (job[k].failed)
                    return eh_fail_memory(err, "a classifier", e->width, sizeof(float));
            eh_progress_update(progress, ++done, NULL);
            if (eh_progress_stop(progress))
                return eh_fail(err, EH_ERR_INTERRUPTED, "stopped; nothing was changed");
        }
    }
    eh_progress_end(progress, NULL);
    return EH_OK;
}

eh_status eh_cross_validate_embeddings(eh_fold_predictions **out, const eh_embeddings *embeddings,
                                       const eh_frame *frame, const eh_frame_column *const *columns,
                                       size_t count, const uint32_t *unit,
                                       const eh_embedding_validation_opts *opts, eh_progress *progress,
                                       eh_error *err)
{
    eh_embedding_validation_opts o = *opts;
    eh_fold_predictions *p = NULL;
    double begin = eh_seconds();
    *out = NULL;
    o.folds = o.folds ? o.folds : 4;
    o.repeats = o.repeats ? o.repeats : 1;
    if (o.folds < 2)
        return eh_fail(err, EH_ERR_USAGE, "cross-validation takes at least 2 folds");
    if (embeddings->rows != frame->rows)
        return eh_fail(err, EH_ERR_USAGE, "%zu vectors do not fit %zu images", embeddings->rows, frame->rows);
    EH_TRY(eh_fold_predictions_new(&p, frame, columns, count, err));
    fold_job *job = eh_alloc((size_t)o.folds, sizeof *job);
    eh_status status = job ? run_all(p, embeddings, unit, &o, job, progress, err)
                           : eh_fail_memory(err, "folds", (size_t)o.folds, sizeof *job);
    eh_free(job);
    if (status == EH_OK) {
        eh_fold_predictions_measure(p);
        p->seconds = eh_seconds() - begin;
        *out = p;
    } else {
        eh_fold_predictions_free(p);
    }
    return status;
}
