/* test_split.c - splits: shares, strata, people, given test parts, repetition. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "support/data_files.h"

#include "base/rng.h"
#include "data/split_assign.h"
#include "evenhand/query.h"

#include <math.h>
#include <stdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

enum { ROWS = 4000, STRATA = 7, PEOPLE = 900 };

static int64_t key[ROWS];
static int32_t stratum[ROWS], identity[ROWS];
static uint8_t part[ROWS], other[ROWS];
static double share[3];
static const char *const part_name[] = { "the training part", "the validation part", "the test part" };

static eh_str_list one(const char *name)
{
    static const char *item[1];
    item[0] = name;
    return (eh_str_list){ .item = item, .count = 1 };
}

/* Strata of very different sizes; people with 1 to about 15 images, most in one stratum. */
static eh_split_input make_input(uint64_t seed)
{
    eh_rng rng = eh_rng_at(seed, EH_DRAW_TEST, 1, 0);
    for (int i = 0; i < ROWS; i++) {
        double u = eh_rng_uniform(&rng);
        key[i] = 10 + 3 * i;
        identity[i] = i < PEOPLE ? i : (int32_t)(PEOPLE * u * u);
        stratum[i] =
            eh_rng_uniform(&rng) < 0.8 ? identity[i] % STRATA : (int32_t)(STRATA * eh_rng_uniform(&rng));
        if (stratum[i] == 3 && eh_rng_uniform(&rng) < 0.95)
            stratum[i] = 0; /* a rare one */
    }
    share[0] = 0.7;
    share[1] = 0.2;
    share[2] = 0.1;
    return (eh_split_input){ .rows = ROWS,
                             .key = key,
                             .stratum = stratum,
                             .strata = STRATA,
                             .share = share,
                             .part_name = part_name,
                             .parts = 3,
                             .seed = 5 };
}

static void every_stratum_keeps_its_shares_to_within_one_image(void **state)
{
    (void)state;
    for (uint64_t seed = 0; seed < 5; seed++) {
        eh_split_input in = make_input(seed);
        assert_int_equal(eh_split_assign(&in, part, NULL), EH_OK);
        double size[STRATA + 1] = { 0 }, count[3][STRATA + 1] = { { 0 } };
        for (int i = 0; i < ROWS; i++) {
            assert_in_range(part[i], 0, 2);
            size[stratum[i]]++;
            count[part[i]][stratum[i]]++;
            count[part[i]][STRATA]++;
        }
        size[STRATA] = ROWS;
        for (int s = 0; s <= STRATA; s++)
            for (int p = 0; p < 3; p++)
                assert_true(fabs(count[p][s] - in.share[p] * size[s]) <= (s < STRATA ? 1.0 : 1.5));
    }
}

static void the_same_seed_gives_the_same_parts_and_another_gives_others(void **state)
{
    (void)state;
    eh_split_input in = make_input(1);
    for (int by = 0; by < 2; by++) {
        in.identity = by ? identity : NULL;
        in.identities = by ? PEOPLE : 0;
        in.seed = 5;
        assert_int_equal(eh_split_assign(&in, part, NULL), EH_OK);
        assert_int_equal(eh_split_assign(&in, other, NULL), EH_OK);
        assert_memory_equal(part, other, sizeof part);
        in.seed = 6;
        assert_int_equal(eh_split_assign(&in, other, NULL), EH_OK);
        assert_memory_not_equal(part, other, sizeof part);
    }
}

static void nobody_is_in_two_parts_and_the_shares_are_still_kept(void **state)
{
    (void)state;
    eh_split_input in = make_input(2);
    in.identity = identity;
    in.identities = PEOPLE;
    assert_int_equal(eh_split_assign(&in, part, NULL), EH_OK);
    uint8_t of_person[PEOPLE];
    memset(of_person, 9, sizeof of_person);
    double size[STRATA + 1] = { 0 }, count[3][STRATA + 1] = { { 0 } };
    for (int i = 0; i < ROWS; i++) {
        if (of_person[identity[i]] != 9)
            assert_int_equal(of_person[identity[i]], part[i]);
        of_person[identity[i]] = part[i];
        size[stratum[i]]++;
        count[part[i]][stratum[i]]++;
        count[part[i]][STRATA]++;
    }
    size[STRATA] = ROWS;
    for (int s = 0; s <= STRATA; s++)
        for (int p = 0; p < 3; p++)
            assert_true(fabs(count[p][s] - in.share[p] * size[s]) <= 2 + 0.02 * size[s]);
}

static void a_share_of_nothing_gets_nothing(void **state)
{
    (void)state;
    eh_split_input in = make_input(3);
    share[0] = 0.8;
    share[1] = 0;
    share[2] = 0.2;
    for (int by = 0; by < 2; by++) {
        in.identity = by ? identity : NULL;
        in.identities = PEOPLE;
        assert_int_equal(eh_split_assign(&in, part, NULL), EH_OK);
        for (int i = 0; i < ROWS; i++)
            assert_int_not_equal(part[i], 1);
    }
}

static void impossible_splits_say_why(void **state)
{
    (void)state;
    eh_error err = { 0 };
    eh_split_input in = make_input(4);
    in.rows = 2;
    assert_int_equal(eh_split_assign(&in, part, &err), EH_ERR_NOT_ENOUGH);
    assert_non_null(strstr(err.message, "2 images cannot be split into 3 parts"));
    int32_t two[100];
    for (int i = 0; i < 100; i++)
        two[i] = i % 2;
    in.rows = 100;
    in.identity = two;
    in.identities = 2;
    assert_int_equal(eh_split_assign(&in, part, &err), EH_ERR_NOT_ENOUGH);
    assert_non_null(strstr(err.message, "2 identities cannot be split into 3 parts"));
    in = make_input(4);
    in.rows = 10;
    share[0] = 0.999;
    share[1] = 0.0005;
    share[2] = 0.0005;
    assert_int_equal(eh_split_assign(&in, part, &err), EH_ERR_NOT_ENOUGH);
    assert_non_null(strstr(err.message, "would get no image"));
}

/* ---------------------------------------------------------------- on a catalog */

static data_import result;

/* 60 images of 20 people; two columns; given parts: every sixth person is the official test. */
static void write_set(void *folder)
{
    char table[8192] = "file,hair,gender,person,split\n";
    for (int i = 0; i < 60; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/i%02d.png", i);
        data_write_image(folder, name, 4, 4, 1, i);
        size_t used = strlen(table);
        snprintf(table + used, sizeof table - used, "i%02d.png,%s,%s,p%d,%s\n", i, i % 4 ? "dark" : "blond",
                 i / 3 % 2 ? "m" : "f", i / 3, i / 3 % 6 == 5 ? "test" : "train");
    }
    data_write_text(folder, "set/labels.csv", table);
    data_import_run(&result, folder, "set", "csv:identity=person", false);
    assert_int_equal(result.status, EH_OK);
}

static void a_split_is_written_and_replaces_the_given_one(void **state)
{
    write_set(*state);
    eh_catalog *c = data_open(*state);
    const char *names[] = { "hair", "gender" };
    eh_split_opts opts = {
        .train = 0.5, .valid = 0.25, .test = 0.25, .stratify = { .item = names, .count = 2 }, .seed = 3
    };
    assert_int_equal(eh_catalog_split(c, &opts, NULL, NULL), EH_OK);
    eh_catalog_close(c);
    c = data_open(*state);
    eh_frame *f;
    eh_groups *g;
    uint64_t all[8], test[8];
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_groups_make(&g, f, names, 2, NULL), EH_OK);
    eh_groups_counts(g, f, EH_PART_NONE, all);
    eh_groups_counts(g, f, EH_PART_TEST, test);
    for (size_t i = 0; i < g->count; i++)
        assert_true(fabs((double)test[i] - 0.25 * (double)all[i]) <= 1);
    eh_groups_free(g);
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void a_given_test_part_can_be_kept(void **state)
{
    write_set(*state);
    eh_catalog *c = data_open(*state);
    eh_split_opts random = { .train = 0.4, .valid = 0.3, .test = 0.3, .seed = 9 };
    eh_split_opts keep = {
        .train = 0.8, .valid = 0.2, .test = 0, .seed = 3, .keep_test = true, .by = one("person")
    };
    assert_int_equal(eh_catalog_split(c, &random, NULL, NULL),
                     EH_OK); /* the given one is remembered all the same */
    assert_int_equal(eh_catalog_split(c, &keep, NULL, NULL), EH_OK);
    eh_frame *f;
    size_t valid = 0;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    for (size_t i = 0; i < f->rows; i++) {
        assert_int_equal(f->part[i] == EH_PART_TEST, i / 3 % 6 == 5);
        valid += f->part[i] == EH_PART_VALID;
    }
    assert_in_range(valid, 9, 12); /* a fifth of 51, by threes */
    eh_frame_free(f);
    eh_catalog_close(c);
}

static void people_in_the_kept_test_part_and_outside_are_an_error(void **state)
{
    eh_error err = { 0 };
    write_set(*state);
    eh_catalog *c = data_open(*state);
    eh_split_opts keep = { .train = 0.8, .valid = 0.2, .keep_test = true, .by = one("hair") };
    assert_int_equal(eh_catalog_split(c, &keep, NULL, &err), EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "2 of 2 values of 'hair'"));
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK); /* the old parts stay */
    assert_int_equal(f->part[0], EH_PART_TRAIN);
    eh_frame_free(f);
    eh_catalog_close(c);
}

/* Loads the parts that `split` gives. */
static eh_frame *parts_of(eh_catalog *c, const char *split)
{
    eh_frame *f;
    eh_error err = { 0 };
    if (eh_catalog_use_split(c, split, &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    return f;
}

static void folds_test_every_image_once_and_keep_people_together(void **state)
{
    write_set(*state);
    eh_catalog *c = data_open(*state);
    const char *names[] = { "gender" };
    eh_split_opts o = {
        .folds = 4, .by = one("person"), .stratify = { .item = names, .count = 1 }, .seed = 3
    };
    assert_int_equal(eh_catalog_split(c, &o, NULL, NULL), EH_OK);
    int tested[61] = { 0 }, validated[61] = { 0 };
    for (int fold = 1; fold <= 4; fold++) {
        char name[32];
        snprintf(name, sizeof name, "fold-%d", fold);
        eh_frame *f = parts_of(c, name);
        size_t tests = 0;
        for (size_t i = 0; i < f->rows; i++) {
            tested[i] += f->part[i] == EH_PART_TEST;
            validated[i] += f->part[i] == EH_PART_VALID;
            tests += f->part[i] == EH_PART_TEST;
            assert_true(f->part[i] != EH_PART_NONE);
            if (i % 3) /* three images of each person stand together */
                assert_int_equal(f->part[i], f->part[i - 1]);
        }
        assert_in_range(tests, 12, 18); /* a quarter of 60, by threes */
        eh_frame_free(f);
    }
    for (int i = 0; i < 60; i++)
        assert_true(tested[i] == 1 && validated[i] == 1);
    eh_arena *arena = eh_arena_new();
    eh_split_info info;
    assert_int_equal(eh_catalog_split_info(&info, arena, c, NULL), EH_OK);
    assert_string_equal(info.name, "fold-4");
    assert_string_equal(info.description, "fold 4 of 4, stratified by gender, whole person, seed 3");
    assert_string_equal(info.by.item[0], "person");
    eh_arena_free(arena);
    eh_error err = { 0 };
    assert_int_equal(eh_catalog_use_split(c, "fold-9", &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "it has given, fold-1, fold-2, fold-3, fold-4"));
    eh_catalog_close(c);
    c = data_open(*state); /* the first counts for whoever opens it */
    arena = eh_arena_new();
    assert_int_equal(eh_catalog_split_info(&info, arena, c, NULL), EH_OK);
    assert_string_equal(info.name, "fold-1");
    assert_int_equal(info.folds, 4);
    eh_arena_free(arena);
    eh_catalog_close(c);
}

static void folds_beside_a_kept_test_part_validate_on_their_block(void **state)
{
    write_set(*state);
    eh_catalog *c = data_open(*state);
    eh_split_opts o = { .folds = 3, .keep_test = true, .by = one("person"), .seed = 3 };
    assert_int_equal(eh_catalog_split(c, &o, NULL, NULL), EH_OK);
    int validated[61] = { 0 };
    for (int fold = 1; fold <= 3; fold++) {
        char name[32];
        snprintf(name, sizeof name, "fold-%d", fold);
        eh_frame *f = parts_of(c, name);
        for (size_t i = 0; i < f->rows; i++) {
            assert_int_equal(f->part[i] == EH_PART_TEST, i / 3 % 6 == 5);
            validated[i] += f->part[i] == EH_PART_VALID;
        }
        eh_frame_free(f);
    }
    for (int i = 0; i < 60; i++)
        assert_int_equal(validated[i], i / 3 % 6 != 5);
    eh_catalog_close(c);
}

static void several_columns_join_what_any_of_them_joins(void **state)
{
    write_set(*state);
    eh_catalog *c = data_open(*state);
    const char *by[] = { "person", "gender" };
    eh_split_opts o = { .train = 0.5, .valid = 0, .test = 0.5, .by = { .item = by, .count = 2 }, .seed = 3 };
    eh_frame *f;
    assert_int_equal(eh_catalog_split(c, &o, NULL, NULL), EH_OK);
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    for (size_t i = 0; i < f->rows; i++) /* persons have one gender, so there are two heaps */
        assert_int_equal(f->part[i], f->part[i / 3 % 2 ? 3 : 0]);
    assert_int_not_equal(f->part[0], f->part[3]);
    eh_frame_free(f);
    by[1] = "hair"; /* everybody has a dark picture: one heap */
    eh_error err = { 0 };
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_NOT_ENOUGH);
    assert_non_null(strstr(err.message, "1 identity cannot be split into 2 parts"));
    eh_catalog_close(c);
}

static void only_the_images_of_a_query_get_a_part(void **state)
{
    write_set(*state);
    eh_catalog *c = data_open(*state);
    eh_query *where;
    assert_int_equal(eh_query_parse(&where, "id in 1..30", NULL), EH_OK);
    eh_split_opts o = { .train = 0.5, .valid = 0.25, .test = 0.25, .where = where, .seed = 3 };
    assert_int_equal(eh_catalog_split(c, &o, NULL, NULL), EH_OK);
    eh_frame *f;
    assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
    for (size_t i = 0; i < f->rows; i++)
        assert_int_equal(f->part[i] == EH_PART_NONE, i >= 30);
    eh_frame_free(f);
    eh_query_free(where);
    eh_error err = { 0 };
    assert_int_equal(eh_query_parse(&where, "status=broken", NULL), EH_OK);
    o.where = where;
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_USAGE);
    eh_query_free(where);
    eh_catalog_close(c);
}

static void more_folds_than_people_are_refused(void **state)
{
    eh_error err = { 0 };
    write_set(*state);
    eh_catalog *c = data_open(*state);
    eh_split_opts o = { .folds = 21, .by = one("person"), .seed = 3 };
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_NOT_ENOUGH);
    assert_non_null(strstr(err.message, "20 identities cannot be split into 21 parts"));
    o.folds = 1;
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_USAGE);
    o.folds = 101;
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_USAGE);
    eh_catalog_close(c);
}

static void a_full_disk_leaves_the_old_split(void **state)
{
    struct rlimit old, small;
    struct stat info;
    eh_error err = { 0 };
    write_set(*state);
    eh_catalog *c = data_open(*state);
    eh_split_opts o = { .train = 0.5, .valid = 0.25, .test = 0.25, .seed = 3 };
    assert_int_equal(stat(data_path(*state, "data.eh"), &info), 0);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &old);
    small = old;
    for (int k = 0; k < 3;
         k++) { /* no room for the journal, for a part of it, for new pages of the catalog */
        small.rlim_cur = k == 0 ? 0 : k == 1 ? 5000 : (rlim_t)info.st_size;
        setrlimit(RLIMIT_FSIZE, &small);
        eh_status status = eh_catalog_split(c, &o, NULL, &err);
        setrlimit(RLIMIT_FSIZE, &old);
        if (k < 2)
            assert_int_equal(status, EH_ERR_IO);
        if (status == EH_OK)
            break; /* it fitted into free pages */
        assert_non_null(strstr(err.message, "data.eh"));
        eh_frame *f;
        assert_int_equal(eh_frame_load(&f, c, NULL, 0, NULL), EH_OK);
        for (size_t i = 0; i < f->rows; i++)
            assert_int_equal(f->part[i], i / 3 % 6 == 5 ? EH_PART_TEST : EH_PART_TRAIN);
        eh_frame_free(f);
    }
    assert_int_equal(eh_catalog_split(c, &o, NULL, NULL), EH_OK);
    eh_catalog_close(c);
}

static void wrong_shares_and_columns_are_refused(void **state)
{
    eh_error err = { 0 };
    write_set(*state);
    eh_catalog *c = data_open(*state);
    eh_split_opts o = { .train = 0.5, .valid = 0.2, .test = 0.2 };
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "must sum to 1, not to 0.9"));
    o = (eh_split_opts){ .train = 1.5, .valid = -0.5 };
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_USAGE);
    o = (eh_split_opts){ .train = 0.5, .valid = 0.5, .by = one("persn") };
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "did you mean 'person'"));
    const char *names[] = { "person" };
    o = (eh_split_opts){ .train = 0.5, .valid = 0.5, .stratify = { .item = names, .count = 1 } };
    assert_int_equal(eh_catalog_split(c, &o, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "free text"));
    eh_catalog_close(c);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_stratum_keeps_its_shares_to_within_one_image),
        cmocka_unit_test(the_same_seed_gives_the_same_parts_and_another_gives_others),
        cmocka_unit_test(nobody_is_in_two_parts_and_the_shares_are_still_kept),
        cmocka_unit_test(a_share_of_nothing_gets_nothing),
        cmocka_unit_test(impossible_splits_say_why),
        ROW(a_split_is_written_and_replaces_the_given_one),
        ROW(a_given_test_part_can_be_kept),
        ROW(people_in_the_kept_test_part_and_outside_are_an_error),
        ROW(folds_test_every_image_once_and_keep_people_together),
        ROW(folds_beside_a_kept_test_part_validate_on_their_block),
        ROW(several_columns_join_what_any_of_them_joins),
        ROW(only_the_images_of_a_query_get_a_part),
        ROW(more_folds_than_people_are_refused),
        ROW(a_full_disk_leaves_the_old_split),
        ROW(wrong_shares_and_columns_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
