/* cmd_bench.c - `evenhand bench`: how fast the networks train and run here, one JSON line per measurement, in the fields of bench/peer_torch.py. */
#include "cli/bench_import.h"
#include "cli/bench_search.h"
#include "cli/bench_work.h"
#include "cli/command.h"
#include "base/file.h"
#include "base/json.h"
#include "base/threads.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *work, *data;
    int64_t size, batch, steps;
    int64_t max_memory;
    int mode, precision, tune;
    bool recompute_blocks, explain;
} options;

static const char *const mode_choices[] = { "both", "train", "infer", NULL };
static const char *const precision_choices[] = { "f32", "bf16", "auto", NULL };
static const char *const tune_choices[] = { "off", "fast", "full", NULL }; /* eh_tune */

static const eh_opt option_table[] = {
    { .name = "work",
      .help = "only this work: resnet18, vggresnet, standardcnn, import or hash-search",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, work) },
    { .name = "data",
      .help = "import: a folder of JPEG images; drawn faces when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, data),
      .metavar = "FOLDER" },
    { .name = "size",
      .help = "only this image side; with --work and --batch any side will do",
      .type = EH_OPT_INT,
      .offset = offsetof(options, size),
      .def = "0",
      .max = 4096 },
    { .name = "batch",
      .help = "images in a batch, or hashes; 0: the table's",
      .type = EH_OPT_INT,
      .offset = offsetof(options, batch),
      .def = "0",
      .max = 65536 },
    { .name = "mode",
      .help = "training, inference or both",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, mode),
      .def = "both",
      .choices = mode_choices },
    { .name = "precision",
      .help = "what to compute in; auto: bf16 where the processor has instructions for it, else f32",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, precision),
      .def = "f32",
      .choices = precision_choices },
    { .name = "tune",
      .help = "find the fastest implementation of each convolution by trial, once per machine; off: by rule",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, tune),
      .def = "off",
      .choices = tune_choices },
    { .name = "steps",
      .help = "timed steps after one to warm up",
      .type = EH_OPT_INT,
      .offset = offsetof(options, steps),
      .def = "7",
      .min = 1,
      .max = 100000 },
    { .name = "max-memory",
      .help = "limit on the memory for activations in MiB; 0: none",
      .type = EH_OPT_INT,
      .offset = offsetof(options, max_memory),
      .def = "0",
      .max = 1e9,
      .metavar = "MIB" },
    { .name = "recompute-blocks",
      .help = "train with gradient checkpointing: keep each block's result only and compute the rest again",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, recompute_blocks) },
    { .name = "explain",
      .help = "print every step of the plan with its time",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, explain) },
    { 0 },
};

static const char *const examples[] = {
    "evenhand bench --threads 2",
    "all rows, one JSON line each",
    "evenhand bench --work resnet18 --size 64 --mode train --explain",
    "where the time of one training step goes",
    NULL,
};

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* What one measurement found. */
typedef struct measurement {
    double *seconds; /* [steps], sorted */
    double cpu_seconds;
    uint64_t before; /* resident memory before the plan was made */
} measurement;

static eh_precision precision_of(const options *o)
{
    static const eh_precision precision[] = { EH_PRECISION_F32, EH_PRECISION_BF16, EH_PRECISION_AUTO };
    return eh_precision_resolve(precision[o->precision], NULL);
}

static json_t *result(const eh_bench_work *work, bool train, const options *o, const eh_bench_plan *plan,
                      const measurement *m)
{
    json_t *json = json_object();
    eh_plan_stats stats = eh_plan_get_stats(plan->plan);
    double median = m->seconds[o->steps / 2], mib = 1048576.0;
    uint64_t peak = eh_peak_memory();
    if (!json)
        return NULL;
    bool ok = eh_json_set(json, "program", json_string("evenhand")) &&
              eh_json_set(json, "version", json_string(EH_VERSION)) &&
              eh_json_set(json, "work", json_string(work->name)) &&
              eh_json_set(json, "size", json_integer(work->size)) &&
              eh_json_set(json, "batch", json_integer(work->batch)) &&
              eh_json_set(json, "mode", json_string(train ? "train" : "infer")) &&
              eh_json_set(json, "precision", json_string(eh_precision_name(precision_of(o)))) &&
              eh_json_set(json, "tune", json_string(tune_choices[o->tune])) &&
              eh_json_set(json, "recompute_blocks", json_boolean(train && o->recompute_blocks)) &&
              eh_json_set(json, "threads", json_integer(eh_threads())) &&
              eh_json_set(json, "images_per_s", json_real((double)work->batch / median)) &&
              eh_json_set(json, "best_images_per_s", json_real((double)work->batch / m->seconds[0])) &&
              eh_json_set(json, "cpu_s_per_step", json_real(m->cpu_seconds)) &&
              eh_json_set(json, "peak_mib", json_real((double)peak / mib)) &&
              eh_json_set(json, "planned_mib",
                          json_real((double)(stats.arena_bytes + stats.variable_bytes + stats.input_bytes) /
                                    mib)) &&
              eh_json_set(json, "measured_mib", json_real((double)(peak - m->before) / mib)) &&
              eh_json_set(json, "activations_mib", json_real((double)stats.arena_bytes / mib)) &&
              eh_json_set(json, "steps", json_integer((json_int_t)stats.steps)) &&
              eh_json_set(json, "reorders", json_integer((json_int_t)stats.reorders)) &&
              eh_json_set(json, "fused", json_integer((json_int_t)stats.fused));
    if (ok)
        return json;
    json_decref(json);
    return NULL;
}

/* Adds one measurement to all, of which it becomes a part, and prints it where lines are asked for. */
static eh_status add(const eh_command_context *context, json_t *json, json_t *all, eh_error *err)
{
    char *text = json_dumps(json, JSON_REAL_PRECISION(6));
    eh_str line = { 0 };
    if (json_array_append_new(all, json) != 0 || !text) {
        free(text);
        return eh_fail_memory(err, "a measurement", 1, 1024);
    }
    if (!context->json)
        eh_str_appendf(&line, "%s\n", text);
    free(text);
    eh_status status = context->json ? EH_OK : eh_command_write(&line, err);
    eh_str_clear(&line);
    return status;
}

static eh_status measure(eh_command_context *context, const eh_bench_work *work, bool train, const options *o,
                         json_t *all, eh_error *err)
{
    eh_plan_opts plan_opts = { .precision = precision_of(o), .max_memory = (uint64_t)o->max_memory << 20 };
    eh_bench_plan plan = { 0 };
    eh_status status = EH_OK;
    measurement m = { .seconds = eh_arena_alloc(context->arena, (size_t)o->steps, sizeof *m.seconds),
                      .before = eh_reset_peak_memory() };
    if (!m.seconds)
        return eh_fail_memory(err, "the times of a measurement", (size_t)o->steps, sizeof *m.seconds);
    EH_TRY_GOTO(status, eh_tuner_new(&plan_opts.tuner, (eh_tune)o->tune, err));
    EH_TRY_GOTO(status,
                eh_bench_build(&plan, work, train, o->recompute_blocks, &plan_opts, context->seed, err));
    EH_TRY_GOTO(status, eh_plan_run(plan.plan, err));
    for (int64_t i = 0; i < o->steps; i++) {
        double start = eh_seconds(), cpu_start = eh_cpu_seconds();
        EH_TRY_GOTO(status, eh_plan_run(plan.plan, err));
        m.seconds[i] = eh_seconds() - start;
        double cpu = eh_cpu_seconds() - cpu_start;
        m.cpu_seconds = i == 0 || cpu < m.cpu_seconds ? cpu : m.cpu_seconds;
    }
    qsort(m.seconds, (size_t)o->steps, sizeof *m.seconds, by_value);
    if (o->explain)
        EH_TRY_GOTO(status, eh_plan_explain(plan.plan, context->json ? stderr : stdout, err));
    json_t *json = result(work, train, o, &plan, &m);
    status = json ? add(context, json, all, err) : eh_fail_memory(err, "a measurement", 1, 1024);
done:
    eh_bench_free(&plan);
    eh_tuner_free(plan_opts.tuner);
    return status;
}

/* The row of the import: 2,000 images of 178 pixels unless --batch and --size say otherwise. */
static eh_status measure_import(eh_command_context *context, const options *o, json_t *all, eh_error *err)
{
    json_t *json;
    EH_TRY(eh_bench_import(&json, context, o->data, o->batch ? o->batch : 2000, o->size ? o->size : 178,
                           o->steps, err));
    return add(context, json, all, err);
}

/* The rows of the search, or with --batch both ways for so many hashes. */
static eh_status measure_search(const eh_command_context *context, const options *o, json_t *all,
                                eh_error *err)
{
    for (const eh_bench_search *row = eh_bench_searches; row->hashes; row++) {
        eh_bench_search search = *row;
        json_t *json;
        search.hashes = o->batch ? (size_t)o->batch : row->hashes;
        EH_TRY(eh_bench_search_run(&json, &search, o->steps, context->seed, err));
        EH_TRY(add(context, json, all, err));
    }
    return EH_OK;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_status status = EH_OK;
    size_t found = 0;
    json_t *all = json_array();
    if (!all)
        return eh_fail_memory(err, "measurements", 1, sizeof *all);
    for (const eh_bench_work *row = eh_bench_works; row->name && status == EH_OK; row++) {
        eh_bench_work work = *row;
        bool named = o->work && strcmp(o->work, row->name) == 0;
        if ((o->work && !named) || (o->size && o->size != row->size && !(named && o->batch && !found)))
            continue;
        work.size = o->size ? o->size : row->size;
        work.batch = o->batch ? o->batch : row->batch;
        found++;
        if (o->mode != 2)
            status = measure(context, &work, true, o, all, err);
        if (o->mode != 1 && status == EH_OK)
            status = measure(context, &work, false, o, all, err);
        if (named && o->size && o->batch)
            break;
    }
    if (status == EH_OK && o->work && strcmp(o->work, "import") == 0) {
        status = measure_import(context, o, all, err);
        found++;
    }
    if (status == EH_OK && o->work && strcmp(o->work, "hash-search") == 0) {
        status = measure_search(context, o, all, err);
        found++;
    }
    if (status == EH_OK && !found)
        status = eh_fail(err, EH_ERR_USAGE,
                         "no row of the benchmark fits --work and --size; the works are resnet18 (64, 224), "
                         "vggresnet (28), "
                         "standardcnn (64), import and hash-search; give --batch too for another size");
    if (status == EH_OK && context->json)
        return eh_command_write_json(all, err);
    json_decref(all);
    return status;
}

const eh_command eh_cmd_bench = {
    .entry = { .name = "bench",
               .summary = "measure training and inference speed",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .details =
        "Each line has the fields of bench/peer_torch.py, which measures PyTorch on the same work; "
        "`make bench` runs both in turn and prints the ratios. images_per_s is the median of the steps, "
        "best_images_per_s the fastest; planned_mib is the memory of the plan (activations, variables, "
        "inputs), "
        "measured_mib what the process grew by at most, peak_mib all of its memory.",
    .examples = examples,
    .run = run,
};
