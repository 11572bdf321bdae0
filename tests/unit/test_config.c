/* YAML recipes: the tree with its lines, and what is refused. */
#include "base/config.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include <string.h>

typedef struct fixture {
    eh_arena *arena;
    eh_config *root;
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

static eh_status parse(fixture *f, const char *text)
{
    return eh_config_parse(&f->root, f->arena, "r.yaml", text, strlen(text), &f->err);
}

static void a_tree_knows_types_texts_and_lines(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, "# a recipe\nmodel: resnet18\nmethods:\n  - erm\n  - {name: gdro, step-size: "
                              "0.02}\n"
                              "empty:\ntilde: ~\nquoted: \"null\"\nblock: |\n  two\n  lines\n"),
                     EH_OK);
    const eh_config *root = f->root;
    assert_int_equal(root->type, EH_CONFIG_MAPPING);
    assert_int_equal(root->count, 6);
    const eh_config *model = eh_config_get(root, "model");
    assert_int_equal(model->type, EH_CONFIG_SCALAR);
    assert_string_equal(model->key, "model");
    assert_string_equal(model->text, "resnet18");
    assert_int_equal(model->line, 2);
    assert_string_equal(model->file, "r.yaml");
    const eh_config *methods = eh_config_get(root, "methods");
    assert_int_equal(methods->type, EH_CONFIG_SEQUENCE);
    assert_int_equal(methods->count, 2);
    assert_string_equal(methods->item[0]->text, "erm");
    assert_null(methods->item[0]->key);
    const eh_config *step = eh_config_get(methods->item[1], "step-size");
    assert_string_equal(step->text, "0.02");
    assert_int_equal(step->line, 5);
    assert_int_equal(eh_config_get(root, "empty")->type, EH_CONFIG_NULL);
    assert_int_equal(eh_config_get(root, "tilde")->type, EH_CONFIG_NULL);
    assert_int_equal(eh_config_get(root, "quoted")->type, EH_CONFIG_SCALAR);
    assert_string_equal(eh_config_get(root, "block")->text, "two\nlines\n");
    assert_null(eh_config_get(root, "none"));
    assert_null(eh_config_get(model, "x"));
    assert_null(eh_config_get(NULL, "x"));
}

static void an_empty_file_is_an_empty_tree(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, ""), EH_OK);
    assert_int_equal(f->root->type, EH_CONFIG_NULL);
    assert_int_equal(parse(f, "# only a comment\n"), EH_OK);
    assert_int_equal(f->root->type, EH_CONFIG_NULL);
}

static void expect_error(fixture *f, const char *text, eh_status status, const char *part)
{
    assert_int_equal(parse(f, text), status);
    assert_null(f->root);
    if (!strstr(f->err.message, part))
        fail_msg("\"%s\" lacks \"%s\"", f->err.message, part);
}

static void what_a_recipe_does_not_need_is_refused_with_the_line(void **state)
{
    expect_error(*state, "a: 1\nb: &x 2\n", EH_ERR_INPUT, "r.yaml:2: anchors (&x) are not supported");
    expect_error(*state, "a: *x\n", EH_ERR_INPUT, "r.yaml:1: ");
    expect_error(*state, "a: !!int 1\n", EH_ERR_INPUT, "tags (tag:yaml.org,2002:int) are not supported");
    expect_error(*state, "a: 1\n---\nb: 2\n", EH_ERR_INPUT, "r.yaml:2: a second document begins");
    expect_error(*state, "---\n---\nb: 2\n", EH_ERR_INPUT, "r.yaml:2: a second document begins");
    expect_error(*state, "a: 1\nb: 2\na: 3\n", EH_ERR_INPUT,
                 "r.yaml:3: \"a\" is set a second time (first in line 1)");
    expect_error(*state, "? [x, y]\n: 1\n", EH_ERR_INPUT, "a key must be a single word");
    expect_error(*state, "a: \"x\\0y\"\n", EH_ERR_INPUT, "r.yaml:1: a value contains a NUL character");
    expect_error(*state, "a: [1, 2\nb: 3\n", EH_ERR_INPUT, "r.yaml:2:");
    expect_error(*state, "a: x\n\tb: y\n", EH_ERR_INPUT, "r.yaml:2:");
    expect_error(*state, "a: \xFF\n", EH_ERR_INPUT, "r.yaml is not UTF-8 text");
}

static void depth_is_limited_at_16(void **state)
{
    fixture *f = *state;
    for (size_t depth = 15; depth <= 17; depth++) {
        eh_str text = { 0 };
        for (size_t i = 0; i < depth - 1; i++)
            eh_str_append(&text, "[");
        eh_str_append(&text, "x");
        for (size_t i = 0; i < depth - 1; i++)
            eh_str_append(&text, "]");
        assert_int_equal(parse(f, text.data), depth <= 16 ? EH_OK : EH_ERR_LIMIT);
        eh_str_clear(&text);
    }
}

static void a_file_is_read_and_named(void **state)
{
    void *folder = NULL;
    fixture *f = *state;
    assert_int_equal(temp_folder_setup(&folder), 0);
    const char *path = temp_file(&folder, "r.yaml", "a: 1\na: 2\n", 10);
    assert_int_equal(eh_config_read(&f->root, f->arena, path, &f->err), EH_ERR_INPUT);
    assert_non_null(strstr(f->err.message, "/r.yaml:2: \"a\" is set a second time"));
    assert_int_equal(eh_config_read(&f->root, f->arena, temp_path(&folder, "none"), &f->err), EH_ERR_INPUT);
    assert_int_equal(temp_folder_teardown(&folder), 0);
}

static eh_status parse_once(void *user, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "arena", 1, 1);
    eh_config *root;
    eh_status status = eh_config_parse(&root, arena, "r.yaml", user, strlen(user), err);
    eh_arena_free(arena);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    eh_str text = { 0 };
    for (int i = 0; i < 40; i++)
        eh_str_appendf(&text, "key%d: {a: [1, 2, 3], b: word%d}\n", i, i);
    assert_true(expect_survives_alloc_failure(parse_once, text.data) > 20);
    eh_str_clear(&text);
}

/* Every prefix and many single-byte changes end in a tree or an error. */
static void damaged_files_end_in_an_error_or_a_tree(void **state)
{
    fixture *f = *state;
    static const char text[] = "a: {b: [1, \"x\\n\"], c: 'd'}\ne:\n  - f\n  - g: h # i\n";
    static const char damage[] = "\"'[]{}:,&*!|>%@`-#\n\t\xFF";
    for (size_t size = 0; size < sizeof text; size++) {
        char copy[sizeof text];
        memcpy(copy, text, sizeof text);
        eh_config_parse(&f->root, f->arena, "r.yaml", copy, size, &f->err);
        for (size_t d = 0; d < sizeof damage && size < sizeof text - 1; d++) {
            copy[size] = damage[d];
            eh_config_parse(&f->root, f->arena, "r.yaml", copy, sizeof text - 1, &f->err);
        }
    }
    assert_int_equal(parse(f, text), EH_OK);
    assert_int_equal(f->root->count, 2);
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(a_tree_knows_types_texts_and_lines),
        WITH_ARENA(an_empty_file_is_an_empty_tree),
        WITH_ARENA(what_a_recipe_does_not_need_is_refused_with_the_line),
        WITH_ARENA(depth_is_limited_at_16),
        WITH_ARENA(a_file_is_read_and_named),
        WITH_ARENA(damaged_files_end_in_an_error_or_a_tree),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
