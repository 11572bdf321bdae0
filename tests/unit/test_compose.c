/* test_compose.c - composed data sets: exact ratios, no leak, recorded truth, the same bytes again, and what is refused. */
#include "support/cmocka_all.h"

#include "base/file.h"
#include "base/folder.h"
#include "base/str.h"
#include "data/compose.h"
#include "evenhand/dataset.h"
#include "support/data_files.h"
#include "support/flat_sets.h"

#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

/* First: 3 classes, grey 20, 30, 40, 20 pixels; 20 images of each in training, 8 in test. Second: 4 classes, grey 120 ... 150, 20 pixels; 10
 * and 6. */
static int make_sets(void **state)
{
    if (data_folder_make(state) != 0)
        return -1;
    flat_set_write(*state, "first", "train", 3, 20, 20, 20);
    flat_set_write(*state, "first", "test", 3, 8, 20, 20);
    flat_set_write(*state, "second", "train", 4, 10, 20, 120);
    flat_set_write(*state, "second", "test", 4, 6, 20, 120);
    flat_set_import(*state, "first");
    flat_set_import(*state, "second");
    return 0;
}

/* "a,b" as an option list; up to 64 such lists at a time. */
static eh_str_list list_of(const char *text)
{
    static char buffer[64][256];
    static unsigned next;
    static const char *items[64][16];
    unsigned slot = next++ % 64;
    eh_str_list list = { .item = items[slot] };
    snprintf(buffer[slot], sizeof buffer[slot], "%s", text);
    for (char *at = buffer[slot]; *at;) {
        items[slot][list.count++] = at;
        at += strcspn(at, ",");
        if (*at)
            *at++ = '\0';
    }
    return list;
}

/* Options over the two sets, with this layout. */
static eh_compose_opts options(void *folder, const char *layout, eh_arena *arena)
{
    eh_compose_opts opts = { .biased = list_of("train"), .seed = 1 };
    opts.first = eh_arena_strdup(arena, data_path(folder, "first.eh"));
    opts.second = eh_arena_strdup(arena, data_path(folder, "second.eh"));
    assert_int_equal(eh_thing_parse(&opts.layout, "layout", layout, "--layout", arena, NULL), EH_OK);
    return opts;
}

static eh_status compose(void *folder, const char *name, const eh_compose_opts *opts,
                         eh_compose_report *report, eh_error *err)
{
    eh_compose_report unused;
    eh_error own = { 0 };
    eh_status status =
        eh_compose(report ? report : &unused, data_path(folder, "%s", name), opts, NULL, err ? err : &own);
    if (status != EH_OK && !err)
        fail_msg("%s", own.message);
    if (status == EH_OK && !report)
        eh_compose_report_clear(&unused);
    return status;
}

static eh_frame *load(void *folder, const char *name, eh_catalog **catalog)
{
    eh_frame *frame;
    assert_int_equal(eh_catalog_open(catalog, data_path(folder, "%s/data.eh", name), NULL), EH_OK);
    assert_int_equal(eh_frame_load(&frame, *catalog, NULL, 0, NULL), EH_OK);
    return frame;
}

static const eh_frame_column *column(const eh_frame *frame, const char *name)
{
    const eh_frame_column *out;
    assert_int_equal(eh_frame_find(&out, frame, name, NULL), EH_OK);
    return out;
}

static void ratios_are_met_to_one_image_and_the_test_part_is_even(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "corner:share=0.5", arena);
    eh_compose_report report;
    opts.pairs = list_of("c1=c3:0.9,c2=c0:0.33");
    compose(*state, "out", &opts, &report, NULL);
    assert_int_equal(report.images, 84);
    assert_int_equal(report.of_part[EH_PART_TRAIN], 60);
    assert_int_equal(report.of_part[EH_PART_TEST], 24);
    assert_int_equal(report.rules, 4);
    assert_string_equal(report.rule[0].cls, "c1");
    assert_string_equal(report.rule[0].value, "c3");
    assert_int_equal(report.rule[0].with, 18); /* 0.9 * 20 */
    assert_int_equal(report.rule[1].with, 7);  /* 0.33 * 20 = 6.6; the others get 4.47 each: 4, 4, 5 or so */
    assert_int_equal(report.rule[2].part, EH_PART_TEST);
    assert_int_equal(report.rule[2].with, 2); /* 8 images over 4 classes */
    assert_int_equal(report.rule[3].with, 2);
    /* The same, counted in the catalog. */
    eh_catalog *catalog;
    eh_frame *f = load(*state, "out", &catalog);
    const eh_frame_column *first = column(f, "label"), *second = column(f, "partner"),
                          *aligned = column(f, "aligned");
    int count[2][3][4] = { { { 0 } } }, agree[2][3] = { { 0 } };
    for (size_t i = 0; i < f->rows; i++) {
        int part = f->part[i] == EH_PART_TEST;
        count[part][first->cls[i]][second->cls[i]]++;
        agree[part][first->cls[i]] += aligned->cls[i] == 1;
        assert_true((aligned->cls[i] < 0) == (first->cls[i] == 0)); /* nothing is planted for c0 */
    }
    for (int k = 0; k < 4; k++) {
        assert_int_equal(count[0][0][k], 5);
        for (int c = 0; c < 3; c++)
            assert_int_equal(count[1][c][k], 2);
    }
    assert_int_equal(count[0][1][3], 18);
    assert_int_equal(count[0][2][0], 7);
    assert_int_equal(agree[0][1], 18);
    assert_int_equal(agree[0][2], 7);
    assert_int_equal(agree[1][1], 2);
    eh_frame_free(f);
    eh_catalog_close(catalog);
    eh_compose_report_clear(&report);
    eh_arena_free(arena);
}

static void the_truth_in_the_catalog_is_what_the_pixels_show(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "corner:share=0.5", arena);
    opts.diagonal = 0.8;
    opts.position_pairs = list_of("c0=bottom-left:0.7");
    compose(*state, "out", &opts, NULL, NULL);
    eh_catalog *catalog;
    eh_frame *f = load(*state, "out", &catalog);
    const eh_frame_column *first = column(f, "label"), *second = column(f, "partner"),
                          *position = column(f, "position"), *x = column(f, "box_x"), *y = column(f, "box_y"),
                          *width = column(f, "box_width");
    const eh_decode_opts grey = { .channels = 1 };
    int bottom_left = 0;
    for (size_t i = 0; i < f->rows; i++) {
        eh_image image;
        assert_int_equal(eh_catalog_read_image(catalog, f->image[i], &grey, &image, NULL), EH_OK);
        assert_int_equal(image.width, 40);
        int at_x = (int)x->number[i], at_y = (int)y->number[i];
        assert_int_equal(at_x, position->cls[i] & 1 ? 20 : 0);
        assert_int_equal(at_y, position->cls[i] & 2 ? 20 : 0);
        assert_int_equal((int)width->number[i], 20);
        assert_int_equal(image.data[(at_y + 5) * 40 + at_x + 5], 120 + 10 * second->cls[i]);
        assert_int_equal(image.data[(20 - at_y + 5) * 40 + (20 - at_x) + 5], 20 + 10 * first->cls[i]);
        bottom_left += f->part[i] == EH_PART_TRAIN && first->cls[i] == 0 && position->cls[i] == 2;
        eh_image_clear(&image);
    }
    assert_int_equal(bottom_left, 14);
    eh_catalog_shapes shapes;
    assert_int_equal(eh_catalog_image_shapes(&shapes, catalog, NULL), EH_OK);
    assert_int_equal(shapes.max_channels, 1); /* grey stays grey */
    eh_frame_free(f);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
}

static void no_partner_is_in_two_parts_and_all_are_used_evenly(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "overlay", arena);
    eh_compose_report report;
    compose(*state, "out", &opts, &report, NULL);
    assert_int_equal(report.partners,
                     40 + 24); /* 15 of training for each class with 10 images; 6 of test with 6 */
    assert_int_equal(report.most_used, 2);
    eh_compose_report_clear(&report);
    eh_catalog *catalog;
    eh_frame *f = load(*state, "out", &catalog);
    const eh_frame_column *name = column(f, "second_image");
    for (size_t i = 0; i < f->rows; i++)
        assert_true(eh_starts_with(name->text[i], f->part[i] == EH_PART_TRAIN ? "train/" : "test/"));
    eh_frame_free(f);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
}

static void a_second_set_without_parts_is_dealt_to_them(void **state)
{
    eh_arena *arena = eh_arena_new();
    flat_set_write(*state, "unsplit", "", 4, 12, 20, 120);
    flat_set_import(*state, "unsplit");
    eh_compose_opts opts = options(*state, "overlay", arena);
    opts.second = eh_arena_strdup(arena, data_path(*state, "unsplit.eh"));
    compose(*state, "out", &opts, NULL, NULL);
    eh_catalog *catalog;
    eh_frame *f = load(*state, "out", &catalog);
    const eh_frame_column *name = column(f, "second_image");
    for (size_t i = 0; i < f->rows; i++)
        for (size_t k = 0; k < i; k++)
            if (strcmp(name->text[i], name->text[k]) == 0)
                assert_int_equal(f->part[i], f->part[k]);
    eh_frame_free(f);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
}

static void hash_of(char out[65], void *folder, const char *name)
{
    eh_catalog *catalog;
    assert_int_equal(eh_catalog_open(&catalog, data_path(folder, "%s/data.eh", name), NULL), EH_OK);
    assert_int_equal(eh_catalog_hash(out, catalog, NULL), EH_OK);
    eh_catalog_close(catalog);
}

static void the_seed_decides_everything(void **state)
{
    eh_arena *arena = eh_arena_new();
    char hash[4][65];
    eh_compose_opts opts = options(*state, "paste", arena);
    opts.pairs = list_of("c1=c3:0.9");
    opts.colours = list_of("red,blue");
    compose(*state, "a", &opts, NULL, NULL);
    compose(*state, "b", &opts, NULL, NULL);
    opts.container = true;
    compose(*state, "c", &opts, NULL, NULL);
    opts.container = false;
    opts.seed = 2;
    compose(*state, "d", &opts, NULL, NULL);
    hash_of(hash[0], *state, "a");
    hash_of(hash[1], *state, "b");
    hash_of(hash[3], *state, "d");
    assert_string_equal(hash[0], hash[1]);
    assert_string_not_equal(hash[0], hash[3]);
    /* PNG files and the container hold the same pixels and labels. */
    eh_catalog *png, *idx;
    eh_frame *a = load(*state, "a", &png), *c = load(*state, "c", &idx);
    assert_int_equal(a->rows, c->rows);
    assert_memory_equal(column(a, "partner")->cls, column(c, "partner")->cls, a->rows * sizeof(int32_t));
    for (size_t i = 0; i < a->rows; i++) {
        eh_image x, y;
        assert_int_equal(eh_catalog_read_image(png, a->image[i], NULL, &x, NULL), EH_OK);
        assert_int_equal(eh_catalog_read_image(idx, c->image[i], NULL, &y, NULL), EH_OK);
        assert_int_equal(x.width, y.width);
        assert_memory_equal(x.data, y.data, (size_t)(x.width * x.height * 3));
        eh_image_clear(&x);
        eh_image_clear(&y);
    }
    eh_frame_free(a);
    eh_frame_free(c);
    eh_catalog_close(png);
    eh_catalog_close(idx);
    eh_arena_free(arena);
}

static void a_table_says_the_same_as_the_options(void **state)
{
    eh_arena *arena = eh_arena_new();
    char hash[2][65];
    eh_compose_opts opts = options(*state, "corner", arena);
    opts.colours = list_of("red,green");
    opts.pairs = list_of("c0=c1:0.8,*=c2:0.5");
    opts.position_pairs = list_of("c0=top-left:1");
    opts.colour_pairs = list_of("c2=green:0.9");
    compose(*state, "a", &opts, NULL, NULL);
    data_write_text(*state, "rules.csv",
                    "class,attribute,value,ratio\nc0,partner,c1,0.8\n*,partner,c2,0.5\nc0,position,top-left,"
                    "1\nc2,colour,green,0.9\n");
    opts.pairs.count = opts.position_pairs.count = opts.colour_pairs.count = 0;
    opts.table = eh_arena_strdup(arena, data_path(*state, "rules.csv"));
    compose(*state, "b", &opts, NULL, NULL);
    hash_of(hash[0], *state, "a");
    hash_of(hash[1], *state, "b");
    assert_string_equal(hash[0], hash[1]);
    eh_catalog *catalog;
    eh_frame *f = load(*state, "b", &catalog);
    int count[3] = { 0 };
    for (size_t i = 0; i < f->rows; i++)
        if (f->part[i] == EH_PART_TRAIN) {
            int cls = column(f, "label")->cls[i];
            count[0] +=
                cls == 0 && column(f, "partner")->cls[i] == 2; /* not the rule for all: c0 has its own */
            count[1] += cls == 1 && column(f, "partner")->cls[i] == 2;
            count[2] += cls == 0 && column(f, "position")->cls[i] == 0;
        }
    assert_in_range(count[0], 1, 2); /* 4 left over 3 classes */
    assert_int_equal(count[1], 10);
    assert_int_equal(count[2], 20);
    eh_frame_free(f);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
}

static void a_limit_keeps_the_proportions(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "corner", arena);
    eh_compose_report report;
    opts.limit = 15;
    opts.diagonal = 0.6;
    compose(*state, "out", &opts, &report, NULL);
    assert_int_equal(report.of_part[EH_PART_TRAIN], 15);
    assert_int_equal(report.of_part[EH_PART_TEST], 15);
    for (size_t i = 0; i < report.rules; i++) {
        assert_int_equal(report.rule[i].images, 5);
        if (report.rule[i].part == EH_PART_TRAIN)
            assert_int_equal(report.rule[i].with, 3);
    }
    eh_compose_report_clear(&report);
    eh_arena_free(arena);
}

static void provenance_is_in_the_folder_and_the_catalog(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "corner:share=0.4", arena);
    opts.seed = 77;
    compose(*state, "out", &opts, NULL, NULL);
    uint8_t *json;
    size_t size;
    assert_int_equal(eh_file_read(&json, &size, data_path(*state, "out/compose.json"), 0, NULL), EH_OK);
    assert_non_null(strstr((char *)json, "\"seed\": 77"));
    assert_non_null(strstr((char *)json, "\"share\": \"0.4\""));
    char hash[65];
    eh_catalog *first;
    assert_int_equal(eh_catalog_open(&first, opts.first, NULL), EH_OK);
    assert_int_equal(eh_catalog_hash(hash, first, NULL), EH_OK);
    eh_catalog_close(first);
    assert_non_null(strstr((char *)json, hash));
    sqlite3 *db;
    sqlite3_stmt *stmt;
    assert_int_equal(sqlite3_open(data_path(*state, "out/data.eh"), &db), SQLITE_OK);
    assert_int_equal(sqlite3_prepare_v2(db, "SELECT value FROM meta WHERE key = 'compose'", -1, &stmt, NULL),
                     SQLITE_OK);
    assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
    assert_string_equal((const char *)sqlite3_column_text(stmt, 0), (char *)json);
    sqlite3_finalize(stmt);
    sqlite3_close(db);
    assert_true(eh_path_exists(data_path(*state, "out/sheet.png")));
    eh_free(json);
    /* The folder can be moved as a whole. */
    assert_int_equal(rename(data_path(*state, "out"), data_path(*state, "moved")), 0);
    eh_catalog *catalog;
    eh_frame *f = load(*state, "moved", &catalog);
    eh_image image;
    assert_int_equal(eh_catalog_read_image(catalog, f->image[0], NULL, &image, NULL), EH_OK);
    eh_image_clear(&image);
    eh_frame_free(f);
    eh_catalog_close(catalog);
    eh_arena_free(arena);
}

/* Runs what must fail, and looks at the sentence and at what is left. */
static void expect_refused(void *folder, const eh_compose_opts *opts, eh_status status, const char *sentence)
{
    eh_error err = { 0 };
    eh_compose_report report;
    int before = data_count_entries(folder);
    assert_int_equal(compose(folder, "refused", opts, &report, &err), status);
    if (!strstr(err.message, sentence))
        fail_msg("'%s' lacks '%s'", err.message, sentence);
    assert_int_equal(data_count_entries(folder), before);
}

static void rules_that_make_no_sense_are_refused(void **state)
{
    static const struct {
        const char *pairs, *sentence;
    } cases[] = {
        { "c1=c9:0.9", "'c9' is no class of the second data set" },
        { "c7=c1:0.9", "'c7' is no class of the first data set" },
        { "c1=c1:1.5", "the ratio 1.5 does not lie between 0 and 1" },
        { "c1=c1:0.9,c1=c2:0.2", "sum to 1.1, but must sum to at most 1" },
        { "c1=c0:0.1,c1=c1:0.1,c1=c2:0.1,c1=c3:0.1", "sum to 0.4, but must sum to 1" },
        { "c1=c1:0.5,c1=c1:0.4", "there is a second rule" },
        { "c1=c1", "takes CLASS=VALUE:RATIO" },
        { "c1:0.5", "takes CLASS=VALUE:RATIO" },
        { "c1=c1:much", "takes CLASS=VALUE:RATIO" },
    };
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "corner", arena);
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        opts.pairs = list_of(cases[i].pairs);
        expect_refused(*state, &opts, EH_ERR_USAGE, cases[i].sentence);
    }
    opts.pairs.count = 0;
    opts.positions = list_of("top-left,middle");
    expect_refused(*state, &opts, EH_ERR_USAGE, "'middle' is no position of this layout");
    opts.positions.count = 0;
    opts.colour_pairs = list_of("c1=red:0.5");
    expect_refused(*state, &opts, EH_ERR_USAGE, "no colours are given");
    opts.colour_pairs.count = 0;
    opts.colours = list_of("reddish");
    expect_refused(*state, &opts, EH_ERR_USAGE, "'reddish' is no colour");
    opts.colours.count = 0;
    opts.biased = list_of("training,exam");
    expect_refused(*state, &opts, EH_ERR_USAGE, "'exam' is no part");
    eh_compose_opts overlay = options(*state, "overlay", arena);
    overlay.position_pairs = list_of("c1=top-left:0.5");
    expect_refused(*state, &overlay, EH_ERR_USAGE, "only one position");
    eh_arena_free(arena);
}

static void tables_that_make_no_sense_name_file_and_line(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "corner", arena);
    opts.table = eh_arena_strdup(arena, data_path(*state, "rules.csv"));
    data_write_text(*state, "rules.csv", "class,attribute,value,ratio\nc0,partner,c1,0.8\nc0,size,c1,0.8\n");
    expect_refused(*state, &opts, EH_ERR_INPUT, "rules.csv:3: the attribute is 'size'");
    data_write_text(*state, "rules.csv", "class,attribute,value,ratio\nc0,partner,c1,often\n");
    expect_refused(*state, &opts, EH_ERR_INPUT, "rules.csv:2: the ratio 'often' is no number");
    data_write_text(*state, "rules.csv", "class,attribute,value\nc0,partner,c1\n");
    expect_refused(*state, &opts, EH_ERR_INPUT, "ratio");
    data_write_text(*state, "rules.csv", "class,attribute,value,ratio\nc0,partner,cx,0.5\n");
    expect_refused(*state, &opts, EH_ERR_USAGE, "rules.csv:2: 'cx' is no class of the second data set");
    eh_arena_free(arena);
}

static void catalogs_that_do_not_fit_are_refused(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "corner", arena);
    opts.first_label = "nolabel";
    expect_refused(*state, &opts, EH_ERR_USAGE, "--first-label=nolabel");
    opts.first_label = NULL;
    /* A partner class without images in the test part. */
    flat_set_write(*state, "gap", "train", 2, 3, 20, 120);
    flat_set_write(*state, "gap", "test", 1, 3, 20, 120);
    flat_set_import(*state, "gap");
    opts.second = eh_arena_strdup(arena, data_path(*state, "gap.eh"));
    expect_refused(*state, &opts, EH_ERR_INPUT, "has no image of the class 'c1' in the part test");
    /* Images of several sizes in a container. */
    flat_set_write(*state, "mixed", "", 1, 2, 20, 120);
    flat_set_write(*state, "mixed/more", "", 1, 2, 30, 120);
    flat_set_import(*state, "mixed");
    opts = options(*state, "paste:front=second", arena);
    opts.first = eh_arena_strdup(arena, data_path(*state, "mixed.eh"));
    opts.container = true;
    expect_refused(*state, &opts, EH_ERR_USAGE, "a container needs one size");
    eh_arena_free(arena);
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void what_is_stopped_or_finds_the_disk_full_leaves_nothing(void **state)
{
    eh_arena *arena = eh_arena_new();
    eh_compose_opts opts = options(*state, "corner", arena);
    eh_compose_report report;
    eh_error err = { 0 };
    eh_progress progress = { .stop_requested = stop_at_once };
    int before = data_count_entries(*state);
    assert_int_equal(eh_compose(&report, data_path(*state, "out"), &opts, &progress, &err),
                     EH_ERR_INTERRUPTED);
    assert_int_equal(data_count_entries(*state), before);
    struct rlimit old, tight;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &old), 0);
    tight = old;
    tight.rlim_cur = 2048;
    signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &tight), 0);
    eh_status status = eh_compose(&report, data_path(*state, "out"), &opts, NULL, &err);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &old), 0);
    assert_int_equal(status, EH_ERR_IO);
    assert_int_equal(data_count_entries(*state), before);
    eh_arena_free(arena);
}

int main(void)
{
#define ROW(f) cmocka_unit_test_setup_teardown(f, make_sets, data_folder_remove)
    const struct CMUnitTest tests[] = {
        ROW(ratios_are_met_to_one_image_and_the_test_part_is_even),
        ROW(the_truth_in_the_catalog_is_what_the_pixels_show),
        ROW(no_partner_is_in_two_parts_and_all_are_used_evenly),
        ROW(a_second_set_without_parts_is_dealt_to_them),
        ROW(the_seed_decides_everything),
        ROW(a_table_says_the_same_as_the_options),
        ROW(a_limit_keeps_the_proportions),
        ROW(provenance_is_in_the_folder_and_the_catalog),
        ROW(rules_that_make_no_sense_are_refused),
        ROW(tables_that_make_no_sense_name_file_and_line),
        ROW(catalogs_that_do_not_fit_are_refused),
        ROW(what_is_stopped_or_finds_the_disk_full_leaves_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
