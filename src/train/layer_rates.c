/* layer_rates.c - how much of the learning rate each variable gets.
 *
 * Idea    what lies near the images changes less when a trained network is taken over (discriminative rates).
 * Math    factor = (that of the last pattern of --layer-lr that matches, else 1) * decay^(layers - 1 - layer).
 *         A layer is what shares a name up to the first part that is or ends with a number, and a number behind it ("layer1.0", "features.3",
 *         "encoder.layers.encoder_layer_7", "conv1"), or, where there is none, its first word ("hidden"); a name without a kernel or matrix (a norm, a
 *         lone bias, a token, positions) counts to the layer before it. All heads together are the last layer and have the whole rate, as has what
 *         is no part of the network (a method's variables, learned factors of losses).
 * Source  Howard and Ruder, "Universal language model fine-tuning", ACL 2018. fastai's slice(a, b) over G layers is lr = b and
 *         decay = (a / b)^(1 / (G - 1)).
 * Easy to get wrong: a pattern that matches nothing. It would train what should have stayed, so it is an error. A transformer's block has numbers of its
 *         own inside ("mlp.0", "mlp.3"): counted as layers they would slow the first block of twelve down by the 36th power.
 */
#include "train/layer_rates.h"

#include "base/config.h"
#include "base/str.h"

#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <stdbool.h>
#include <string.h>

/* ---- patterns ---- */

/* Adds `name` cut at each dot, and whole, where it is not there yet. */
static void add_prefixes(const char **list, size_t *count, const char *name, eh_arena *arena)
{
    for (const char *at = name; at; at = strchr(at + 1, '.')) {
        if (at == name)
            continue;
        const char *prefix = eh_arena_printf(arena, "%.*s", (int)(at - name), name);
        bool known = !prefix;
        for (size_t i = 0; i < *count && !known; i++)
            known = strcmp(list[i], prefix) == 0;
        if (!known)
            list[(*count)++] = prefix;
    }
    list[(*count)++] = name;
}

static eh_status fail_pattern(const char *option, const char *pattern, eh_params *params, eh_arena *arena,
                              eh_error *err)
{
    size_t all = eh_params_count(params), count = 0, room = 0, length = strcspn(pattern, "*?[");
    for (size_t i = 0; i < all; i++)
        for (const char *at = eh_params_info(params, i).name; at; at = strchr(at + 1, '.'))
            room++;
    const char **list = eh_arena_alloc(arena, room + 1, sizeof *list);
    const char *word = eh_arena_printf(arena, "%.*s", (int)length, pattern);
    if (!list || !word)
        return eh_fail_memory(err, "the names of variables", room, sizeof *list);
    for (size_t i = 0; i < all; i++)
        add_prefixes(list, &count, eh_params_info(params, i).name, arena);
    const char *near = eh_nearest(word, list);
    if (near)
        return eh_fail(err, EH_ERR_USAGE, "%s: no variable of the model matches '%s'; did you mean '%s%s'?",
                       option, pattern, near, eh_params_find(params, near) >= 0 ? "" : "*");
    eh_str names = { 0 };
    for (size_t i = 0; list[i]; i++)
        if (!strchr(list[i], '.'))
            eh_str_appendf(&names, "%s%s", names.size ? ", " : "", list[i]);
    eh_fail(err, EH_ERR_USAGE, "%s: no variable of the model matches '%s'; their names begin with %s", option,
            pattern, eh_str_text(&names));
    eh_str_clear(&names);
    return EH_ERR_USAGE;
}

static eh_status check_pattern(const char *option, const char *pattern, eh_params *params, eh_arena *arena,
                               eh_error *err)
{
    for (size_t i = 0; i < eh_params_count(params); i++)
        if (fnmatch(pattern, eh_params_info(params, i).name, 0) == 0)
            return EH_OK;
    return fail_pattern(option, pattern, params, arena, err);
}

/* ---- factors ---- */

static eh_status apply_item(double *factor, const char *item, eh_params *params, eh_arena *arena,
                            eh_error *err)
{
    char *pattern = eh_arena_strdup(arena, item), *equals = pattern ? strrchr(pattern, '=') : NULL;
    double value = 0;
    if (!pattern)
        return eh_fail_memory(err, item, 1, 1);
    if (equals)
        *equals = '\0';
    if (!equals || !*pattern || !eh_parse_float(&value, equals + 1) || !(value > 0) || value > 1e6)
        return eh_fail(err, EH_ERR_USAGE,
                       "--layer-lr: '%s' is no PATTERN=FACTOR with a factor above 0, such as conv1*=0.1 "
                       "(--freeze keeps variables as they are)",
                       item);
    EH_TRY(check_pattern("--layer-lr", pattern, params, arena, err));
    for (size_t i = 0; i < eh_params_count(params); i++)
        if (fnmatch(pattern, eh_params_info(params, i).name, 0) == 0)
            factor[i] = value;
    return EH_OK;
}

/* Letters of the name that say its layer. */
static size_t layer_length(const char *name)
{
    static const char digits[] = "0123456789";
    for (const char *at = name; *at;) {
        size_t part = strcspn(at, "."), number = strspn(at, digits);
        const char *next = at[part] ? at + part + 1 : at + part;
        if (number == part)
            return (size_t)(at + part - name);
        if (isdigit((unsigned char)at[part - 1])) {
            number = strspn(next, digits);
            bool numbered = number && (next[number] == '.' || !next[number]);
            return (size_t)((numbered ? next + number : at + part) - name);
        }
        at = next;
    }
    return strcspn(name, ".");
}

static bool same_layer(const char *a, const char *b)
{
    return layer_length(a) == layer_length(b) && strncmp(a, b, layer_length(a)) == 0;
}

/* Whether the layer of variable `i` holds a matrix or the kernel of a convolution. */
static bool has_kernel(eh_params *params, size_t i)
{
    const char *name = eh_params_info(params, i).name;
    for (size_t k = 0; k < eh_params_count(params); k++) {
        eh_param_info other = eh_params_info(params, k);
        if (other.role == EH_TRAINABLE && (other.shape.rank == 2 || other.shape.rank == 4) &&
            same_layer(name, other.name))
            return true;
    }
    return false;
}

/* Whether a variable of the model belongs to one of the heads, or is a factor of their losses. */
static bool is_of_head(const eh_task *task, const char *name)
{
    for (size_t k = 0; k < task->heads; k++) {
        size_t length = strlen(task->head[k].variable);
        if (strncmp(name, task->head[k].variable, length) == 0 && name[length] == '.')
            return true;
    }
    return task->uncertainty && strncmp(name, "uncertainty.", strlen("uncertainty.")) == 0;
}

static eh_status decay(double *factor, double by, const eh_task *task, eh_params *params,
                       size_t model_variables, eh_arena *arena, eh_error *err)
{
    size_t layers = 0;
    size_t *of = eh_arena_alloc(arena, model_variables + 1, sizeof *of); /* the body's layers, from 1 */
    const char *open = NULL;
    if (!of)
        return eh_fail_memory(err, "the layers of the model", model_variables, sizeof *of);
    for (size_t i = 0; i < model_variables; i++) {
        const char *name = eh_params_info(params, i).name;
        if (is_of_head(task, name))
            continue;
        if ((!open || !same_layer(open, name)) && has_kernel(params, i)) {
            layers++;
            open = name;
        }
        of[i] = layers ? layers : 1;
    }
    for (size_t i = 0; i < model_variables; i++)
        if (of[i])
            factor[i] *= pow(by, (double)(layers + 1 - of[i]));
    return EH_OK;
}

eh_status eh_layer_rates(double **out, const eh_train_opts *opts, const eh_task *task, eh_params *params,
                         size_t model_variables, eh_arena *arena, eh_error *err)
{
    size_t all = eh_params_count(params);
    double *factor = *out = eh_arena_alloc(arena, all + 1, sizeof *factor);
    if (!factor)
        return eh_fail_memory(err, "rates of layers", all, sizeof *factor);
    for (size_t i = 0; i < opts->freeze.count; i++)
        EH_TRY(check_pattern("--freeze", opts->freeze.item[i], params, arena, err));
    for (size_t i = 0; i < all; i++)
        factor[i] = 1;
    for (size_t i = 0; i < opts->layer_lr.count; i++)
        EH_TRY(apply_item(factor, opts->layer_lr.item[i], params, arena, err));
    return opts->layer_decay > 0 && opts->layer_decay < 1
               ? decay(factor, opts->layer_decay, task, params, model_variables, arena, err)
               : EH_OK;
}
