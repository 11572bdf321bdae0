/* stages.c - the options of a run's stages, and whether their data fit together. */
#include "train/stages.h"

#include "base/config.h"
#include "base/str.h"

#include <string.h>

/* What may differ between stages: all that leaves the variables of the model as they are. */
static const char *const may_differ[] = {
    "data",     "where",   "fold",     "heads",       "loss",     "method",     "optim",
    "schedule", "augment", "epochs",   "batch",       "lr",       "accumulate", "clip",
    "average",  "freeze",  "layer-lr", "layer-decay", "patience", "size",       "presize",
};

enum { DIFFERING = sizeof may_differ / sizeof *may_differ };

/* The rows of the option table that a stage may set. */
static void stage_table(eh_opt out[DIFFERING + 1])
{
    size_t count = 0;
    for (const eh_opt *opt = eh_train_option_table; opt->name; opt++)
        for (size_t i = 0; i < DIFFERING; i++)
            if (strcmp(opt->name, may_differ[i]) == 0)
                out[count++] = *opt;
    out[count] = (eh_opt){ 0 };
}

eh_status eh_train_stages(eh_train_opts **out, size_t *count, const eh_train_opts *opts, eh_arena *arena,
                          eh_error *err)
{
    eh_opt table[DIFFERING + 1];
    size_t stages = opts->stages.count ? opts->stages.count : 1;
    eh_train_opts *stage = eh_arena_alloc(arena, stages, sizeof *stage);
    if (!stage)
        return eh_fail_memory(err, "the stages of a run", stages, sizeof *stage);
    stage_table(table);
    for (size_t i = 0; i < stages; i++) {
        stage[i] = *opts;
        const char *where = eh_arena_printf(arena, "--stages, stage %zu", i + 1);
        if (!where)
            return eh_fail_memory(err, "the stages of a run", stages, sizeof *stage);
        if (opts->stages.count)
            EH_TRY(eh_opts_set_pairs(table, &stage[i], "stage", opts->stages.item[i], where, arena, err));
    }
    *out = stage;
    *count = stages;
    return EH_OK;
}

/* Appends the classes of `a` that `b` lacks. */
static void append_lacking(eh_str *out, const eh_frame_column *a, const eh_frame_column *b)
{
    for (size_t i = 0; i < a->classes; i++) {
        bool found = false;
        for (size_t k = 0; k < b->classes && !found; k++)
            found = strcmp(a->class_name[i], b->class_name[k]) == 0;
        if (!found)
            eh_str_appendf(out, "%s'%s'", out->size ? ", " : "", a->class_name[i]);
    }
}

static eh_status fail_classes(const eh_frame_column *a, const eh_frame_column *b, size_t number,
                              eh_error *err)
{
    eh_str first = { 0 }, here = { 0 };
    append_lacking(&first, a, b);
    append_lacking(&here, b, a);
    if (first.size || here.size)
        eh_fail(err, EH_ERR_USAGE,
                "stage %zu: the classes of '%s' are not those of the first stage: %s%s%s%s%s", number,
                a->name, first.size ? eh_str_text(&first) : "", first.size ? " only there" : "",
                first.size && here.size ? ", " : "", here.size ? eh_str_text(&here) : "",
                here.size ? " only here" : "");
    else
        eh_fail(err, EH_ERR_USAGE,
                "stage %zu: the classes of '%s' are in another order than in the first stage ('%s' comes "
                "first here, '%s' there); import both data sets with the same order of classes",
                number, a->name, b->class_name[0], a->class_name[0]);
    eh_str_clear(&first);
    eh_str_clear(&here);
    return EH_ERR_USAGE;
}

eh_status eh_train_stage_fits(const eh_run_data *first, const eh_run_data *other, size_t number,
                              eh_error *err)
{
    for (size_t k = 0; k < first->heads; k++) {
        const eh_frame_column *a = first->head[k], *b = other->head[k];
        if (a->kind != b->kind)
            return eh_fail(err, EH_ERR_USAGE,
                           "stage %zu: the column '%s' is of another kind than in the first stage", number,
                           a->name);
        bool same = a->classes == b->classes;
        for (size_t i = 0; i < a->classes && same; i++)
            same = strcmp(a->class_name[i], b->class_name[i]) == 0;
        if (!same)
            return fail_classes(a, b, number, err);
    }
    if (first->channels != other->channels)
        return eh_fail(err, EH_ERR_USAGE,
                       "stage %zu: the images have %d channels where the first stage's have %d; set "
                       "--channels to rgb or grey",
                       number, other->channels, first->channels);
    return EH_OK;
}

eh_status eh_train_stage_scale(eh_task *task, const eh_target *first, size_t number, eh_error *err)
{
    for (size_t k = 0; k < task->heads; k++) {
        eh_task_head *h = &task->head[k];
        if (h->target.kind != EH_TARGET_NUMBER)
            continue;
        h->target = first[k];
        if (h->loss->outputs(h->loss_opts, &h->target) != h->outputs)
            return eh_fail(err, EH_ERR_USAGE,
                           "stage %zu: the loss of '%s' has another number of outputs than in the first "
                           "stage",
                           number, h->column->name);
    }
    return EH_OK;
}
