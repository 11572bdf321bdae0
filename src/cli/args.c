/* args.c - reads the command line by the option tables; see args.h.
 *
 * Forms: --name value, --name=value, --flag, --no-flag, -o value, -ovalue, "--" before arguments that begin with '-'.
 * A list may be given several times and grows; of other options the last one counts.
 */
#include "cli/args.h"

#include "base/config.h"

#include <assert.h>
#include <math.h>
#include <string.h>

static const char *const color_choices[] = { "auto", "always", "never", NULL };
static const char *const progress_choices[] = { "auto", "bar", "plain", "json", "none", NULL };

const eh_opt eh_common_option_table[] = {
    { .name = "help",
      .help = "show this help",
      .type = EH_OPT_BOOL,
      .offset = offsetof(eh_common_options, help),
      .short_name = 'h' },
    { .name = "json",
      .help = "write the result as one JSON document to stdout, errors as a JSON line to stderr",
      .type = EH_OPT_BOOL,
      .offset = offsetof(eh_common_options, json) },
    { .name = "quiet",
      .help = "show neither progress nor remarks",
      .type = EH_OPT_BOOL,
      .offset = offsetof(eh_common_options, quiet),
      .short_name = 'q' },
    { .name = "seed",
      .help = "start of all random numbers; the same seed gives the same result",
      .type = EH_OPT_INT,
      .offset = offsetof(eh_common_options, seed),
      .def = "1",
      .min = 0,
      .max = INFINITY,
      .metavar = "N" },
    { .name = "config",
      .help = "recipe (YAML) whose keys are arguments and options; the command line outweighs it",
      .type = EH_OPT_STRING,
      .offset = offsetof(eh_common_options, config),
      .metavar = "FILE" },
    { .name = "threads",
      .help = "threads to compute with; 0 takes all processors",
      .type = EH_OPT_INT,
      .offset = offsetof(eh_common_options, threads),
      .def = "0",
      .min = 0,
      .max = 1024,
      .metavar = "N" },
    { .name = "color",
      .help = "colour on stdout; auto: on a terminal, unless NO_COLOR is set",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(eh_common_options, color),
      .def = "auto",
      .choices = color_choices,
      .metavar = "WHEN" },
    { .name = "progress",
      .help = "how progress is shown on stderr; auto: a bar on a terminal, else plain lines",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(eh_common_options, progress),
      .def = "auto",
      .choices = progress_choices,
      .metavar = "HOW" },
    { .name = "version",
      .help = "show the version",
      .type = EH_OPT_BOOL,
      .offset = offsetof(eh_common_options, version) },
    { 0 }
};

enum { EARLY_OPTIONS = 16 };

/* State while walking over argv. */
typedef struct walker {
    eh_args *out;
    int argc, at; /* at: the next argument */
    char **argv;
    eh_arena *arena;
    eh_error *err;
    const eh_opt *positional;         /* the next one to fill */
    unsigned char *given;             /* per option of the command: 1 once it was on the command line */
    const char *early[EARLY_OPTIONS]; /* per common option: its text when it stood before the command */
} walker;

/* Where an option lives: its table's row and the struct behind it. */
typedef struct place {
    const eh_opt *opt;
    const eh_opt *table;
    void *opts;
} place;

static bool find_in(place *found, const eh_opt *table, void *opts, const char *name, size_t length,
                    char short_name)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++) {
        bool match = short_name ? opt->short_name == short_name
                                : strlen(opt->name) == length && strncmp(opt->name, name, length) == 0;
        if (match) {
            *found = (place){ .opt = opt, .table = table, .opts = opts };
            return true;
        }
    }
    return false;
}

static bool find_option(const walker *w, place *found, const char *name, size_t length, char short_name)
{
    const eh_command *command = w->out->command;
    if (command && find_in(found, command->entry.opts, w->out->opts, name, length, short_name))
        return true;
    return find_in(found, eh_common_option_table, &w->out->common, name, length, short_name);
}

static size_t count_options(const eh_opt *table)
{
    size_t count = 0;
    while (table && table[count].name)
        count++;
    return count;
}

static eh_status fail_unknown_option(const walker *w, const char *name, int length)
{
    const eh_command *command = w->out->command;
    const eh_opt *table[2] = { command ? command->entry.opts : NULL, eh_common_option_table };
    size_t count = count_options(table[0]) + count_options(table[1]), filled = 0;
    const char **names = eh_arena_alloc(w->arena, count + 1, sizeof *names);
    for (int t = 0; names && t < 2; t++)
        for (const eh_opt *opt = table[t]; opt && opt->name; opt++)
            names[filled++] = opt->name;
    const char *word = eh_arena_printf(w->arena, "%.*s", length, name);
    const char *nearest = names && word ? eh_nearest(word, names) : NULL;
    const char *program = command ? command->entry.name : NULL;
    return eh_fail(w->err, EH_ERR_USAGE,
                   "There is no option --%.*s%s%s%s 'evenhand %s%s' lists what there is.", length, name,
                   nearest ? ". Did you mean --" : "", nearest ? nearest : "", nearest ? "?" : ";",
                   program ? "help " : "help", program ? program : "");
}

/* Sets an option of a list or of sets: the first time on the command line it replaces the default, then it grows. */
static eh_status set_list(walker *w, const place *p, const char *text, const char *where)
{
    eh_str_list *list = (eh_str_list *)((char *)p->opts + p->opt->offset);
    size_t index = (size_t)(p->opt - p->table);
    eh_str_list before = { 0 };
    assert(w->given); /* the option is one of the command's, so there is a command */
    if (w->given[index])
        before = *list;
    w->given[index] = 1;
    EH_TRY(eh_opts_set(p->table, p->opts, p->opt->name, text, where, w->arena, w->err));
    if (before.count == 0)
        return EH_OK;
    const char **item = eh_arena_alloc(w->arena, before.count + list->count, sizeof *item);
    if (!item)
        return eh_fail_memory(w->err, where, before.count, sizeof *item);
    memcpy(item, before.item, before.count * sizeof *item);
    if (list->count > 0)
        memcpy(item + before.count, list->item, list->count * sizeof *item);
    *list = (eh_str_list){ .item = item, .count = before.count + list->count };
    return EH_OK;
}

static eh_status set_option(walker *w, const place *p, const char *text)
{
    const char *where = eh_arena_printf(w->arena, "--%s", p->opt->name);
    if (!where)
        return eh_fail_memory(w->err, p->opt->name, 1, 1);
    bool is_common = p->table == eh_common_option_table;
    if (is_common && !w->out->command)
        w->early[p->opt - p->table] = text;
    if ((p->opt->type == EH_OPT_LIST || p->opt->type == EH_OPT_SETS) && !is_common)
        return set_list(w, p, text, where);
    EH_TRY(eh_opts_set(p->table, p->opts, p->opt->name, text, where, w->arena, w->err));
    /* A command may have a common option as its own, as train has the seed in its recipe: then both have the value. */
    place common;
    if (is_common ||
        !find_in(&common, eh_common_option_table, &w->out->common, p->opt->name, strlen(p->opt->name), 0))
        return EH_OK;
    return eh_opts_set(common.table, common.opts, p->opt->name, text, where, w->arena, w->err);
}

/* Gives the command the common options that stood before it and that it has as its own. */
static eh_status take_early_options(walker *w)
{
    const eh_command *command = w->out->command;
    for (size_t i = 0; eh_common_option_table[i].name; i++) {
        const char *name = eh_common_option_table[i].name;
        place p;
        if (w->early[i] && find_in(&p, command->entry.opts, w->out->opts, name, strlen(name), 0))
            EH_TRY(set_option(w, &p, w->early[i]));
    }
    return EH_OK;
}

/* The next argument as the value of an option that has none of its own. */
static eh_status take_value(walker *w, const place *p, const char **value)
{
    const char *next = w->at < w->argc ? w->argv[w->at] : NULL;
    if (!next || (next[0] == '-' && next[1] == '-'))
        return eh_fail(w->err, EH_ERR_USAGE, "--%s needs a value (%s).", p->opt->name, p->opt->help);
    w->at++;
    *value = next;
    return EH_OK;
}

static eh_status take_long_option(walker *w, const char *name)
{
    const char *equals = strchr(name, '=');
    size_t length = equals ? (size_t)(equals - name) : strlen(name);
    const char *value = equals ? equals + 1 : NULL;
    place p;
    if (!find_option(w, &p, name, length, 0)) {
        bool negated = length > 3 && strncmp(name, "no-", 3) == 0 && !equals;
        if (!negated || !find_option(w, &p, name + 3, length - 3, 0) || p.opt->type != EH_OPT_BOOL)
            return fail_unknown_option(w, name, (int)length);
        return set_option(w, &p, "false");
    }
    if (!value && p.opt->type == EH_OPT_BOOL)
        value = "true";
    if (!value)
        EH_TRY(take_value(w, &p, &value));
    return set_option(w, &p, value);
}

static eh_status take_short_option(walker *w, const char *argument)
{
    place p;
    if (!find_option(w, &p, NULL, 0, argument[1]) || (p.opt->type == EH_OPT_BOOL && argument[2]))
        return eh_fail(w->err, EH_ERR_USAGE,
                       "There is no option %s; 'evenhand help%s%s' lists what there is.", argument,
                       w->out->command ? " " : "", w->out->command ? w->out->command->entry.name : "");
    const char *value = argument[2] ? argument + 2 + (argument[2] == '=') : NULL;
    if (!value && p.opt->type == EH_OPT_BOOL)
        value = "true";
    if (!value)
        EH_TRY(take_value(w, &p, &value));
    return set_option(w, &p, value);
}

/* The value of --config, wherever it stands; NULL when there is none. */
static const char *recipe_path(int argc, char **argv)
{
    const char *path = NULL;
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++) {
        if (strncmp(argv[i], "--config=", 9) == 0)
            path = argv[i] + 9;
        else if (strcmp(argv[i], "--config") == 0 && i + 1 < argc)
            path = argv[i + 1];
    }
    return path;
}

/* Sets the members of the recipe that are named in `table`; *left loses them. */
static eh_status take_members(walker *w, eh_config *left, const eh_opt *table, void *opts)
{
    eh_config known = *left;
    size_t others = 0;
    known.count = 0;
    known.item = eh_arena_alloc(w->arena, left->count + 1, sizeof *known.item);
    if (!known.item)
        return eh_fail_memory(w->err, left->file, left->count, sizeof *known.item);
    for (size_t i = 0; i < left->count; i++) {
        place p;
        if (find_in(&p, table, opts, left->item[i]->key, strlen(left->item[i]->key), 0))
            known.item[known.count++] = left->item[i];
        else
            left->item[others++] = left->item[i];
    }
    left->count = others;
    return known.count ? eh_opts_from_config(table, opts, &known, w->arena, w->err) : EH_OK;
}

/* Fills the options from the recipe, before the command line does. */
static eh_status apply_recipe(walker *w)
{
    const char *path = recipe_path(w->argc, w->argv);
    eh_config *recipe = NULL;
    if (!path)
        return EH_OK;
    EH_TRY(eh_config_read(&recipe, w->arena, path, w->err));
    if (recipe->type != EH_CONFIG_MAPPING)
        return eh_fail(w->err, EH_ERR_INPUT, "%s: a recipe is a list of \"option: value\" lines.", path);
    EH_TRY(take_members(w, recipe, w->out->command->positionals, w->out->opts));
    /* What is left must be options of the command; an unknown key is named with the nearest. */
    return eh_opts_from_config(w->out->command->entry.opts, w->out->opts, recipe, w->arena, w->err);
}

static eh_status choose_command(walker *w, const char *name)
{
    const eh_command *command = eh_command_find(name);
    if (!command) {
        size_t count = 0;
        while (eh_command_list[count])
            count++;
        const char **names = eh_arena_alloc(w->arena, count + 1, sizeof *names);
        for (size_t i = 0; names && i < count; i++)
            names[i] = eh_command_list[i]->entry.name;
        const char *nearest = names ? eh_nearest(name, names) : NULL;
        return eh_fail(w->err, EH_ERR_USAGE,
                       "There is no command \"%s\"%s%s%s 'evenhand help' lists the commands.", name,
                       nearest ? ". Did you mean \"" : "", nearest ? nearest : "", nearest ? "\"?" : ";");
    }
    void *opts = eh_arena_alloc(w->arena, 1, command->entry.opts_size);
    w->given = eh_arena_alloc(w->arena, count_options(command->entry.opts), 1);
    if (!opts || !w->given)
        return eh_fail_memory(w->err, name, 1, command->entry.opts_size);
    EH_TRY(eh_opts_defaults(command->entry.opts, opts, w->arena, w->err));
    EH_TRY(eh_opts_defaults(command->positionals, opts, w->arena, w->err));
    w->out->opts = opts;
    w->out->command = command;
    w->positional = command->positionals;
    EH_TRY(apply_recipe(w));
    return take_early_options(w);
}

/* Adds one argument to a list as it is: file names may contain commas. */
static eh_status append_positional(walker *w, const char *argument)
{
    eh_str_list *list = (eh_str_list *)((char *)w->out->opts + w->positional->offset);
    const char **item = eh_arena_alloc(w->arena, list->count + 1, sizeof *item);
    if (!item)
        return eh_fail_memory(w->err, argument, list->count + 1, sizeof *item);
    if (list->count > 0)
        memcpy(item, list->item, list->count * sizeof *item);
    item[list->count] = argument;
    *list = (eh_str_list){ .item = item, .count = list->count + 1 };
    return EH_OK;
}

static eh_status take_positional(walker *w, const char *argument)
{
    const char *command = w->out->command->entry.name;
    if (!w->positional || !w->positional->name)
        return eh_fail(w->err, EH_ERR_USAGE,
                       "\"%s\" is one argument too many; 'evenhand help %s' shows the usage.", argument,
                       command);
    if (w->positional->type == EH_OPT_LIST)
        return append_positional(w, argument);
    EH_TRY(
        eh_opts_set(w->positional, w->out->opts, w->positional->name, argument, command, w->arena, w->err));
    w->positional++;
    return EH_OK;
}

static eh_status take_all(walker *w)
{
    assert(count_options(eh_common_option_table) <= EARLY_OPTIONS);
    bool only_positionals = false;
    while (w->at < w->argc) {
        const char *argument = w->argv[w->at++];
        eh_status status;
        if (only_positionals || argument[0] != '-' || argument[1] == '\0')
            status = w->out->command ? take_positional(w, argument) : choose_command(w, argument);
        else if (argument[1] != '-')
            status = take_short_option(w, argument);
        else if (argument[2] != '\0')
            status = take_long_option(w, argument + 2);
        else {
            only_positionals = true;
            status = EH_OK;
        }
        if (status != EH_OK)
            return status;
    }
    return EH_OK;
}

/* --json, wherever it stands, so that an error before it is reported in the form that was asked for. */
static bool asks_for_json(int argc, char **argv)
{
    for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
        if (strcmp(argv[i], "--json") == 0)
            return true;
    return false;
}

/* An argument is missing; what a run is continued with stands in its recipe. */
static eh_status fail_missing(const eh_args *out, const eh_opt *missing, eh_error *err)
{
    const eh_opt *resume = NULL, *folder = NULL;
    const char *name = out->command->entry.name;
    for (const eh_opt *opt = out->command->entry.opts; opt && opt->name; opt++) {
        if (strcmp(opt->name, "resume") == 0)
            resume = opt;
        else if (strcmp(opt->name, "out") == 0)
            folder = opt;
    }
    const char *run = folder ? *(const char *const *)((const char *)out->opts + folder->offset) : NULL;
    bool resumes = run && resume && *(const bool *)((const char *)out->opts + resume->offset);
    if (resumes)
        return eh_fail(err, EH_ERR_USAGE,
                       "evenhand %s needs %s (%s); the recipe of a run that is continued has it: evenhand %s "
                       "--config %s/recipe.yaml --resume",
                       name, missing->metavar ? missing->metavar : missing->name, missing->help, name, run);
    return eh_fail(err, EH_ERR_USAGE, "evenhand %s needs %s (%s); 'evenhand help %s' shows the usage.", name,
                   missing->metavar ? missing->metavar : missing->name, missing->help, name);
}

eh_status eh_args_parse(eh_args *out, int argc, char **argv, eh_arena *arena, eh_error *err)
{
    *out = (eh_args){ 0 };
    walker w = { .out = out, .argc = argc, .at = 1, .argv = argv, .arena = arena, .err = err };
    EH_TRY(eh_opts_defaults(eh_common_option_table, &out->common, arena, err));
    eh_status status = take_all(&w);
    if (status != EH_OK) {
        out->common.json = out->common.json || asks_for_json(argc, argv);
        return status;
    }
    if (!out->command || out->common.help || out->common.version)
        return EH_OK;
    const char *name = out->command->entry.name;
    for (const eh_opt *opt = w.positional; opt && opt->name && opt->required; opt++) {
        const void *field = (const char *)out->opts + opt->offset;
        if (opt->type == EH_OPT_LIST && ((const eh_str_list *)field)->count > 0)
            break;
        if (opt->type == EH_OPT_STRING && *(const char *const *)field) /* the recipe has it */
            continue;
        return fail_missing(out, opt, err);
    }
    for (const eh_opt *opt = out->command->entry.opts; opt && opt->name; opt++) {
        if (!opt->required)
            continue;
        const eh_opt only[] = { *opt, { 0 } };
        const char *where = eh_arena_printf(arena, "--%s", opt->name);
        if (!where)
            return eh_fail_memory(err, name, 1, 1);
        EH_TRY(eh_opts_check_required(only, out->opts, where, err));
    }
    return EH_OK;
}
