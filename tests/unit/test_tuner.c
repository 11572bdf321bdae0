/* tuner: choices by trial, remembered in the cache folder, and those of an earlier run. Times are made up here. */
#include "backend/tuner.h"
#include "base/file.h"
#include "base/json.h"
#include "support/cmocka_all.h"
#include "support/temp_folder.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { WAYS = 4 };

static const char *const names[WAYS] = { "slow", "quick", "middle", "missing" };

typedef struct clock_of_ways {
    double seconds[WAYS]; /* negative: does not exist */
    int asked;
    eh_status fails;
} clock_of_ways;

static eh_status seconds(double *out, void *user, int way, int runs, double limit, eh_error *err)
{
    clock_of_ways *c = user;
    assert_true(runs > 0 && limit > 0);
    c->asked++;
    *out = c->seconds[way];
    return c->fails ? eh_fail(err, c->fails, "no memory for a trial") : EH_OK;
}

static clock_of_ways usual(void)
{
    return (clock_of_ways){ .seconds = { 3, 1, 2, -1 } };
}

static eh_tuner_trial trial_of(clock_of_ways *c, const char *key)
{
    return (eh_tuner_trial){ .machine = "a machine",
                             .key = key,
                             .way = names,
                             .ways = WAYS,
                             .rule = 0,
                             .seconds = seconds,
                             .user = c };
}

/* The way chosen with a new tuner of that level. */
static const char *chosen(eh_tune level, clock_of_ways *c, const char *key)
{
    eh_tuner *tuner;
    eh_tuner_trial trial = trial_of(c, key);
    int way = -1;
    assert_int_equal(eh_tuner_new(&tuner, level, NULL), EH_OK);
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, NULL), EH_OK);
    eh_tuner_free(tuner);
    return names[way];
}

/* The cache lies in the test's folder. */
static int setup(void **state)
{
    if (temp_folder_setup(state) != 0)
        return 1;
    setenv("EVENHAND_CACHE", temp_path(state, "cache"), 1);
    return 0;
}

static void the_fastest_way_is_taken_and_asked_for_once(void **state)
{
    (void)state;
    clock_of_ways c = usual();
    assert_string_equal(chosen(EH_TUNE_FAST, &c, "a layer"), "quick");
    assert_true(c.asked >= 4);
    c.asked = 0;
    c.seconds[2] = 0.1; /* would win now */
    assert_string_equal(chosen(EH_TUNE_FAST, &c, "a layer"), "quick");
    assert_string_equal(chosen(EH_TUNE_FULL, &c, "a layer"), "quick");
    assert_int_equal(c.asked, 0);
    assert_string_equal(chosen(EH_TUNE_FAST, &c, "another layer"), "middle");
}

static void another_machine_asks_anew(void **state)
{
    (void)state;
    clock_of_ways c = usual();
    eh_tuner *tuner;
    eh_tuner_trial trial = trial_of(&c, "a layer");
    int way;
    chosen(EH_TUNE_FAST, &c, "a layer");
    c = (clock_of_ways){ .seconds = { 3, 2, 1, -1 } };
    trial.machine = "another machine";
    assert_int_equal(eh_tuner_new(&tuner, EH_TUNE_FAST, NULL), EH_OK);
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, NULL), EH_OK);
    assert_string_equal(names[way], "middle");
    eh_tuner_free(tuner);
    assert_string_equal(chosen(EH_TUNE_FAST, &c, "a layer"), "quick"); /* of the first */
}

static void the_rule_stands_against_noise(void **state)
{
    (void)state;
    clock_of_ways c = { .seconds = { 1, 0.96, 2, -1 } };
    assert_string_equal(chosen(EH_TUNE_FAST, &c, "a layer"), "slow");
    c.seconds[1] = 0.85;
    assert_string_equal(chosen(EH_TUNE_FAST, &c, "another layer"), "quick");
}

static void nothing_is_timed_when_off(void **state)
{
    (void)state;
    clock_of_ways c = usual();
    int way = -1;
    eh_tuner_trial trial = trial_of(&c, "a layer");
    assert_string_equal(chosen(EH_TUNE_OFF, &c, "a layer"), "slow");
    assert_int_equal(eh_tuner_choose(&way, NULL, &trial, NULL), EH_OK);
    assert_int_equal(way, 0);
    assert_int_equal(c.asked, 0);
    chosen(EH_TUNE_FAST, &c, "a layer");
    assert_string_equal(chosen(EH_TUNE_OFF, &c, "a layer"), "slow"); /* nor is the cache looked at */
}

static void a_damaged_cache_is_passed_over_and_replaced(void **state)
{
    static const char *const damaged[] = {
        "",
        "{",
        "[1, 2]",
        "{\"format\": 1}",
        "{\"format\": 99, \"machines\": {}}",
        "{\"format\": 1, \"machines\": {\"a machine\": 7}}",
        "{\"format\": 1, \"machines\": {\"a machine\": {\"a layer\": [\"quick\"]}}}",
        "{\"format\": 1, \"machines\": {\"a machine\": {\"a layer\": \"gone\"}}}"
    };
    char path[1024];
    snprintf(path, sizeof path, "%s", temp_path(state, "cache/tuning.json"));
    for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
        clock_of_ways c = usual();
        assert_int_equal(eh_make_folder(temp_path(state, "cache"), NULL), EH_OK);
        assert_int_equal(eh_file_write_atomic(path, damaged[i], strlen(damaged[i]), NULL), EH_OK);
        assert_string_equal(chosen(EH_TUNE_FAST, &c, "a layer"), "quick");
        c = (clock_of_ways){ .seconds = { 3, 2, 1, -1 } };
        assert_string_equal(chosen(EH_TUNE_FAST, &c, "a layer"), "quick");
        assert_int_equal(c.asked, 0);
    }
}

static void without_a_cache_folder_a_choice_lives_as_long_as_its_tuner(void **state)
{
    clock_of_ways c = usual();
    setenv("EVENHAND_CACHE", temp_file(state, "no folder", "x", 1), 1);
    assert_string_equal(chosen(EH_TUNE_FAST, &c, "a layer"), "quick");
    eh_tuner *tuner;
    eh_tuner_trial trial = trial_of(&c, "a layer");
    int way;
    assert_int_equal(eh_tuner_new(&tuner, EH_TUNE_FAST, NULL), EH_OK);
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, NULL), EH_OK);
    c.asked = 0;
    c.seconds[2] = 0.1;
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, NULL), EH_OK);
    assert_string_equal(names[way], "quick");
    assert_int_equal(c.asked, 0);
    eh_tuner_free(tuner);
}

/* Both time; the first to publish decides for both. */
static void of_two_programs_that_choose_at_once_the_first_decides(void **state)
{
    (void)state;
    clock_of_ways a = usual(), b = { .seconds = { 3, 2, 1, -1 } };
    eh_tuner *first, *second;
    eh_tuner_trial trial = trial_of(&a, "a layer"), other = trial_of(&b, "something else");
    int way;
    assert_int_equal(eh_tuner_new(&first, EH_TUNE_FAST, NULL), EH_OK);
    assert_int_equal(eh_tuner_new(&second, EH_TUNE_FAST, NULL), EH_OK);
    assert_int_equal(eh_tuner_choose(&way, second, &other, NULL), EH_OK); /* it has read the cache */
    assert_int_equal(eh_tuner_choose(&way, first, &trial, NULL), EH_OK);
    assert_string_equal(names[way], "quick");
    trial.user = &b;
    b.asked = 0;
    assert_int_equal(eh_tuner_choose(&way, second, &trial, NULL), EH_OK);
    assert_true(b.asked > 0); /* it did not know */
    assert_string_equal(names[way], "quick");
    eh_tuner_free(first);
    eh_tuner_free(second);
}

static void the_choices_of_a_run_win_over_cache_and_level(void **state)
{
    char path[1024];
    snprintf(path, sizeof path, "%s", temp_path(state, "run.json"));
    clock_of_ways c = usual();
    eh_tuner *tuner;
    eh_tuner_trial trial = trial_of(&c, "a layer");
    int way;
    eh_error err = { 0 };
    assert_int_equal(eh_tuner_new(&tuner, EH_TUNE_OFF, NULL), EH_OK);
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, NULL), EH_OK); /* by rule: "slow" */
    assert_int_equal(eh_tuner_save(tuner, path, NULL), EH_OK);
    eh_tuner_free(tuner);
    chosen(EH_TUNE_FAST, &c, "a layer"); /* the cache says "quick" */
    assert_int_equal(eh_tuner_new(&tuner, EH_TUNE_FAST, NULL), EH_OK);
    assert_int_equal(eh_tuner_load(tuner, path, &err), EH_OK);
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, NULL), EH_OK);
    assert_string_equal(names[way], "slow");
    assert_int_equal(eh_tuner_load(tuner, temp_file(state, "bad.json", "{}", 2), &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "bad.json"));
    assert_int_equal(eh_tuner_load(tuner, temp_path(state, "not there"), &err), EH_ERR_INPUT);
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, NULL), EH_OK);
    assert_string_equal(names[way], "slow");
    /* What it saves in turn holds the choices that it was given and has used. */
    assert_int_equal(eh_tuner_save(tuner, path, NULL), EH_OK);
    json_t *root = NULL;
    assert_int_equal(eh_json_read(&root, path, NULL), EH_OK);
    const json_t *machine = json_object_get(json_object_get(root, "machines"), "a machine");
    assert_string_equal(json_string_value(json_object_get(machine, "a layer")), "slow");
    json_decref(root);
    eh_tuner_free(tuner);
}

static void a_trial_that_finds_no_memory_is_an_error_and_remembers_nothing(void **state)
{
    (void)state;
    clock_of_ways c = usual();
    eh_tuner *tuner;
    eh_tuner_trial trial = trial_of(&c, "a layer");
    eh_error err = { 0 };
    int way;
    c.fails = EH_ERR_MEMORY;
    assert_int_equal(eh_tuner_new(&tuner, EH_TUNE_FAST, NULL), EH_OK);
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, &err), EH_ERR_MEMORY);
    assert_string_equal(err.message, "no memory for a trial");
    c.fails = EH_OK;
    assert_int_equal(eh_tuner_choose(&way, tuner, &trial, NULL), EH_OK);
    assert_string_equal(names[way], "quick");
    eh_tuner_free(tuner);
}

#define IN_FOLDER(f) cmocka_unit_test_setup_teardown(f, setup, temp_folder_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        IN_FOLDER(the_fastest_way_is_taken_and_asked_for_once),
        IN_FOLDER(another_machine_asks_anew),
        IN_FOLDER(the_rule_stands_against_noise),
        IN_FOLDER(nothing_is_timed_when_off),
        IN_FOLDER(a_damaged_cache_is_passed_over_and_replaced),
        IN_FOLDER(without_a_cache_folder_a_choice_lives_as_long_as_its_tuner),
        IN_FOLDER(of_two_programs_that_choose_at_once_the_first_decides),
        IN_FOLDER(the_choices_of_a_run_win_over_cache_and_level),
        IN_FOLDER(a_trial_that_finds_no_memory_is_an_error_and_remembers_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
