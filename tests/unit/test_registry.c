/* Every registered thing and every command: complete descriptions, option tables that can be read, no name twice. */
#include "base/config.h"
#include "cli/args.h"

#include "support/cmocka_all.h"

#include <ctype.h>
#include <string.h>

static void expect_words(const char *owner, const char *name, char separator)
{
    if (!name || !*name)
        fail_msg("%s: a name is missing", owner);
    for (const char *c = name; *c; c++)
        if (!islower((unsigned char)*c) && !isdigit((unsigned char)*c) && *c != separator)
            fail_msg("%s: \"%s\" must be lower-case words joined by '%c'", owner, name, separator);
}

/* What a user types. */
static void expect_name(const char *owner, const char *name)
{
    expect_words(owner, name, '-');
}

static void expect_sentence(const char *owner, const char *text)
{
    if (!text || !*text)
        fail_msg("%s: a description is missing", owner);
    if (strchr(text, '\n') || text[strlen(text) - 1] == '.')
        fail_msg("%s: \"%s\" must be one line without a full stop", owner, text);
}

static void expect_option(const char *owner, const eh_opt *opt)
{
    expect_name(owner, opt->name);
    expect_sentence(owner, opt->help);
    if (opt->min > opt->max)
        fail_msg("%s: %s has min above max", owner, opt->name);
    if ((opt->type == EH_OPT_CHOICE) != (opt->choices != NULL))
        fail_msg("%s: %s: choices belong to EH_OPT_CHOICE and to nothing else", owner, opt->name);
    if ((opt->type == EH_OPT_THING) != (opt->kind != NULL))
        fail_msg("%s: %s: a kind belongs to EH_OPT_THING and to nothing else", owner, opt->name);
    if (opt->kind && !eh_kind_find(opt->kind))
        fail_msg("%s: %s: there is no kind %s", owner, opt->name, opt->kind);
    if (opt->required && opt->type != EH_OPT_STRING && opt->type != EH_OPT_LIST && opt->type != EH_OPT_THING)
        fail_msg("%s: %s: only strings, lists and things can be required", owner, opt->name);
    if (opt->required && opt->def)
        fail_msg("%s: %s is required and has a default", owner, opt->name);
    for (const eh_opt *other = opt + 1; other->name; other++) {
        if (strcmp(opt->name, other->name) == 0)
            fail_msg("%s: the option %s is there twice", owner, opt->name);
        if (opt->short_name && opt->short_name == other->short_name)
            fail_msg("%s: -%c is there twice", owner, opt->short_name);
    }
}

/* The table is sound, its defaults can be parsed, and the struct goes through YAML and back. */
static void expect_table(const char *owner, const eh_opt *table, size_t opts_size)
{
    for (const eh_opt *opt = table; opt && opt->name; opt++) {
        expect_option(owner, opt);
        if (opt->offset >= opts_size)
            fail_msg("%s: %s lies behind the end of the struct", owner, opt->name);
    }
    eh_arena *arena = eh_arena_new();
    void *opts = eh_arena_alloc(arena, 1, opts_size), *back = eh_arena_alloc(arena, 1, opts_size);
    eh_error err = { 0 };
    if (eh_opts_defaults(table, opts, arena, &err) != EH_OK ||
        eh_opts_defaults(table, back, arena, &err) != EH_OK)
        fail_msg("%s: the defaults are refused: %s", owner, err.message);
    eh_str text = { 0 }, again = { 0 };
    eh_opts_write_yaml(&text, table, opts, 0);
    eh_config *root;
    if (eh_config_parse(&root, arena, owner, eh_str_text(&text), text.size, &err) != EH_OK ||
        eh_opts_from_config(table, back, root, arena, &err) != EH_OK)
        fail_msg("%s: the YAML of the defaults is refused: %s", owner, err.message);
    eh_opts_write_yaml(&again, table, back, 0);
    assert_string_equal(eh_str_text(&text), eh_str_text(&again));
    eh_str_clear(&text);
    eh_str_clear(&again);
    eh_arena_free(arena);
}

static void every_registered_thing_is_complete(void **state)
{
    (void)state;
    for (const eh_kind *const *kind = eh_kinds(); *kind; kind++) {
        expect_name("kind", (*kind)->name);
        expect_name("kind", (*kind)->plural);
        expect_sentence((*kind)->name, (*kind)->summary);
        assert_non_null((*kind)->list[0]);
        for (const eh_entry *const *entry = (*kind)->list; *entry; entry++) {
            /* Operations are never typed; their names are those of C functions. */
            expect_words((*kind)->name, (*entry)->name, strcmp((*kind)->name, "op") == 0 ? '_' : '-');
            expect_sentence((*entry)->name, (*entry)->summary);
            expect_table((*entry)->name, (*entry)->opts, (*entry)->opts_size);
            for (const eh_opt *opt = (*entry)->opts; opt && opt->name; opt++)
                assert_string_not_equal(opt->name, "name"); /* the recipe's own key */
            const eh_entry *found = NULL;
            assert_int_equal(eh_thing_find(&found, (*kind)->name, (*entry)->name, NULL), EH_OK);
            assert_ptr_equal(found, *entry); /* a name that is there twice finds the other one */
        }
    }
}

static void no_kind_is_named_twice(void **state)
{
    (void)state;
    for (const eh_kind *const *kind = eh_kinds(); *kind; kind++) {
        assert_ptr_equal(eh_kind_find((*kind)->name), *kind);
        assert_ptr_equal(eh_kind_find((*kind)->plural), *kind);
    }
}

static void every_command_is_complete(void **state)
{
    (void)state;
    for (const eh_command *const *command = eh_command_list; *command; command++) {
        const eh_entry *entry = &(*command)->entry;
        expect_name("command", entry->name);
        expect_sentence(entry->name, entry->summary);
        assert_non_null((*command)->run);
        assert_ptr_equal(eh_command_find(entry->name), *command);
        expect_table(entry->name, entry->opts, entry->opts_size);
        expect_table(entry->name, (*command)->positionals, entry->opts_size);
        /* Common options hold for every command; one may be the command's own as well, but means the same then. */
        for (const eh_opt *opt = entry->opts; opt && opt->name; opt++)
            for (const eh_opt *common = eh_common_option_table; common->name; common++) {
                if (strcmp(opt->name, common->name) == 0 && opt->type != common->type)
                    fail_msg("%s: --%s is another thing than the common option", entry->name, opt->name);
                assert_true(!opt->short_name || opt->short_name != common->short_name);
            }
        bool optional = false;
        for (const eh_opt *opt = (*command)->positionals; opt && opt->name; opt++) {
            if (opt->required && optional)
                fail_msg("%s: %s is required, but stands behind an optional argument", entry->name,
                         opt->name);
            optional = optional || !opt->required;
            if (opt->type == EH_OPT_LIST && opt[1].name)
                fail_msg("%s: the list %s must be the last argument", entry->name, opt->name);
        }
        const char *const *example = (*command)->examples;
        for (; example && example[0]; example += 2) {
            assert_non_null(example[1]);
            assert_memory_equal(example[0], "evenhand ", 9);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_registered_thing_is_complete),
        cmocka_unit_test(no_kind_is_named_twice),
        cmocka_unit_test(every_command_is_complete),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
