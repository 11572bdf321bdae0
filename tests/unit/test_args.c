/* Reading the command line. The table of commands is the test's own. */
#include "cli/args.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include <string.h>

typedef struct options {
    const char *input;
    eh_str_list more, tags;
    const char *output, *needed;
    int64_t count;
    bool flag, on;
    int64_t seed;
} options;

static const eh_opt positional_table[] = {
    { .name = "input",
      .help = "what to read",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, input),
      .metavar = "INPUT",
      .required = true },
    { .name = "more",
      .help = "further ones",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, more),
      .metavar = "MORE" },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "output",
      .help = "where to write",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .short_name = 'o' },
    { .name = "count",
      .help = "how often",
      .type = EH_OPT_INT,
      .offset = offsetof(options, count),
      .min = -5,
      .max = 5 },
    { .name = "tags", .help = "words", .type = EH_OPT_LIST, .offset = offsetof(options, tags), .def = "x,y" },
    { .name = "flag",
      .help = "a switch",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, flag),
      .short_name = 'f' },
    { .name = "on",
      .help = "a switch that is on",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, on),
      .def = "true" },
    { .name = "seed",
      .help = "its own",
      .type = EH_OPT_INT,
      .offset = offsetof(options, seed),
      .def = "5",
      .max = 1000 },
    { 0 },
};

static const eh_opt strict_table[] = {
    { .name = "needed",
      .help = "cannot be left out",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, needed),
      .required = true },
    { 0 },
};

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    (void)context;
    (void)opts;
    (void)err;
    return EH_OK;
}

static const eh_command work = {
    .entry = { .name = "work", .summary = "works", .opts = option_table, .opts_size = sizeof(options) },
    .positionals = positional_table,
    .run = run
};
static const eh_command strict = {
    .entry = { .name = "strict", .summary = "is strict", .opts = strict_table, .opts_size = sizeof(options) },
    .run = run
};
static const eh_command bare = { .entry = { .name = "bare", .summary = "has nothing" }, .run = run };

const eh_command *const eh_command_list[] = { &work, &strict, &bare, NULL };

typedef struct fixture {
    eh_arena *arena;
    eh_args args;
    eh_error err;
} fixture;

static int setup(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = eh_arena_new();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    eh_arena_free(f->arena);
    test_free(f);
    return 0;
}

/* Splits the line at spaces; "''" is an empty argument. */
static eh_status parse(fixture *f, const char *line)
{
    char *argv[32] = { (char *)"evenhand" };
    int argc = 1;
    char *at = eh_arena_strdup(f->arena, line);
    while (*at) {
        char *end = at + strcspn(at, " ");
        bool last = *end == '\0';
        *end = '\0';
        argv[argc++] = strcmp(at, "''") == 0 ? end : at;
        at = last ? end : end + 1;
    }
    return eh_args_parse(&f->args, argc, argv, f->arena, &f->err);
}

static const options *opts_of(fixture *f, const char *line)
{
    if (parse(f, line) != EH_OK)
        fail_msg("%s: %s", line, f->err.message);
    return f->args.opts;
}

static void options_may_be_written_in_every_form(void **state)
{
    fixture *f = *state;
    const char *const lines[] = { "work in --output out --count 3 --flag --no-on",
                                  "work --output=out --count=3 -f in --on=no",
                                  "work -o out in --count +3 --flag=true --no-on",
                                  "work -oout --no-on --count 3 -f -- in",
                                  "work -o=out --flag --no-flag -f --no-on --count 1 --count 3 in" };
    for (size_t i = 0; i < sizeof lines / sizeof *lines; i++) {
        const options *o = opts_of(f, lines[i]);
        assert_ptr_equal(f->args.command, &work);
        assert_string_equal(o->input, "in");
        assert_string_equal(o->output, "out");
        assert_int_equal(o->count, 3);
        assert_true(o->flag);
        assert_false(o->on);
    }
}

static void defaults_hold_where_nothing_is_said(void **state)
{
    fixture *f = *state;
    const options *o = opts_of(f, "work in");
    assert_null(o->output);
    assert_true(o->on);
    assert_int_equal(o->tags.count, 2);
    assert_int_equal(f->args.common.seed, 1);
    assert_int_equal(f->args.common.threads, 0);
    assert_false(f->args.common.json);
    assert_int_equal(f->args.common.color, EH_COLOR_AUTO);
    assert_int_equal(f->args.common.progress, EH_PROGRESS_AUTO);
}

static void common_options_stand_before_or_behind_the_command(void **state)
{
    fixture *f = *state;
    opts_of(f, "--json --seed 7 work in --quiet --threads=2 --color never --progress json");
    assert_true(f->args.common.json && f->args.common.quiet);
    assert_int_equal(f->args.common.seed, 7);
    assert_int_equal(f->args.common.threads, 2);
    assert_int_equal(f->args.common.color, EH_COLOR_NEVER);
    assert_int_equal(f->args.common.progress, EH_PROGRESS_JSON);
}

static void a_common_option_that_the_command_has_too_reaches_both(void **state)
{
    fixture *f = *state;
    const options *o = opts_of(f, "work in");
    assert_int_equal(o->seed, 5);
    assert_int_equal(f->args.common.seed, 1);
    const char *const lines[] = { "work in --seed 7", "--seed 7 work in", "--seed 3 work in --seed=7" };
    for (size_t i = 0; i < 3; i++) {
        o = opts_of(f, lines[i]);
        assert_int_equal(o->seed, 7);
        assert_int_equal(f->args.common.seed, 7);
    }
}

static void a_repeated_list_grows_and_replaces_its_default(void **state)
{
    fixture *f = *state;
    const options *o = opts_of(f, "work in --tags a,b --tags c");
    assert_int_equal(o->tags.count, 3);
    assert_string_equal(o->tags.item[0], "a");
    assert_string_equal(o->tags.item[2], "c");
}

static void further_arguments_go_into_the_last_list_as_they_are(void **state)
{
    fixture *f = *state;
    const options *o = opts_of(f, "work in a,b - -- --flag");
    assert_int_equal(o->more.count, 3);
    assert_string_equal(o->more.item[0], "a,b");
    assert_string_equal(o->more.item[1], "-");
    assert_string_equal(o->more.item[2], "--flag");
    assert_false(o->flag);
}

static void a_negative_number_and_an_empty_text_are_values(void **state)
{
    fixture *f = *state;
    const options *o = opts_of(f, "work in --count -3 --output ''");
    assert_int_equal(o->count, -3);
    assert_string_equal(o->output, "");
}

static void expect_error(fixture *f, const char *line, const char *sentence)
{
    assert_int_equal(parse(f, line), EH_ERR_USAGE);
    assert_string_equal(f->err.message, sentence);
}

static void mistakes_are_named(void **state)
{
    fixture *f = *state;
    expect_error(f, "wrok in",
                 "There is no command \"wrok\". Did you mean \"work\"? 'evenhand help' lists the commands.");
    expect_error(f, "work",
                 "evenhand work needs INPUT (what to read); 'evenhand help work' shows the usage.");
    expect_error(f, "work in --cuont 3",
                 "There is no option --cuont. Did you mean --count? 'evenhand help work' lists what there "
                 "is.");
    expect_error(f, "work in --no-count",
                 "There is no option --no-count; 'evenhand help work' lists what there is.");
    expect_error(f, "work in -x", "There is no option -x; 'evenhand help work' lists what there is.");
    expect_error(f, "work in -fx", "There is no option -fx; 'evenhand help work' lists what there is.");
    expect_error(f, "--count 3 work", "There is no option --count; 'evenhand help' lists what there is.");
    expect_error(f, "work in --output", "--output needs a value (where to write).");
    expect_error(f, "work in --output --flag", "--output needs a value (where to write).");
    expect_error(f, "work in --count 9", "--count must be between -5 and 5, not 9.");
    expect_error(f, "work in --flag=2", "--flag is true or false, not \"2\".");
    expect_error(f, "bare x", "\"x\" is one argument too many; 'evenhand help bare' shows the usage.");
    expect_error(f, "strict", "--needed is missing (cannot be left out).");
}

static void help_and_version_need_nothing_else(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, "work --help"), EH_OK);
    assert_true(f->args.common.help);
    assert_ptr_equal(f->args.command, &work);
    assert_int_equal(parse(f, "strict -h"), EH_OK);
    assert_int_equal(parse(f, "--version"), EH_OK);
    assert_true(f->args.common.version);
    assert_int_equal(parse(f, ""), EH_OK);
    assert_null(f->args.command);
}

static void json_holds_for_errors_wherever_it_stands(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, "work --wrong --json"), EH_ERR_USAGE);
    assert_true(f->args.common.json);
    assert_int_equal(parse(f, "work --wrong -- --json"), EH_ERR_USAGE);
    assert_false(f->args.common.json);
}

/* Writes the recipe, puts its path behind `line`, and parses. */
static eh_status parse_with_recipe(fixture *f, const char *line, const char *recipe)
{
    void *folder = NULL;
    assert_int_equal(temp_folder_setup(&folder), 0);
    const char *path = temp_file(&folder, "r.yaml", recipe, strlen(recipe));
    eh_status status = parse(f, eh_arena_printf(f->arena, "%s --config %s", line, path));
    assert_int_equal(temp_folder_teardown(&folder), 0);
    return status;
}

static void a_recipe_holds_arguments_and_options_and_the_command_line_outweighs_it(void **state)
{
    fixture *f = *state;
    const char *recipe = "input: from-recipe\ncount: 2\ntags: [p, q]\non: false\nseed: 9\n";
    assert_int_equal(parse_with_recipe(f, "work", recipe), EH_OK);
    const options *o = f->args.opts;
    assert_string_equal(o->input, "from-recipe");
    assert_int_equal(o->count, 2);
    assert_string_equal(o->tags.item[1], "q");
    assert_false(o->on);
    assert_int_equal(o->seed, 9);
    assert_int_equal(parse_with_recipe(f, "work in --count 4 --tags z --seed 3", recipe), EH_OK);
    o = f->args.opts;
    assert_string_equal(o->input, "in");
    assert_int_equal(o->count, 4);
    assert_int_equal(o->tags.count, 1);
    assert_int_equal(o->seed, 3);
    assert_false(o->on);
}

static void mistakes_in_a_recipe_are_named_with_their_line(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse_with_recipe(f, "work in", "count: 1\ncuont: 2\n"), EH_ERR_USAGE);
    assert_non_null(
        strstr(f->err.message, "r.yaml:2: there is no option \"cuont\"; did you mean \"count\"?"));
    assert_int_equal(parse_with_recipe(f, "work in", "count: 99\n"), EH_ERR_USAGE);
    assert_non_null(strstr(f->err.message, "r.yaml:1: count must be between -5 and 5, not 99."));
    assert_int_equal(parse_with_recipe(f, "work in", "- a\n"), EH_ERR_INPUT);
    assert_int_equal(parse(f, "work in --config /no/such/recipe.yaml"), EH_ERR_INPUT);
    assert_int_equal(parse(f, "work in --config"), EH_ERR_USAGE);
}

static eh_status parse_once(void *user, eh_error *err)
{
    char *argv[] = { (char *)"evenhand", (char *)"work",     (char *)"in",  (char *)"a",
                     (char *)"b",        (char *)"--tags",   (char *)"p,q", (char *)"--tags",
                     (char *)"r,s",      (char *)"--output", (char *)"out" };
    (void)user;
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "arena", 1, 1);
    eh_args args;
    eh_status status = eh_args_parse(&args, sizeof argv / sizeof *argv, argv, arena, err);
    eh_arena_free(arena);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(expect_survives_alloc_failure(parse_once, NULL) >= 2);
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(options_may_be_written_in_every_form),
        WITH_ARENA(defaults_hold_where_nothing_is_said),
        WITH_ARENA(common_options_stand_before_or_behind_the_command),
        WITH_ARENA(a_common_option_that_the_command_has_too_reaches_both),
        WITH_ARENA(a_repeated_list_grows_and_replaces_its_default),
        WITH_ARENA(further_arguments_go_into_the_last_list_as_they_are),
        WITH_ARENA(a_negative_number_and_an_empty_text_are_values),
        WITH_ARENA(mistakes_are_named),
        WITH_ARENA(help_and_version_need_nothing_else),
        WITH_ARENA(json_holds_for_errors_wherever_it_stands),
        WITH_ARENA(a_recipe_holds_arguments_and_options_and_the_command_line_outweighs_it),
        WITH_ARENA(mistakes_in_a_recipe_are_named_with_their_line),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
