/* Option tables: defaults, text, YAML, things in things, and the way back to text. The registry here is the test's own. */
#include "base/config.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"

#include <math.h>
#include <string.h>

/* ---- a registry with one kind ---- */

typedef struct knife_options {
    double length;
    eh_str_list marks;
    bool sharp;
} knife_options;

static const eh_opt knife_table[] = {
    { .name = "length",
      .help = "in centimetres",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(knife_options, length),
      .def = "10",
      .min = 1,
      .max = 50 },
    { .name = "marks", .help = "engraved", .type = EH_OPT_LIST, .offset = offsetof(knife_options, marks) },
    { .name = "sharp",
      .help = "cuts",
      .type = EH_OPT_BOOL,
      .offset = offsetof(knife_options, sharp),
      .def = "true" },
    { 0 },
};

typedef struct box_options {
    eh_thing_spec inner;
    const char *label;
} box_options;

static const eh_opt box_table[] = {
    { .name = "inner",
      .help = "what is in it",
      .type = EH_OPT_THING,
      .offset = offsetof(box_options, inner),
      .kind = "tool" },
    { .name = "label",
      .help = "what is on it",
      .type = EH_OPT_STRING,
      .offset = offsetof(box_options, label),
      .required = true },
    { 0 },
};

static const eh_entry knife = { "knife", "cuts", NULL, knife_table, sizeof(knife_options) };
static const eh_entry box = { "box", "holds a tool", NULL, box_table, sizeof(box_options) };
static const eh_entry stone = { "stone", "has no options", NULL, NULL, 0 };
static const eh_entry *const tools[] = { &knife, &box, &stone, NULL };
static const eh_kind tool_kind = { "tool", "tools", "things to work with", tools };
static const eh_kind *const kinds[] = { &tool_kind, NULL };

const eh_kind *const *eh_kinds(void)
{
    return kinds;
}

/* ---- a table with every type ---- */

typedef struct options {
    bool flag;
    int64_t count;
    double rate;
    const char *text;
    int mode;
    eh_str_list list;
    eh_thing_spec tool;
} options;

static const char *const modes[] = { "fast", "exact", NULL };

static const eh_opt table[] = {
    { .name = "flag", .help = "h", .type = EH_OPT_BOOL, .offset = offsetof(options, flag) },
    { .name = "count",
      .help = "h",
      .type = EH_OPT_INT,
      .offset = offsetof(options, count),
      .def = "3",
      .min = 1,
      .max = 9 },
    { .name = "rate",
      .help = "h",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, rate),
      .def = "0.1",
      .min = 0,
      .max = INFINITY },
    { .name = "text", .help = "h", .type = EH_OPT_STRING, .offset = offsetof(options, text) },
    { .name = "mode",
      .help = "h",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, mode),
      .def = "exact",
      .choices = modes },
    { .name = "list", .help = "h", .type = EH_OPT_LIST, .offset = offsetof(options, list), .def = "a,b" },
    { .name = "tool",
      .help = "h",
      .type = EH_OPT_THING,
      .offset = offsetof(options, tool),
      .def = "knife:length=7",
      .kind = "tool" },
    { 0 },
};

typedef struct fixture {
    eh_arena *arena;
    options o;
    eh_error err;
} fixture;

static int setup(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = eh_arena_new();
    memset(&f->o, 0x55, sizeof f->o); /* defaults must not depend on zeroes */
    if (eh_opts_defaults(table, &f->o, f->arena, &f->err) != EH_OK)
        return -1;
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

static const knife_options *knife_of(const eh_thing_spec *spec)
{
    assert_ptr_equal(spec->entry, &knife);
    return spec->opts;
}

static void defaults_fill_every_type(void **state)
{
    const fixture *f = *state;
    assert_false(f->o.flag);
    assert_int_equal(f->o.count, 3);
    assert_true(f->o.rate == 0.1);
    assert_null(f->o.text);
    assert_int_equal(f->o.mode, 1);
    assert_int_equal(f->o.list.count, 2);
    assert_string_equal(f->o.list.item[1], "b");
    assert_true(knife_of(&f->o.tool)->length == 7);
    assert_true(knife_of(&f->o.tool)->sharp);
}

static eh_status set(fixture *f, const char *key, const char *text)
{
    return eh_opts_set(table, &f->o, key, text, "r.yaml:4", f->arena, &f->err);
}

static void text_sets_every_type(void **state)
{
    fixture *f = *state;
    assert_int_equal(set(f, "flag", "yes"), EH_OK);
    assert_true(f->o.flag);
    assert_int_equal(set(f, "count", "9"), EH_OK);
    assert_int_equal(f->o.count, 9);
    assert_int_equal(set(f, "rate", "1e6"), EH_OK);
    assert_true(f->o.rate == 1e6);
    assert_int_equal(set(f, "text", "a, b"), EH_OK);
    assert_string_equal(f->o.text, "a, b");
    assert_int_equal(set(f, "mode", "fast"), EH_OK);
    assert_int_equal(f->o.mode, 0);
    assert_int_equal(set(f, "list", "x\\,y,z\\\\,\\w"), EH_OK);
    assert_int_equal(f->o.list.count, 3);
    assert_string_equal(f->o.list.item[0], "x,y");
    assert_string_equal(f->o.list.item[1], "z\\");
    assert_string_equal(f->o.list.item[2], "\\w");
    assert_int_equal(set(f, "list", ""), EH_OK);
    assert_int_equal(f->o.list.count, 0);
    assert_int_equal(set(f, "tool", ""), EH_OK);
    assert_null(f->o.tool.entry);
    assert_int_equal(set(f, "tool", "stone"), EH_OK);
    assert_ptr_equal(f->o.tool.entry, &stone);
    assert_null(f->o.tool.opts);
}

static void expect_error(fixture *f, const char *key, const char *text, const char *sentence)
{
    assert_int_equal(set(f, key, text), EH_ERR_USAGE);
    assert_string_equal(f->err.message, sentence);
}

static void wrong_values_are_refused_with_place_and_remedy(void **state)
{
    fixture *f = *state;
    expect_error(f, "coutn", "1", "r.yaml:4: there is no option \"coutn\"; did you mean \"count\"?");
    expect_error(f, "zzzzzz", "1",
                 "r.yaml:4: there is no option \"zzzzzz\". The options are: flag, count, rate, text, mode, "
                 "list, tool.");
    expect_error(f, "flag", "maybe", "r.yaml:4: flag is true or false, not \"maybe\".");
    expect_error(f, "count", "3.5", "r.yaml:4: count needs a whole number, not \"3.5\".");
    expect_error(f, "count", "12abc", "r.yaml:4: count needs a whole number, not \"12abc\".");
    expect_error(f, "count", "10", "r.yaml:4: count must be between 1 and 9, not 10.");
    expect_error(f, "count", "0", "r.yaml:4: count must be between 1 and 9, not 0.");
    expect_error(f, "rate", "-1", "r.yaml:4: rate must be at least 0, not -1.");
    expect_error(f, "rate", "nan", "r.yaml:4: rate needs a number, not \"nan\".");
    expect_error(f, "rate", "inf", "r.yaml:4: rate needs a number, not \"inf\".");
    expect_error(f, "mode", "exakt",
                 "r.yaml:4: mode is one of fast, exact, not \"exakt\"; did you mean \"exact\"?");
    expect_error(f, "mode", "qqqqqq", "r.yaml:4: mode is one of fast, exact, not \"qqqqqq\".");
    expect_error(f, "list", "a,,b", "r.yaml:4: item 2 of list is empty; write a,b,c.");
    expect_error(f, "tool", "knive",
                 "r.yaml:4: There is no tool \"knive\"; did you mean \"knife\"? The tools are: knife, box, "
                 "stone.");
    expect_error(f, "tool", "knife:lenght=3",
                 "r.yaml:4: there is no option \"lenght\"; did you mean \"length\"?");
    expect_error(f, "tool", "knife:length=99", "r.yaml:4: length must be between 1 and 50, not 99.");
    expect_error(f, "tool", "knife:length", "r.yaml:4: \"length\" lacks a value; write knife:length=VALUE.");
    expect_error(f, "tool", "stone:x=1", "r.yaml:4: \"x\" is not an option; there are no options here.");
    expect_error(f, "tool", "box", "r.yaml:4: label is missing (what is on it).");
    assert_int_equal(f->o.count, 3); /* what failed has changed nothing */
    assert_true(knife_of(&f->o.tool)->length == 7);
}

static void among_pairs_a_list_takes_what_follows_and_a_boolean_may_stand_alone(void **state)
{
    fixture *f = *state;
    if (eh_opts_set(table, &f->o, "tool", "knife:marks=a,b c,length=3,sharp=no", "--tool", f->arena,
                    &f->err) != EH_OK)
        fail_msg("%s", f->err.message);
    assert_int_equal(knife_of(&f->o.tool)->marks.count, 2);
    assert_string_equal(knife_of(&f->o.tool)->marks.item[1], "b c");
    assert_true(knife_of(&f->o.tool)->length == 3);
    assert_false(knife_of(&f->o.tool)->sharp);
    assert_int_equal(eh_opts_set_pairs(table, &f->o, "x", "flag,count=4,list=p,q,r", "--x", f->arena,
                                       &f->err),
                     EH_OK);
    assert_true(f->o.flag);
    assert_int_equal(f->o.count, 4);
    assert_int_equal(f->o.list.count, 3);
    assert_true(eh_opts_end_in_list(table, "count=4,list=p,q"));
    assert_false(eh_opts_end_in_list(table, "list=p,q,count=4"));
    assert_false(eh_opts_end_in_list(table, "flag"));
    assert_false(eh_opts_end_in_list(table, ""));
}

static void on_the_command_line_the_option_is_named_once(void **state)
{
    fixture *f = *state;
    assert_int_equal(eh_opts_set(table, &f->o, "count", "x", "--count", f->arena, &f->err), EH_ERR_USAGE);
    assert_string_equal(f->err.message, "--count needs a whole number, not \"x\".");
    assert_int_equal(eh_opts_set(table, &f->o, "tool", "knife:length=x", "--tool", f->arena, &f->err),
                     EH_ERR_USAGE);
    assert_string_equal(f->err.message, "--tool: length needs a number, not \"x\".");
}

static void things_hold_things(void **state)
{
    fixture *f = *state;
    assert_int_equal(set(f, "tool", "box:label=my\\,box,inner=knife:length=5\\,marks=a\\\\\\,b\\,sharp=no"),
                     EH_OK);
    const box_options *outer = f->o.tool.opts;
    assert_string_equal(outer->label, "my,box");
    const knife_options *inner = knife_of(&outer->inner);
    assert_true(inner->length == 5);
    assert_int_equal(inner->marks.count, 2);
    assert_string_equal(inner->marks.item[0], "a");
    assert_false(inner->sharp);
}

static eh_status read_yaml(fixture *f, const char *text)
{
    eh_config *root;
    EH_TRY(eh_config_parse(&root, f->arena, "r.yaml", text, strlen(text), &f->err));
    return eh_opts_from_config(table, &f->o, root, f->arena, &f->err);
}

static void yaml_sets_every_type(void **state)
{
    fixture *f = *state;
    assert_int_equal(read_yaml(f, "flag: on\ncount: 4\nrate: 2\ntext: \"null\"\nmode: fast\nlist: [x, 'y,z', "
                                  "3]\n"
                                  "tool:\n  name: box\n  label: L\n  inner: knife:length=4\n"),
                     EH_OK);
    assert_true(f->o.flag);
    assert_int_equal(f->o.count, 4);
    assert_string_equal(f->o.text, "null");
    assert_int_equal(f->o.list.count, 3);
    assert_string_equal(f->o.list.item[1], "y,z");
    const box_options *outer = f->o.tool.opts;
    assert_true(knife_of(&outer->inner)->length == 4);
    assert_int_equal(read_yaml(f, "text:\ntool: ~\n"), EH_OK);
    assert_null(f->o.text);
    assert_null(f->o.tool.entry);
    assert_int_equal(f->o.count, 4); /* what is not mentioned stays */
    assert_int_equal(read_yaml(f, ""), EH_OK);
}

static void expect_yaml_error(fixture *f, const char *text, const char *sentence)
{
    assert_int_equal(read_yaml(f, text), EH_ERR_USAGE);
    assert_string_equal(f->err.message, sentence);
}

static void wrong_yaml_is_refused_with_its_line(void **state)
{
    fixture *f = *state;
    expect_yaml_error(f, "flag: on\n\ncuont: 4\n",
                      "r.yaml:3: there is no option \"cuont\"; did you mean \"count\"?");
    expect_yaml_error(f, "flag: on\ncount: many\n", "r.yaml:2: count needs a whole number, not \"many\".");
    expect_yaml_error(f, "count:\n", "r.yaml:1: count needs a value.");
    expect_yaml_error(f, "count: [1]\n", "r.yaml:1: count takes one value, not a list.");
    expect_yaml_error(f, "count: {a: 1}\n", "r.yaml:1: count takes a value, not a mapping.");
    expect_yaml_error(f, "list: [a, [b]]\n", "r.yaml:1: item 2 of list must be a word or a number.");
    expect_yaml_error(f, "- a\n", "r.yaml:1: lines of the form \"option: value\" are needed here.");
    expect_yaml_error(f, "tool:\n  length: 3\n",
                      "r.yaml:2: tool needs a name, as in {name: ..., option: value}.");
    expect_yaml_error(f, "tool:\n  name: knife\n  lenght: 3\n",
                      "r.yaml:3: there is no option \"lenght\"; did you mean \"length\"?");
    expect_yaml_error(f, "tool:\n  name: box\n", "r.yaml:2: label is missing (what is on it).");
}

/* Writes the options as YAML, reads that into a fresh struct, and expects the same YAML from it. */
static void expect_yaml_round_trip(fixture *f)
{
    eh_str first = { 0 }, second = { 0 };
    eh_opts_write_yaml(&first, table, &f->o, 0);
    options fresh;
    eh_config *root;
    assert_int_equal(eh_opts_defaults(table, &fresh, f->arena, &f->err), EH_OK);
    assert_int_equal(eh_config_parse(&root, f->arena, "r.yaml", first.data, first.size, &f->err), EH_OK);
    assert_int_equal(eh_opts_from_config(table, &fresh, root, f->arena, &f->err), EH_OK);
    eh_opts_write_yaml(&second, table, &fresh, 0);
    assert_string_equal(first.data, second.data);
    eh_str_clear(&first);
    eh_str_clear(&second);
}

/* The same through "name:key=value" text. */
static void expect_text_round_trip(fixture *f)
{
    for (const eh_opt *opt = table; opt->name; opt++) {
        const char *text = eh_opt_text(opt, &f->o, f->arena);
        if (!text)
            continue;
        options fresh;
        assert_int_equal(eh_opts_defaults(table, &fresh, f->arena, &f->err), EH_OK);
        assert_int_equal(eh_opts_set(table, &fresh, opt->name, text, "t", f->arena, &f->err), EH_OK);
        assert_string_equal(eh_opt_text(opt, &fresh, f->arena), text);
    }
}

static void options_become_yaml_and_text_and_come_back(void **state)
{
    fixture *f = *state;
    expect_yaml_round_trip(f);
    expect_text_round_trip(f);
    set(f, "rate", "0.30000000000000004");
    set(f, "text", "- \"odd\" #: \\ \xC3\xA9\n\t\x01\xC2\x85 true");
    set(f, "list", "a\\,b,c\\\\,null,1e5,yes,with space,'q'");
    set(f, "tool", "box:label=a\\,b\\\\c,inner=knife:length=5\\,marks=a\\\\\\\\\\\\\\,b\\\\\\,c\\,sharp=no");
    assert_ptr_equal(f->o.tool.entry, &box);
    const box_options *outer = f->o.tool.opts;
    assert_string_equal(knife_of(&outer->inner)->marks.item[0], "a,b");
    expect_yaml_round_trip(f);
    expect_text_round_trip(f);
    set(f, "tool", "");
    set(f, "list", "");
    expect_yaml_round_trip(f);
    expect_text_round_trip(f);
}

static void a_thing_is_written_with_what_differs_from_its_defaults(void **state)
{
    fixture *f = *state;
    const eh_opt *tool = &table[6];
    assert_string_equal(eh_opt_text(tool, &f->o, f->arena), "knife:length=7");
    set(f, "tool", "knife:length=10,sharp=true");
    assert_string_equal(eh_opt_text(tool, &f->o, f->arena), "knife");
    set(f, "text", NULL);
    assert_null(eh_opt_text(&table[3], &f->o, f->arena));
}

static void the_resolved_yaml_shows_every_option(void **state)
{
    fixture *f = *state;
    eh_str out = { 0 };
    eh_opts_write_yaml(&out, table, &f->o, 2);
    assert_string_equal(out.data,
                        "  flag: false\n  count: 3\n  rate: 0.1\n  text: null\n  mode: exact\n  list: [a, "
                        "b]\n"
                        "  tool:\n    name: knife\n    length: 7\n    marks: []\n    sharp: true\n");
    eh_str_clear(&out);
}

static eh_status use_all(void *user, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "arena", 1, 1);
    options o;
    eh_config *root;
    eh_str out = { 0 };
    eh_status status;
    EH_TRY_GOTO(status, eh_opts_defaults(table, &o, arena, err));
    EH_TRY_GOTO(status, eh_config_parse(&root, arena, "r.yaml", user, strlen(user), err));
    EH_TRY_GOTO(status, eh_opts_from_config(table, &o, root, arena, err));
    eh_opts_write_yaml(&out, table, &o, 0);
    status = eh_str_check(&out, err);
done:
    eh_str_clear(&out);
    eh_arena_free(arena);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(
        expect_survives_alloc_failure(use_all,
                                      (void *)"list: [a, b]\ntool: {name: box, label: x, inner: knife}\n") >
        4);
}

static void kinds_and_things_are_found(void **state)
{
    const fixture *f = *state;
    assert_ptr_equal(eh_kind_find("tool"), &tool_kind);
    assert_ptr_equal(eh_kind_find("tools"), &tool_kind);
    assert_null(eh_kind_find("tolls"));
    const eh_entry *entry;
    eh_error err = { 0 };
    assert_int_equal(eh_thing_find(&entry, "tool", "box", &err), EH_OK);
    assert_ptr_equal(entry, &box);
    assert_int_equal(eh_thing_find(&entry, "weapon", "box", &err), EH_ERR_USAGE);
    assert_null(entry);
    assert_int_equal(eh_opts_check_required(table, &f->o, "x", &err), EH_OK);
}

#define WITH_OPTIONS(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_OPTIONS(defaults_fill_every_type),
        WITH_OPTIONS(text_sets_every_type),
        WITH_OPTIONS(wrong_values_are_refused_with_place_and_remedy),
        WITH_OPTIONS(among_pairs_a_list_takes_what_follows_and_a_boolean_may_stand_alone),
        WITH_OPTIONS(on_the_command_line_the_option_is_named_once),
        WITH_OPTIONS(things_hold_things),
        WITH_OPTIONS(yaml_sets_every_type),
        WITH_OPTIONS(wrong_yaml_is_refused_with_its_line),
        WITH_OPTIONS(options_become_yaml_and_text_and_come_back),
        WITH_OPTIONS(a_thing_is_written_with_what_differs_from_its_defaults),
        WITH_OPTIONS(the_resolved_yaml_shows_every_option),
        WITH_OPTIONS(kinds_and_things_are_found),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
