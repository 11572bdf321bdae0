/* cmd_compose.c - `evenhand compose`: a data set with a planted bias, made of two others. */
#include "cli/command.h"

#include "base/json.h"
#include "base/table.h"
#include "data/compose.h"

#include <string.h>

typedef struct options {
    const char *first, *second, *output, *first_label, *second_label, *table;
    eh_thing_spec layout;
    eh_str_list pairs, positions, position_pairs, colours, colour_pairs, biased;
    double diagonal;
    int64_t limit;
    int tint;
    bool container;
} options;

static const char *const sides[] = { "second", "first", NULL };

static const eh_opt positional_table[] = {
    { .name = "first",
      .help = "catalog whose images are each used once",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, first),
      .metavar = "FIRST.eh",
      .required = true },
    { .name = "second",
      .help = "catalog that their partners come from",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, second),
      .metavar = "SECOND.eh",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "output",
      .short_name = 'o',
      .help = "folder to make; it must not exist or be empty",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .metavar = "FOLDER",
      .required = true },
    { .name = "layout",
      .help = "how the two pictures become one, with its options",
      .type = EH_OPT_THING,
      .offset = offsetof(options, layout),
      .kind = "layout",
      .def = "corner" },
    { .name = "first-label",
      .help =
          "column of the first catalog that the bias is tied to; its only column of classes when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, first_label),
      .metavar = "COLUMN" },
    { .name = "second-label",
      .help = "column of the second catalog that partners are chosen by",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, second_label),
      .metavar = "COLUMN" },
    { .name = "pairs",
      .help = "share of a class of the first that gets a class of the second, such as Trouser=3:0.95; * is "
              "every class",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, pairs),
      .metavar = "CLASS=CLASS:RATIO" },
    { .name = "diagonal",
      .help = "ratio at which class k of the first gets class k of the second, for classes without a pair; "
              "0: evenly",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, diagonal),
      .def = "0",
      .max = 1 },
    { .name = "positions",
      .help = "places of the layout to use; its usual ones when not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, positions),
      .metavar = "NAMES" },
    { .name = "position-pairs",
      .help = "share of a class of the first that gets a position",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, position_pairs),
      .metavar = "CLASS=NAME:RATIO" },
    { .name = "colours",
      .help = "colours for one of the pictures: words or #rrggbb; none when not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, colours),
      .metavar = "COLOURS" },
    { .name = "colour-pairs",
      .help = "share of a class of the first that gets a colour",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, colour_pairs),
      .metavar = "CLASS=COLOUR:RATIO" },
    { .name = "tint",
      .help = "which picture is coloured",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, tint),
      .def = "second",
      .choices = sides },
    { .name = "table",
      .help = "the same rules as a CSV with the columns class, attribute (partner, position, colour), value "
              "and ratio",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, table),
      .metavar = "FILE.csv" },
    { .name = "biased",
      .help = "parts in which the rules hold; in the others everything is even",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, biased),
      .def = "train",
      .metavar = "PARTS" },
    { .name = "limit",
      .help = "images per part, in the proportions of the classes; 0: all",
      .type = EH_OPT_INT,
      .offset = offsetof(options, limit),
      .def = "0",
      .max = 1e12 },
    { .name = "container",
      .help = "write one IDX file in place of PNG files",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, container),
      .def = "false" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand compose fm.eh mnist.eh -o trap --pairs 1=3:0.95",
    "trousers with a digit in a corner, which is a 3 in 95 % of the training images; even in the test part",
    "evenhand compose scenes.eh objects.eh -o bam --layout paste:cut=alpha --pairs "
    "park=truck:0.75,park=zebra:0.25",
    "objects on scenes; in a park three trucks to one zebra",
    "evenhand compose mnist.eh mnist.eh -o coloured --layout overlay:weight=0 --colours red,green "
    "--colour-pairs 0=red:0.9 --tint first",
    "coloured digits, without a second picture to be seen",
    NULL,
};

static const char details[] =
    "Every image of FIRST is used once; its partner, a position and a colour are dealt according to its "
    "class. Of the n images that a class "
    "has in a part, a rule's ratio is met to one image; values without a rule share the rest evenly. "
    "Partners come from the same part of "
    "SECOND, so that none is both in training and test; a SECOND without parts is dealt to the parts.\n\n"
    "The folder gets images/*.png and labels.csv (or, with --container, one IDX file), sheet.png to look at, "
    "compose.json with everything that "
    "the set was made from, and the catalog data.eh. Beside the labels of both it has the columns aligned "
    "(whether the image agrees with every "
    "rule that makes something more frequent for its class), position, colour, the box of the picture that "
    "moves about, and the names of both "
    "source images. The folder can be moved as a whole. The same catalogs, options and --seed give the same "
    "pictures and labels.\n\n"
    "'evenhand list layouts' shows the layouts, 'evenhand list layouts paste' the options of one.";

static json_t *result_json(const options *o, const eh_compose_report *r)
{
    json_t *rules = json_array(), *parts = json_object();
    bool complete = rules && parts;
    for (size_t i = 0; complete && i < r->rules; i++) {
        const eh_compose_rule_result *rule = &r->rule[i];
        double got = rule->images ? (double)rule->with / (double)rule->images : 0;
        complete = json_array_append_new(rules, json_pack("{s:s, s:s, s:s, s:s, s:f, s:f, s:I, s:I}", "part",
                                                          eh_part_name(rule->part), "class", rule->cls,
                                                          "attribute", eh_planted_name(rule->planted),
                                                          "value", rule->value, "asked", rule->asked,
                                                          "achieved", got, "images", (json_int_t)rule->images,
                                                          "with", (json_int_t)rule->with)) == 0;
    }
    for (int p = 0; complete && p < 4; p++)
        if (r->of_part[p])
            complete = eh_json_set(parts, eh_part_name((eh_part)p),
                                   json_pack("{s:I, s:I, s:I}", "images", (json_int_t)r->of_part[p],
                                             "aligned", (json_int_t)r->aligned[p], "conflicting",
                                             (json_int_t)r->conflicting[p]));
    json_t *object = complete
                         ? json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:s, s:s, s:O, s:O}", "folder",
                                     o->output, "catalog", r->catalog, "images", (json_int_t)r->images,
                                     "left_out", (json_int_t)r->left_out, "partners", (json_int_t)r->partners,
                                     "most_used", (json_int_t)r->most_used, "first_hash", r->first_hash,
                                     "second_hash", r->second_hash, "parts", parts, "rules", rules)
                         : NULL;
    json_decref(rules);
    json_decref(parts);
    return object;
}

static eh_status rules_text(eh_str *out, const eh_compose_report *r, eh_error *err)
{
    static const char *const titles[] = { "part",   "class",     "attribute", "value",
                                          ">asked", ">achieved", ">images" };
    eh_text_table *table = eh_text_table_new(titles, 7);
    if (!table)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t i = 0; i < r->rules; i++) {
        const eh_compose_rule_result *rule = &r->rule[i];
        eh_text_table_cell(table, "%s", eh_part_name(rule->part));
        eh_text_table_cell(table, "%s", rule->cls);
        eh_text_table_cell(table, "%s", eh_planted_name(rule->planted));
        eh_text_table_cell(table, "%s", rule->value);
        eh_text_table_cell(table, "%.2f%%", 100 * rule->asked);
        eh_text_table_cell(table, "%.2f%%",
                           rule->images ? 100 * (double)rule->with / (double)rule->images : 0);
        eh_text_table_cell(table, "%llu/%llu", (unsigned long long)rule->with,
                           (unsigned long long)rule->images);
    }
    eh_str_append(out, "\n");
    eh_text_table_render(table, out);
    eh_text_table_free(table);
    return EH_OK;
}

static eh_status print_result(eh_command_context *context, const options *o, const eh_compose_report *r,
                              eh_error *err)
{
    eh_str text = { 0 };
    if (context->json)
        return eh_command_write_json(result_json(o, r), err);
    eh_str_appendf(&text, "%s: %llu images\n", r->catalog, (unsigned long long)r->images);
    for (int p = 0; p < 4; p++)
        if (r->of_part[p])
            eh_str_appendf(&text,
                           "  %s: %llu images, of which %llu agree with the planted bias and %llu conflict "
                           "with it\n",
                           eh_part_name((eh_part)p), (unsigned long long)r->of_part[p],
                           (unsigned long long)r->aligned[p], (unsigned long long)r->conflicting[p]);
    eh_str_appendf(&text, "  %llu different partners, each used at most %llu times\n",
                   (unsigned long long)r->partners, (unsigned long long)r->most_used);
    if (r->left_out)
        eh_str_appendf(&text, "  left out, without a label or a part: %llu\n",
                       (unsigned long long)r->left_out);
    if (r->rules)
        EH_TRY(rules_text(&text, r, err));
    return eh_command_write(&text, err);
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    const eh_compose_opts compose = { .first = o->first,
                                      .second = o->second,
                                      .first_label = o->first_label,
                                      .second_label = o->second_label,
                                      .layout = o->layout,
                                      .pairs = o->pairs,
                                      .diagonal = o->diagonal,
                                      .positions = o->positions,
                                      .position_pairs = o->position_pairs,
                                      .colours = o->colours,
                                      .colour_pairs = o->colour_pairs,
                                      .tint = o->tint,
                                      .table = o->table,
                                      .biased = o->biased,
                                      .limit = o->limit,
                                      .container = o->container,
                                      .seed = context->seed };
    eh_compose_report report;
    EH_TRY(eh_compose(&report, o->output, &compose, context->progress, err));
    eh_status status = print_result(context, o, &report, err);
    if (status == EH_OK)
        eh_command_note(context,
                        "look at %s/sheet.png: a line per class, images that agree with the bias on the left",
                        o->output);
    eh_compose_report_clear(&report);
    return status;
}

const eh_command eh_cmd_compose = {
    .entry = { .name = "compose",
               .summary = "make a data set with a planted bias of two others",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = details,
    .examples = examples,
    .run = run,
};
