/* task_heads.c - from columns to heads: what a column is, and which head and loss learn it. */
#include "train/task.h"

#include "base/config.h"
#include "base/json.h"

#include <math.h>
#include <stddef.h>
#include <string.h>

/* What the user may set for one head: "age:loss=l1,weight=0.5". */
typedef struct head_options {
    eh_thing_spec head, loss;
    double weight, norm;
} head_options;

#define AT(member) .offset = offsetof(head_options, member)

static const eh_opt head_option_table[] = {
    { .name = "head", .help = "layers of the head", .type = EH_OPT_THING, AT(head), .kind = "head" },
    { .name = "loss", .help = "loss of the head", .type = EH_OPT_THING, AT(loss), .kind = "loss" },
    { .name = "weight",
      .help = "factor of its loss in the sum over the heads",
      .type = EH_OPT_FLOAT,
      AT(weight),
      .def = "1",
      .min = 0,
      .max = 1e9 },
    { .name = "norm",
      .help = "what its loss is divided by, so that the losses of heads are of one size",
      .type = EH_OPT_FLOAT,
      AT(norm),
      .def = "1",
      .min = 1e-9,
      .max = 1e9 },
    { 0 },
};

/* ---- the target ---- */

/* Mean, spread and range of the training part. */
static eh_status measure_numbers(eh_task_head *h, const eh_run_data *data, eh_error *err)
{
    eh_target *t = &h->target;
    double sum = 0, squares = 0;
    size_t n = 0;
    for (size_t i = 0; i < data->rows[EH_PART_TRAIN]; i++) {
        double x = (double)h->column->number[data->row[EH_PART_TRAIN][i]];
        if (isnan(x))
            continue;
        t->low = n == 0 || x < t->low ? x : t->low;
        t->high = n == 0 || x > t->high ? x : t->high;
        sum += x;
        n++;
    }
    if (n < 2 || !(t->high > t->low))
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "'%s' has %s in the training part; to learn a number takes at least two different "
                       "values",
                       h->column->name, n ? "the same value everywhere" : "no value");
    t->mean = sum / (double)n;
    for (size_t i = 0; i < data->rows[EH_PART_TRAIN]; i++) {
        double x = (double)h->column->number[data->row[EH_PART_TRAIN][i]];
        if (!isnan(x))
            squares += (x - t->mean) * (x - t->mean);
    }
    t->std = sqrt(squares / (double)n);
    return EH_OK;
}

static eh_status count_classes(eh_task_head *h, const eh_run_data *data, eh_arena *arena, eh_error *err)
{
    uint64_t *count = eh_arena_alloc(arena, h->column->classes + 1, sizeof *count);
    if (!count)
        return eh_fail_memory(err, "the classes of a column", h->column->classes, sizeof *count);
    for (size_t i = 0; i < data->rows[EH_PART_TRAIN]; i++) {
        int32_t cls = h->column->cls[data->row[EH_PART_TRAIN][i]];
        if (cls >= 0)
            count[cls]++;
    }
    h->target.class_count = count;
    return EH_OK;
}

static eh_status set_target(eh_task_head *h, const eh_run_data *data, eh_arena *arena, eh_error *err)
{
    const eh_frame_column *c = h->column;
    bool number = c->kind == EH_COLUMN_NUMBER;
    if (c->kind == EH_COLUMN_MASK) {
        h->target = (eh_target){ .kind = EH_TARGET_MASK, .classes = c->classes };
        return EH_OK; /* its pixels are counted when they are there */
    }
    h->target = (eh_target){ .kind = number ? EH_TARGET_NUMBER : EH_TARGET_CLASS, .classes = c->classes };
    for (int p = EH_PART_TRAIN; p < EH_PARTS; p++)
        for (size_t i = 0; i < data->rows[p]; i++)
            h->gaps |= !eh_run_has_value(c, data->row[p][i]);
    return number ? measure_numbers(h, data, err) : count_classes(h, data, arena, err);
}

eh_status eh_task_count_pixels(eh_task *task, eh_run_data *data, eh_arena *arena, eh_error *err)
{
    eh_task_head *h = NULL;
    for (size_t k = 0; k < task->heads; k++)
        h = task->head[k].target.kind == EH_TARGET_MASK ? &task->head[k] : h;
    if (!h)
        return EH_OK;
    uint64_t count[256] = { 0 };
    size_t pixels = (size_t)data->width * (size_t)data->height, present = 0;
    for (size_t i = 0; i < data->rows[EH_PART_TRAIN]; i++) {
        const uint8_t *mask = eh_pack_image(data->masks, data->row[EH_PART_TRAIN][i]);
        for (size_t p = 0; p < pixels; p++)
            count[mask[p]]++;
    }
    for (size_t k = h->target.classes; k < EH_MASK_IGNORE; k++)
        if (count[k])
            return eh_fail(err, EH_ERR_INPUT,
                           "the masks of '%s' hold the class %zu, but the column has %zu, counted from 0; "
                           "import the "
                           "data again",
                           h->column->name, k, h->target.classes);
    uint64_t *kept = eh_arena_alloc(arena, h->target.classes + 1, sizeof *kept);
    if (!kept)
        return eh_fail_memory(err, "the classes of a column", h->target.classes, sizeof *kept);
    for (size_t k = 0; k < h->target.classes; k++) {
        kept[k] = count[k];
        present += count[k] > 0;
        if (count[k] == 0)
            eh_remark(&data->remarks,
                      "the class '%s' of '%s' has no pixel in the training part, so it cannot be learned",
                      h->column->class_name[k], h->column->name);
    }
    h->target.class_count = kept;
    if (present < 2)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "the masks of '%s' show %s in the training part; to learn something takes two classes",
                       h->column->name, present ? "only one class" : "no class");
    return EH_OK;
}

/* ---- head and loss ---- */

/* The item of --heads that is about this column, or NULL. */
static const char *item_of(const eh_train_opts *opts, const char *column)
{
    size_t size = strlen(column);
    for (size_t i = 0; i < opts->heads.count; i++)
        if (strncmp(opts->heads.item[i], column, size) == 0 && opts->heads.item[i][size] == ':')
            return opts->heads.item[i] + size + 1;
    return NULL;
}

/* Every item of --heads must name a column that is learned. */
static eh_status check_items(const eh_train_opts *opts, eh_error *err)
{
    for (size_t i = 0; i < opts->heads.count; i++) {
        bool found = false;
        for (size_t k = 0; k < opts->label.count && !found; k++) {
            size_t size = strlen(opts->label.item[k]);
            found = strncmp(opts->heads.item[i], opts->label.item[k], size) == 0 &&
                    opts->heads.item[i][size] == ':';
        }
        const char *equals = strchr(opts->heads.item[i], '='), *colon = strchr(opts->heads.item[i], ':');
        if (!found && i > 0 && equals && (!colon || equals < colon))
            return eh_fail(err, EH_ERR_USAGE,
                           "--heads: \"%s\" is an option, not a head; write a comma between the options of "
                           "one head as \"\\,\": '%s\\,%s'",
                           opts->heads.item[i], opts->heads.item[i - 1], opts->heads.item[i]);
        if (!found)
            return eh_fail(err, EH_ERR_USAGE,
                           "--heads: \"%s\" does not begin with a column of --label and a colon; write it as "
                           "in age:loss=l1",
                           opts->heads.item[i]);
    }
    return EH_OK;
}

static eh_status default_thing(eh_thing_spec *spec, const char *kind, const char *name, eh_arena *arena,
                               eh_error *err)
{
    return spec->entry ? EH_OK : eh_thing_parse(spec, kind, name, name, arena, err);
}

/* The loss for all heads is taken where it fits; alone it must fit. */
static bool fits(eh_thing_spec loss, const eh_task_head *h)
{
    return loss.entry && ((const eh_loss *)loss.entry)->outputs(loss.opts, &h->target) > 0;
}

static eh_status fail_loss(eh_thing_spec loss, const eh_task_head *h, eh_error *err)
{
    if (h->target.kind == EH_TARGET_NUMBER)
        return eh_fail(err, EH_ERR_USAGE,
                       "the loss %s does not fit the label '%s', which holds numbers; choose mse, l1, huber, "
                       "binned or ordinal with --loss",
                       loss.entry->name, h->column->name);
    if (h->target.kind == EH_TARGET_MASK)
        return eh_fail(err, EH_ERR_USAGE,
                       "the loss %s does not fit the label '%s', which holds masks; choose cross-entropy, "
                       "dice or "
                       "focal-dice with --loss",
                       loss.entry->name, h->column->name);
    return eh_fail(err, EH_ERR_USAGE,
                   "the loss %s does not fit the label '%s', which has %zu classes; choose another with "
                   "--loss",
                   loss.entry->name, h->column->name, h->target.classes);
}

const char *eh_task_variable(const eh_model *model, const char *column, size_t heads, eh_arena *arena)
{
    return heads == 1 ? model->head_name : eh_arena_printf(arena, "%s.%s", model->head_name, column);
}

static eh_status set_head(eh_task *task, eh_task_head *h, const eh_train_opts *opts, eh_arena *arena,
                          eh_error *err)
{
    head_options o;
    const char *item = item_of(opts, h->column->name);
    EH_TRY(eh_opts_defaults(head_option_table, &o, arena, err));
    if (item)
        EH_TRY(eh_opts_set_pairs(head_option_table, &o, h->column->name, item, "--heads", arena, err));
    if (!o.loss.entry && (opts->label.count == 1 || fits(opts->loss, h)))
        o.loss = opts->loss;
    bool mask = h->target.kind == EH_TARGET_MASK;
    const eh_head *wanted = (const eh_head *)opts->head.entry;
    if (!o.head.entry && wanted && (opts->label.count == 1 || wanted->dense == mask))
        o.head = opts->head;
    EH_TRY(default_thing(&o.loss, "loss", h->target.kind == EH_TARGET_NUMBER ? "mse" : "cross-entropy", arena,
                         err));
    EH_TRY(default_thing(&o.head, "head", mask ? "pixels" : "linear", arena, err));
    if (!fits(o.loss, h))
        return fail_loss(o.loss, h, err);
    h->loss = (const eh_loss *)o.loss.entry;
    h->loss_opts = o.loss.opts;
    h->head = (const eh_head *)o.head.entry;
    h->head_opts = o.head.opts;
    if (mask && !h->head->dense)
        return eh_fail(err, EH_ERR_USAGE,
                       "the head %s answers once for an image, and '%s' holds masks; leave --head out, or "
                       "choose "
                       "pixels",
                       h->head->entry.name, h->column->name);
    if (!mask && h->head->dense)
        return eh_fail(err, EH_ERR_USAGE,
                       "the head %s answers for every pixel, and '%s' has one value per image; choose "
                       "another "
                       "with --head",
                       h->head->entry.name, h->column->name);
    h->outputs = h->loss->outputs(h->loss_opts, &h->target);
    h->weight = o.weight;
    h->norm = o.norm;
    h->factor = o.weight / o.norm;
    h->variable = eh_task_variable(task->model, h->column->name, opts->label.count, arena);
    return h->variable ? EH_OK : eh_fail_memory(err, "the name of a head", 1, 1);
}

/* --loss is not to be passed over in silence. */
static eh_status check_loss_is_used(const eh_task *task, const eh_train_opts *opts, eh_error *err)
{
    for (size_t i = 0; i < task->heads; i++)
        if (!opts->loss.entry || &task->head[i].loss->entry == opts->loss.entry)
            return EH_OK;
    return eh_fail(err, EH_ERR_USAGE, "the loss %s fits none of the labels; leave --loss out or see --heads",
                   opts->loss.entry->name);
}

/* The class named by --own-loss-class. */
static eh_status set_own_class(eh_task *task, const eh_train_opts *opts, eh_error *err)
{
    const eh_frame_column *column = task->head[0].column;
    task->own_class = -1;
    if (!opts->own_loss_class)
        return EH_OK;
    if (task->head[0].target.kind != EH_TARGET_CLASS)
        return eh_fail(err, EH_ERR_USAGE,
                       "--own-loss-class names a class of the first label, and '%s' holds %s", column->name,
                       task->head[0].target.kind == EH_TARGET_MASK ? "masks" : "numbers");
    for (size_t k = 0; k < column->classes; k++)
        if (strcmp(column->class_name[k], opts->own_loss_class) == 0)
            task->own_class = (int64_t)k;
    if (task->own_class >= 0)
        return EH_OK;
    eh_str list = { 0 };
    for (size_t k = 0; k < column->classes && list.size < 400; k++)
        eh_str_appendf(&list, "%s%s", k ? ", " : "", column->class_name[k]);
    eh_status status = eh_fail(err, EH_ERR_USAGE, "--own-loss-class: '%s' is no class of '%s'; there are %s",
                               opts->own_loss_class, column->name, eh_str_text(&list));
    eh_str_clear(&list);
    return status;
}

eh_status eh_task_init(eh_task *out, const eh_train_opts *opts, const eh_run_data *data, eh_arena *arena,
                       eh_error *err)
{
    memset(out, 0, sizeof *out);
    out->model = (const eh_model *)opts->model.entry;
    out->model_opts = opts->model.opts;
    out->uncertainty = opts->uncertainty;
    EH_TRY(check_items(opts, err));
    for (size_t i = 0; i < data->heads; i++) {
        out->head[i].column = data->head[i];
        EH_TRY(set_target(&out->head[i], data, arena, err));
        EH_TRY(set_head(out, &out->head[i], opts, arena, err));
        out->heads++;
    }
    EH_TRY(set_own_class(out, opts, err));
    return check_loss_is_used(out, opts, err);
}

static const char *thing_text(const eh_entry *entry, const void *opts, eh_arena *arena)
{
    static const eh_opt as_thing = { .name = "thing", .type = EH_OPT_THING };
    const eh_thing_spec spec = { .entry = entry, .opts = (void *)opts };
    return eh_opt_text(&as_thing, &spec, arena);
}

json_t *eh_task_head_json(const eh_task_head *h, eh_arena *arena)
{
    static const char *const kind_name[] = {
        [EH_TARGET_CLASS] = "class", [EH_TARGET_NUMBER] = "number", [EH_TARGET_MASK] = "mask"
    };
    bool number = h->target.kind == EH_TARGET_NUMBER;
    const char *head = thing_text(&h->head->entry, h->head_opts, arena),
               *loss = thing_text(&h->loss->entry, h->loss_opts, arena);
    json_t *json = head && loss ? json_pack("{s:s, s:s, s:s, s:s}", "column", h->column->name, "kind",
                                            kind_name[h->target.kind], "head", head, "loss", loss)
                                : NULL;
    if (!json)
        return NULL;
    json_t *classes = number ? NULL : json_array();
    for (size_t k = 0; classes && k < h->target.classes; k++)
        json_array_append_new(classes, json_string(h->column->class_name[k]));
    bool ok = (number ? eh_json_set(json, "mean", eh_json_number(h->target.mean)) &&
                            eh_json_set(json, "std", eh_json_number(h->target.std)) &&
                            eh_json_set(json, "low", eh_json_number(h->target.low)) &&
                            eh_json_set(json, "high", eh_json_number(h->target.high))
                      : eh_json_set(json, "classes", classes)) &&
              eh_json_set(json, "weight", eh_json_number(h->weight)) &&
              eh_json_set(json, "norm", eh_json_number(h->norm));
    if (ok)
        return json;
    json_decref(json);
    return NULL;
}
