/* method_dbvae.c - debiasing variational autoencoder: faces that are rare in latent space are shown more often.
 *
 * Idea    a network that classifies and learns to draw the images of one class (faces) puts them into a latent space; what is rare there, whatever
 *         makes it rare, is drawn more often. No group labels are needed.
 * Math    loss_i = class loss_i + [y_i = c] own_i. Before each epoch: w of the images of class c by histograms of their latent means
 *         (latent_rarity.c); the epoch has every other image once, and as many images of class c as there are, drawn with replacement in proportion to w.
 * Source  Amini, Soleimany, Schwarting, Bhatia and Rus 2019, "Uncovering and mitigating algorithmic bias through learned latent structure",
 *         algorithm 1; the maximum over latent variables from MIT 6.S191, lab 2.
 * Cost    a pass of the encoder over the images of class c per epoch.
 * Differs the first epoch is uniform: before anything is learned the latent space says nothing (theirs weighs by the untrained network). The
 *         lab draws half of each batch from the faces; here the classes keep their shares.
 *         A product over the hundred variables of the lab gives nearly all weight to a single image, so the maximum is the default.
 * Easy to get wrong: latent means, not samples, of images as they are, not augmented. The own loss counts for class c only, that of the classes for all.
 */
#include "method/latent_rarity.h"
#include "nn/own_loss.h"
#include "train/hooks.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/str.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    int64_t bins;
    double smoothing;
    int rule;
} options;

typedef struct dbvae_state {
    const options *opts;
    uint32_t *row; /* [count] training rows of the class */
    size_t count;
    uint32_t *order; /* [train_rows] of the running epoch */
    float *weight;   /* [count] sum 1 */
    bool warned;
} dbvae_state;

#define LEAST_SHARE 0.02

static const char *const rule_names[] = { "max", "product", NULL }; /* eh_rarity_rule */

static const eh_opt option_table[] = {
    { .name = "bins",
      .help = "bins of the histogram of each latent variable",
      .type = EH_OPT_INT,
      .offset = offsetof(options, bins),
      .def = "10",
      .min = 1,
      .max = 10000 },
    { .name = "smoothing",
      .help = "a: added to the share of images in each bin; the smaller, the more the rare ones are favoured",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, smoothing),
      .def = "0.01",
      .min = 1e-9,
      .max = 1e9 },
    { .name = "combine",
      .help = "latent variables by their product (the paper) or the rarest of them (max, the lab)",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, rule),
      .def = "max",
      .choices = rule_names },
    { 0 },
};

/* The class that is drawn: --own-loss-class, else the class "face" (or "Face"), else the second class. */
static int64_t find_class(const eh_run *run)
{
    const eh_frame_column *label = run->label;
    if (run->own_class >= 0)
        return run->own_class;
    for (size_t k = 0; k < label->classes; k++)
        if (strcmp(label->class_name[k], "face") == 0 || strcmp(label->class_name[k], "Face") == 0)
            return (int64_t)k;
    return label->classes > 1 ? 1 : 0;
}

static eh_status begin(void *state, const void *opts, eh_run *run, eh_error *err)
{
    dbvae_state *s = state;
    s->opts = opts;
    if (run->label->kind != EH_COLUMN_CLASS)
        return eh_fail(err, EH_ERR_USAGE,
                       "the method dbvae draws images of one class, and '%s' holds numbers",
                       run->label->name);
    run->own_class = find_class(run);
    s->row = eh_arena_alloc(run->arena, run->train_rows + 1, sizeof *s->row);
    s->order = eh_arena_alloc(run->arena, run->train_rows + 1, sizeof *s->order);
    s->weight = eh_arena_alloc(run->arena, run->train_rows + 1, sizeof *s->weight);
    if (!s->row || !s->order || !s->weight)
        return eh_fail_memory(err, "the images of a class", run->train_rows, sizeof *s->row);
    for (size_t i = 0; i < run->train_rows; i++)
        if (run->label->cls[run->train_row[i]] == run->own_class)
            s->row[s->count++] = run->train_row[i];
    if (s->count < 2)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "the method dbvae learns to draw images of the class '%s', and the training part has "
                       "%zu of them; choose another with --own-loss-class",
                       run->label->class_name[run->own_class], s->count);
    return EH_OK;
}

static eh_status build(void *state, eh_run *run, eh_train_graph *tg, eh_error *err)
{
    (void)state;
    eh_graph *g = tg->graph;
    if (!tg->own_loss || !eh_exposed(g, "latent"))
        return eh_fail(err, EH_ERR_USAGE,
                       "the method dbvae needs a model with latent variables that draws the image; choose "
                       "--model dbvae");
    if (!tg->own_mask) {
        tg->own_mask = eh_own_loss_mask(g, tg->labels, (int64_t)run->label->classes, run->own_class);
        tg->sample_loss = eh_own_loss_add(g, tg->head_loss, tg->own_loss, tg->own_mask);
        tg->loss = eh_mean(g, eh_mul(g, tg->weight, tg->sample_loss), 0, false);
    }
    return eh_graph_check(g, err);
}

/* s->weight by the model as it stands. */
static eh_status weigh(dbvae_state *s, eh_run *run, eh_error *err)
{
    float *latent;
    size_t width;
    EH_TRY(eh_run_forward(run, "latent", s->row, s->count, &latent, &width, err));
    eh_status status = eh_latent_rarity(s->weight, latent, s->count, width, (size_t)s->opts->bins,
                                        s->opts->smoothing, (eh_rarity_rule)s->opts->rule, err);
    eh_free(latent);
    return status;
}

/* Into the log: mean weight of each group's images of the class, where 1 is the mean over all, and how many images are as good as drawn alike:
 * (sum w)^2 / sum w^2, as a share. */
static eh_status log_weights(dbvae_state *s, eh_run *run, const char *table, eh_error *err)
{
    size_t groups = run->groups ? run->groups->count : 0, used = 0;
    double *sum = eh_alloc(groups + 1, sizeof *sum), squares = 0, most = 0;
    size_t *n = eh_alloc(groups + 1, sizeof *n);
    const char **name = eh_alloc(groups + 1, sizeof *name);
    eh_status status =
        sum && n && name ? EH_OK : eh_fail_memory(err, "the weights of groups", groups, sizeof *sum);
    for (size_t i = 0; i < s->count && status == EH_OK; i++) {
        double w = (double)s->weight[i];
        squares += w * w;
        most = w > most ? w : most;
        if (groups) {
            sum[run->groups->of_row[s->row[i]]] += w * (double)s->count;
            n[run->groups->of_row[s->row[i]]]++;
        }
    }
    for (size_t g = 0; g < groups && status == EH_OK; g++)
        if (n[g]) {
            name[used] = run->groups->name[g];
            sum[used++] = sum[g] / (double)n[g];
        }
    if (status == EH_OK && used)
        status = eh_run_table(run, table, name, sum, used, err);
    if (status == EH_OK) {
        const char *const key[] = { "effective share", "largest weight" };
        const double value[] = { 1 / squares / (double)s->count, most * (double)s->count };
        if (value[0] < LEAST_SHARE && !s->warned)
            eh_run_warn(run,
                        "the method dbvae draws nearly always the same images of the class (as good as %.3g "
                        "%% "
                        "of them); take combine=max, or a greater smoothing",
                        100 * value[0]);
        s->warned = s->warned || value[0] < LEAST_SHARE;
        status = eh_run_table(run, "sampling", key, value, 2, err);
    }
    eh_free(sum);
    eh_free(n);
    eh_free(name);
    return status;
}

/* Puts draws in proportion to the weights in the places that images of the class have in the uniform order. */
static eh_status epoch(void *state, eh_run *run, eh_epoch_order *order, eh_error *err)
{
    dbvae_state *s = state;
    if (!run->has_model)
        return EH_OK;
    EH_TRY(weigh(s, run, err));
    EH_TRY(log_weights(s, run, "sampling weight", err));
    float *weight = eh_alloc(run->train_rows + 1, sizeof *weight);
    if (!weight)
        return eh_fail_memory(err, "sample weights", run->train_rows, sizeof *weight);
    for (size_t i = 0, k = 0; i < run->train_rows; i++)
        if (run->label->cls[run->train_row[i]] == run->own_class)
            weight[i] = s->weight[k++];
    size_t count = order->count;
    memcpy(s->order, order->row, count * sizeof *s->order);
    eh_status status = eh_run_draw(run, &eh_sampler_weighted, NULL, weight, order, err);
    for (size_t i = 0, k = 0; i < count && status == EH_OK; i++)
        if (run->label->cls[s->order[i]] == run->own_class)
            s->order[i] = order->row[k++];
    eh_free(weight);
    if (status == EH_OK)
        *order = (eh_epoch_order){ .row = s->order, .count = count };
    return status;
}

/* ---- what the selected model finds rare ---- */

typedef struct ranked {
    float weight;
    uint32_t row;
} ranked;

static int by_weight(const void *a, const void *b)
{
    const ranked *x = a, *y = b;
    if (x->weight != y->weight)
        return x->weight > y->weight ? -1 : 1;
    return x->row < y->row ? -1 : 1;
}

static void append_line(eh_str *text, const ranked *r, size_t count, const char *file, const eh_run *run)
{
    eh_str_appendf(text, "%lld,", (long long)run->frame->image[r->row]);
    eh_csv_field(text, file);
    eh_str_appendf(text, ",%.9g", (double)r->weight * (double)count);
    for (size_t c = 0; run->groups && c < run->groups->columns; c++) {
        eh_str_append(text, ",");
        eh_csv_field(text,
                     run->groups->value[(size_t)run->groups->of_row[r->row] * run->groups->columns + c]);
    }
    eh_str_append(text, "\n");
}

/* sampling-weights.csv: the images of the class, rarest first. */
static eh_status write_weights(const ranked *list, size_t count, const eh_run *run, eh_error *err)
{
    char file[4096];
    eh_str text = { 0 };
    eh_status status = EH_OK;
    const char *path = eh_run_file(run, "sampling-weights.csv");
    if (!path)
        return eh_fail_memory(err, "the name of a file", 1, 1);
    eh_str_append(&text, "image,file,weight");
    for (size_t c = 0; run->groups && c < run->groups->columns; c++) {
        eh_str_append(&text, ",");
        eh_csv_field(&text, run->groups->column[c]);
    }
    eh_str_append(&text, "\n");
    for (size_t i = 0; i < count && status == EH_OK; i++) {
        status = eh_catalog_image_name(run->catalog, run->frame->image[list[i].row], file, sizeof file, err);
        append_line(&text, &list[i], count, file, run);
    }
    if (status == EH_OK)
        status = eh_str_check(&text, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(path, text.data, text.size, err);
    eh_str_clear(&text);
    return status;
}

static eh_status show_ends(const ranked *list, size_t count, eh_run *run, eh_error *err)
{
    enum { SHOWN = 32, COLUMNS = 8 };
    static const char *const name[] = { "most-drawn", "least-drawn" };
    size_t shown = count < SHOWN ? count : SHOWN;
    for (int end = 0; end < 2; end++) {
        uint32_t row[SHOWN];
        const char *caption[SHOWN];
        for (size_t i = 0; i < shown; i++) {
            const ranked *r = &list[end ? count - 1 - i : i];
            row[i] = r->row;
            caption[i] = eh_arena_printf(run->arena, "x%.3g", (double)r->weight * (double)count);
        }
        EH_TRY(eh_run_sheet(run, name[end], row, caption, shown, COLUMNS, err));
    }
    return EH_OK;
}

static eh_status end(void *state, eh_run *run, eh_error *err)
{
    dbvae_state *s = state;
    EH_TRY(weigh(s, run, err));
    EH_TRY(log_weights(s, run, "sampling weight of the selected epoch", err));
    ranked *list = eh_alloc(s->count, sizeof *list);
    if (!list)
        return eh_fail_memory(err, "sample weights", s->count, sizeof *list);
    for (size_t i = 0; i < s->count; i++)
        list[i] = (ranked){ .weight = s->weight[i], .row = s->row[i] };
    qsort(list, s->count, sizeof *list, by_weight);
    eh_status status = write_weights(list, s->count, run, err);
    if (status == EH_OK)
        status = show_ends(list, s->count, run, err);
    eh_free(list);
    return status;
}

const eh_method eh_method_dbvae = {
    .entry = { .name = "dbvae",
               .summary = "draws images of one class the more often, the rarer their latent variables are",
               .source = "Amini et al. 2019, Uncovering and mitigating algorithmic bias through learned "
                         "latent structure",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .state_size = sizeof(dbvae_state),
    .hooks = { .begin = begin, .build = build, .epoch = epoch, .end = end },
};
