/* test_synth_faces.c - drawn faces: the same face from the same numbers, labels that are true, groups as ordered, defects as planted.
 *
 * With EVENHAND_FACES_SHEET=<file.png> it also writes a contact sheet to look at: rows of women, blond women, men, blond men. */
#include "evenhand/faces.h"

#include "base/config.h"
#include "base/csv.h"
#include "base/file.h"
#include "base/threads.h"
#include "data/synth_faces_sample.h"
#include "data/synth_faces_write.h"
#include "image/contact_sheet.h"
#include "image/quality.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

typedef struct fixture {
    eh_arena *arena;
    eh_faces_opts opts;
    char folder[64]; /* an empty folder for this test */
    char target[96]; /* a name in it that does not exist */
} fixture;

static int set_up(void **state)
{
    fixture *f = calloc(1, sizeof *f);
    assert_non_null(f);
    f->arena = eh_arena_new();
    assert_int_equal(eh_opts_defaults(eh_faces_options, &f->opts, f->arena, NULL), EH_OK);
    snprintf(f->folder, sizeof f->folder, "/tmp/evenhand-faces-XXXXXX");
    assert_non_null(mkdtemp(f->folder));
    snprintf(f->target, sizeof f->target, "%s/faces", f->folder);
    *state = f;
    return 0;
}

static void remove_tree(const char *path)
{
    DIR *open = opendir(path);
    for (const struct dirent *entry; open && (entry = readdir(open)) != NULL;) {
        char inner[512];
        if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
            continue;
        snprintf(inner, sizeof inner, "%s/%.200s", path, entry->d_name);
        if (unlink(inner) != 0)
            remove_tree(inner);
    }
    if (open)
        closedir(open);
    rmdir(path);
}

static int tear_down(void **state)
{
    fixture *f = *state;
    remove_tree(f->folder);
    eh_arena_free(f->arena);
    free(f);
    return 0;
}

/* A small data set: 24 images. */
static void make_small(fixture *f)
{
    f->opts.train = 12;
    f->opts.valid = 4;
    f->opts.test = 8;
    f->opts.valid_min = 1;
    f->opts.test_min = 2;
    f->opts.size = 24;
}

static size_t entries_below(fixture *f)
{
    const char **files;
    size_t count;
    assert_int_equal(eh_list_files(f->arena, &files, &count, f->folder, NULL), EH_OK);
    return count;
}

static eh_face sample(fixture *f, uint64_t index, bool blond, eh_face_gender gender)
{
    eh_face face;
    assert_int_equal(eh_faces_sample(&face, &f->opts, index, blond, gender, NULL), EH_OK);
    return face;
}

static eh_image render(const eh_face *face)
{
    eh_image image;
    assert_int_equal(eh_faces_render(&image, face, NULL), EH_OK);
    return image;
}

/* Mean of one channel over a square around (x, y), given as shares of the side. */
static double mean_at(const eh_image *image, double x, double y, int channel)
{
    double sum = 0;
    int count = 0, reach = image->width / 32 + 1;
    int left = (int)(x * image->width), top = (int)(y * image->height);
    for (int v = top - reach; v <= top + reach; v++)
        for (int u = left - reach; u <= left + reach; u++, count++)
            sum += image->data[((size_t)v * (size_t)image->width + (size_t)u) * 3 + (size_t)channel];
    return sum / count;
}

static void the_same_numbers_give_the_same_pixels(void **state)
{
    fixture *f = *state;
    eh_face face = sample(f, 7, true, EH_FACE_MALE), other = sample(f, 8, true, EH_FACE_MALE);
    eh_image a = render(&face), b = render(&face), c = render(&other);
    assert_int_equal(a.width, 64);
    assert_int_equal(a.channels, 3);
    assert_memory_equal(a.data, b.data, (size_t)64 * 64 * 3);
    assert_memory_not_equal(a.data, c.data, (size_t)64 * 64 * 3);
    eh_image_clear(&a);
    eh_image_clear(&b);
    eh_image_clear(&c);
}

/* A face seen from the front in even light, so that places can be named. */
static eh_face plain_face(fixture *f, eh_face_gender gender)
{
    f->opts.pose = f->opts.light_tint = f->opts.light_spread = f->opts.noise = f->opts.blur = f->opts.hats =
        0;
    eh_face face = sample(f, 3, false, gender);
    face.style = gender == EH_FACE_MALE ? EH_STYLE_SHORT : EH_STYLE_STRAIGHT;
    face.fringe = 0;
    face.light_azimuth = 0;
    face.light_elevation = 30;
    face.freckles = face.beard = face.stubble = face.moustache = 0;
    face.glasses = EH_GLASSES_NONE;
    face.age = 25;
    face.background = EH_BACKGROUND_PLAIN;
    return face;
}

static void hair_has_the_colour_that_the_numbers_say(void **state)
{
    fixture *f = *state;
    static const float colors[2][3] = { { 0.82f, 0.66f, 0.42f }, { 0.14f, 0.12f, 0.12f } };
    double brightness[2][2];
    for (int gender = 0; gender < 2; gender++) {
        for (int dark = 0; dark < 2; dark++) {
            eh_face face = plain_face(f, (eh_face_gender)gender);
            memcpy(face.hair_color, colors[dark], sizeof face.hair_color);
            eh_image image = render(&face);
            brightness[gender][dark] = mean_at(&image, 0.5, 0.20, 0); /* above the forehead */
            assert_true(dark || mean_at(&image, 0.5, 0.20, 0) >
                                    mean_at(&image, 0.5, 0.20, 2) + 25); /* blond is yellow */
            eh_image_clear(&image);
        }
        assert_true(brightness[gender][0] > brightness[gender][1] + 70);
    }
}

static void skin_darkens_with_its_type(void **state)
{
    fixture *f = *state;
    double before = 300;
    for (int type = 1; type <= 6; type++) {
        char rule[64];
        snprintf(rule, sizeof rule, "skin=%d:1000000", type);
        const char *rules[] = { rule };
        f->opts.weights = (eh_str_list){ .item = rules, .count = 1 };
        eh_face face = plain_face(f, EH_FACE_FEMALE);
        assert_int_equal(face.skin_type, type);
        eh_image image = render(&face);
        double cheek = mean_at(&image, 0.40, 0.64, 1);
        assert_true(cheek < before - 5);
        before = cheek;
        eh_image_clear(&image);
    }
}

static void every_kind_of_face_can_be_drawn_at_every_size(void **state)
{
    fixture *f = *state;
    for (int k = 0; k < EH_STYLE_COUNT * EH_HAT_COUNT; k++) {
        eh_face face = sample(f, (uint64_t)k, k & 1, (eh_face_gender)(k >> 1 & 1));
        face.style = (eh_face_style)(k % EH_STYLE_COUNT);
        face.hat = (eh_face_hat)(k / EH_STYLE_COUNT);
        face.glasses = (eh_face_glasses)(k % EH_GLASSES_COUNT);
        face.expression = (eh_face_expression)(k % EH_EXPRESSION_COUNT);
        face.size = 16 + k;
        eh_image image = render(&face);
        assert_int_equal(image.width, 16 + k);
        eh_image_clear(&image);
    }
    eh_face face = sample(f, 0, false, EH_FACE_MALE);
    eh_image image;
    eh_error err = { 0 };
    face.size = 8;
    assert_int_equal(eh_faces_render(&image, &face, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "16..1024"));
}

static void attributes_follow_their_group(void **state)
{
    fixture *f = *state;
    int long_haired[2] = { 0 }, bearded[2] = { 0 }, skins[7] = { 0 };
    for (uint64_t i = 0; i < 400; i++) {
        bool blond = i & 1;
        eh_face_gender gender = (eh_face_gender)(i >> 1 & 1);
        eh_face face = sample(f, i, blond, gender);
        assert_int_equal(face.gender, gender);
        assert_int_equal(face.hair == EH_HAIR_BLOND, blond);
        assert_in_range(face.skin_type, 1, 6);
        assert_in_range(face.age, 18, 80);
        assert_false(blond && face.style == EH_STYLE_BALD);
        skins[face.skin_type]++;
        long_haired[gender] += face.style >= EH_STYLE_BOB && face.style <= EH_STYLE_CURLY_LONG;
        bearded[gender] += face.beard > 0 || face.stubble > 0.2f;
    }
    assert_true(long_haired[EH_FACE_FEMALE] > 3 * long_haired[EH_FACE_MALE]);
    assert_int_equal(bearded[EH_FACE_FEMALE], 0);
    assert_true(bearded[EH_FACE_MALE] > 80);
    for (int type = 1; type <= 6; type++)
        assert_true(skins[type] > 4);
}

static void rules_change_the_joint_distribution_and_bad_ones_say_why(void **state)
{
    fixture *f = *state;
    const char *rules[] = { "gender=Male+skin=6:0", "age=60-80:0" };
    f->opts.weights = (eh_str_list){ .item = rules, .count = 2 };
    int women_of_type_6 = 0;
    for (uint64_t i = 0; i < 300; i++) {
        eh_face man = sample(f, i, false, EH_FACE_MALE), woman = sample(f, i, false, EH_FACE_FEMALE);
        assert_int_not_equal(man.skin_type, 6);
        assert_true(man.age < 60 && woman.age < 60);
        women_of_type_6 += woman.skin_type == 6;
    }
    assert_true(women_of_type_6 > 10);
    static const char *const bad[][2] = {
        { "gender=Male", "factor" }, { "gender=Male:-1", "factor" },  { "gender=Male:x", "factor" },
        { "Male:2", "key=value" },   { "height=2:2", "unknown key" }, { "skin=7:2", "skin does not have" },
        { "hair=Blue:2", "hair" },   { "hat=fez:1", "brimmed hat" }
    };
    for (size_t k = 0; k < sizeof bad / sizeof *bad; k++) {
        eh_face_rule rule;
        eh_error err = { 0 };
        assert_int_equal(eh_face_rule_parse(&rule, bad[k][0], &err), EH_ERR_USAGE);
        assert_non_null(strstr(err.message, bad[k][0]));
        assert_non_null(strstr(err.message, bad[k][1]));
    }
    const char *nothing[] = { "gender=Male:0" };
    f->opts.weights = (eh_str_list){ .item = nothing, .count = 1 };
    eh_face face;
    eh_error err = { 0 };
    assert_int_equal(eh_faces_sample(&face, &f->opts, 0, true, EH_FACE_MALE, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "Blond Male"));
}

static void groups_have_celebas_proportions_and_the_minimum(void **state)
{
    fixture *f = *state;
    uint64_t count[2][2];
    eh_error err = { 0 };
    assert_int_equal(eh_faces_group_counts(count, &f->opts, 162770, 0, "train", NULL), EH_OK);
    assert_int_equal(count[0][0], 71629);
    assert_int_equal(count[0][1], 66874);
    assert_int_equal(count[1][0], 22880);
    assert_int_equal(count[1][1], 1387);
    assert_int_equal(eh_faces_group_counts(count, &f->opts, 2400, 300, "test", NULL), EH_OK);
    assert_int_equal(count[1][1], 300);
    assert_true(count[1][0] >= 300);
    assert_int_equal(count[0][0] + count[0][1] + count[1][0] + count[1][1], 2400);
    assert_int_equal(eh_faces_group_counts(count, &f->opts, 1200, 300, "test", NULL), EH_OK);
    for (int g = 0; g < 4; g++)
        assert_int_equal(count[g >> 1][g & 1], 300);
    assert_int_equal(eh_faces_group_counts(count, &f->opts, 1199, 300, "test", &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "test-min=300"));
    f->opts.blond_male = 0; /* a group that training never sees is still tested */
    assert_int_equal(eh_faces_group_counts(count, &f->opts, 2000, 300, "test", NULL), EH_OK);
    assert_int_equal(count[1][1], 300);
    f->opts.blond_female = f->opts.other_female = f->opts.other_male = 0;
    assert_int_equal(eh_faces_group_counts(count, &f->opts, 100, 0, "train", &err), EH_ERR_USAGE);
}

/* SHA-256 over all file names and bytes below a folder. */
static void hash_folder(fixture *f, const char *folder, uint8_t hash[32])
{
    const char **files;
    size_t count;
    eh_str all = { 0 };
    assert_int_equal(eh_list_files(f->arena, &files, &count, folder, NULL), EH_OK);
    for (size_t i = 0; i < count; i++) {
        uint8_t one[32];
        assert_int_equal(eh_sha256_file(one, eh_path_join(f->arena, folder, files[i]), NULL), EH_OK);
        eh_str_append(&all, files[i]);
        eh_str_append_bytes(&all, one, 32);
    }
    assert_false(all.failed);
    eh_sha256(hash, all.data, all.size);
    eh_str_clear(&all);
}

static void the_files_do_not_depend_on_the_number_of_threads(void **state)
{
    fixture *f = *state;
    uint8_t one[32], four[32];
    char second[128];
    make_small(f);
    f->opts.plant_copies = f->opts.plant_near = f->opts.plant_wrong = f->opts.plant_broken = 2;
    f->opts.plant_group = 2;
    f->opts.plant_poor = 6;
    snprintf(second, sizeof second, "%s/second", f->folder);
    eh_threads_set(1);
    assert_int_equal(eh_faces_write(NULL, f->target, &f->opts, NULL, NULL), EH_OK);
    eh_threads_set(4);
    assert_int_equal(eh_faces_write(NULL, second, &f->opts, NULL, NULL), EH_OK);
    eh_threads_set(0);
    hash_folder(f, f->target, one);
    hash_folder(f, second, four);
    assert_memory_equal(one, four, 32);
}

static size_t column(const eh_csv *csv, const char *name)
{
    size_t at;
    assert_int_equal(eh_csv_column(&at, csv, "faces.csv", name, NULL), EH_OK);
    return at;
}

static void the_csv_holds_every_image_with_its_labels(void **state)
{
    fixture *f = *state;
    eh_faces_summary summary;
    eh_csv csv;
    make_small(f);
    assert_int_equal(eh_faces_write(&summary, f->target, &f->opts, NULL, NULL), EH_OK);
    assert_int_equal(summary.images, 24);
    assert_int_equal(summary.planted, 0);
    assert_int_equal(eh_csv_read(&csv, f->arena, eh_path_join(f->arena, f->target, "faces.csv"), NULL),
                     EH_OK);
    assert_int_equal(csv.rows, 24);
    assert_int_equal(csv.columns, 11);
    uint64_t group[3][2][2] = { 0 };
    for (size_t i = 0; i < csv.rows; i++) {
        const char *const *cell = csv.cell + i * csv.columns;
        const char *split = cell[column(&csv, "split")], *blond = cell[column(&csv, "blond")];
        int part = strcmp(split, "train") == 0 ? 0 : strcmp(split, "valid") == 0 ? 1 : 2;
        bool is_blond = strcmp(blond, "Blond") == 0, male = strcmp(cell[column(&csv, "gender")], "Male") == 0;
        assert_true(is_blond || strcmp(blond, "Not blond") == 0);
        assert_int_equal(is_blond, strcmp(cell[column(&csv, "hair")], "Blond") == 0);
        group[part][is_blond][male]++;
        uint8_t *bytes;
        size_t size;
        eh_image image;
        assert_int_equal(eh_file_read(&bytes, &size,
                                      eh_path_join(f->arena, f->target, cell[column(&csv, "file")]), 0, NULL),
                         EH_OK);
        assert_int_equal(eh_image_decode(&image, bytes, size, NULL, NULL), EH_OK);
        assert_int_equal(image.width, 24);
        eh_image_clear(&image);
        eh_free(bytes);
    }
    assert_memory_equal(group, summary.group, sizeof group);
    assert_int_equal(group[2][1][1], 2);
    assert_false(eh_path_exists(eh_path_join(f->arena, f->target, "planted.csv")));
}

/* Mean difference of two pictures of one size, the second mirrored or not. */
static double difference(const eh_image *a, eh_image *b, bool mirrored)
{
    double sum = 0;
    size_t samples = (size_t)a->width * (size_t)a->height * 3;
    if (mirrored)
        eh_image_flip(b);
    for (size_t i = 0; i < samples; i++)
        sum += abs(a->data[i] - b->data[i]);
    return sum / (double)samples;
}

/* The row of planted.csv says what faces.csv has, and that it is not the truth. */
static void expect_wrong_label(const eh_csv *faces, const char *const *cell, const char *name)
{
    assert_string_equal(cell[0], cell[2]);
    assert_string_equal(cell[6], name);
    assert_string_not_equal(cell[7], cell[8]);
    size_t rows = 0;
    for (size_t i = 0; i < faces->rows; i++) {
        if (strcmp(faces->cell[i * faces->columns], cell[0]) != 0)
            continue;
        assert_string_equal(faces->cell[i * faces->columns + column(faces, name)], cell[7]);
        rows++;
    }
    assert_int_equal(rows, 1);
}

static void expect_poor_image(const eh_image *image, const char *variant)
{
    eh_image_quality_measures q;
    assert_int_equal(eh_image_quality(&q, image, NULL, NULL), EH_OK);
    if (strcmp(variant, "dark") == 0)
        assert_true(q.light < 0.25f);
    else if (strcmp(variant, "bright") == 0)
        assert_true(q.shade > 0.75f);
    else if (strcmp(variant, "blurred") == 0)
        assert_true(q.blur > 1.5f);
    else if (strcmp(variant, "plain") == 0)
        assert_true(q.contrast < 0.05f);
    else if (strcmp(variant, "strip") == 0)
        assert_true(q.aspect >= 4);
    else
        assert_true(strcmp(variant, "tiny") == 0 && image->width <= 8);
}

static void planted_defects_are_what_planted_csv_says(void **state)
{
    fixture *f = *state;
    eh_csv planted, faces;
    int seen[6] = { 0 }, leaks = 0;
    make_small(f);
    f->opts.train = 60;
    f->opts.size = 48;
    f->opts.plant_copies = 12;
    f->opts.plant_near = 15;
    f->opts.plant_wrong = 5;
    f->opts.plant_group = 4;
    f->opts.plant_poor = 12;
    f->opts.plant_broken = 8;
    assert_int_equal(eh_faces_write(NULL, f->target, &f->opts, NULL, NULL), EH_OK);
    assert_int_equal(eh_csv_read(&planted, f->arena, eh_path_join(f->arena, f->target, "planted.csv"), NULL),
                     EH_OK);
    assert_int_equal(eh_csv_read(&faces, f->arena, eh_path_join(f->arena, f->target, "faces.csv"), NULL),
                     EH_OK);
    assert_int_equal(planted.rows, 56);
    assert_int_equal(faces.rows, 72 + 35);
    for (size_t i = 0; i < planted.rows; i++) {
        const char *const *cell = planted.cell + i * planted.columns;
        uint8_t *bytes[2];
        size_t size[2];
        eh_image image[2];
        eh_status status[2];
        eh_error err = { 0 };
        for (int k = 0; k < 2; k++) { /* the defect, and its original */
            assert_int_equal(eh_file_read(&bytes[k], &size[k], eh_path_join(f->arena, f->target, cell[k * 2]),
                                          0, NULL),
                             EH_OK);
            status[k] = eh_image_decode(&image[k], bytes[k], size[k], NULL, k == 0 ? &err : NULL);
        }
        assert_int_equal(status[1], EH_OK);
        bool same = size[0] == size[1] && memcmp(bytes[0], bytes[1], size[0]) == 0;
        leaks += cell[5][0] != '\0';
        assert_int_equal(cell[5][0] != '\0', strstr(cell[3], "leaks") != NULL);
        if (strcmp(cell[1], "exact copy") == 0) {
            seen[0]++;
            assert_true(same && strcmp(cell[0], cell[2]) != 0);
        } else if (strcmp(cell[1], "near copy") == 0) {
            seen[1]++;
            assert_false(same);
            assert_int_equal(status[0], EH_OK);
            bool resized = strcmp(cell[4], "resized") == 0;
            assert_int_equal(resized, image[0].width != image[1].width);
            if (!resized)
                assert_true(difference(&image[1], &image[0], strcmp(cell[4], "mirrored") == 0) < 26);
        } else if (strcmp(cell[1], "wrong label") == 0) {
            seen[2]++;
            expect_wrong_label(&faces, cell, "blond");
        } else if (strcmp(cell[1], "wrong group") == 0) {
            seen[4]++;
            expect_wrong_label(&faces, cell, "gender");
        } else if (strcmp(cell[1], "poor image") == 0) {
            seen[5]++;
            assert_string_equal(cell[0], cell[2]);
            expect_poor_image(&image[0], cell[4]);
        } else {
            seen[3]++;
            assert_string_equal(cell[1], "broken file");
            assert_int_equal(status[0], EH_ERR_INPUT);
            assert_true(strlen(err.message) > 12);
        }
        for (int k = 0; k < 2; k++) {
            eh_free(bytes[k]);
            eh_image_clear(&image[k]);
        }
    }
    assert_int_equal(seen[0], 12);
    assert_int_equal(seen[1], 15);
    assert_int_equal(seen[2], 5);
    assert_int_equal(seen[3], 8);
    assert_int_equal(seen[4], 4);
    assert_int_equal(seen[5], 12);
    assert_int_equal(leaks, 11); /* every other copy; the second five of fifteen */
}

static void a_folder_that_is_not_empty_is_refused_and_kept(void **state)
{
    fixture *f = *state;
    eh_error err = { 0 };
    make_small(f);
    assert_int_equal(eh_make_folder(f->target, NULL), EH_OK);
    assert_int_equal(eh_file_write_atomic(eh_path_join(f->arena, f->target, "mine.txt"), "x", 1, NULL),
                     EH_OK);
    assert_int_equal(eh_faces_write(NULL, f->target, &f->opts, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "not empty"));
    assert_int_equal(entries_below(f), 1);
    assert_int_equal(eh_faces_write(NULL, eh_path_join(f->arena, f->target, "mine.txt"), &f->opts, NULL,
                                    &err),
                     EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "not a folder"));
}

static bool stop_at_once(void *user)
{
    (void)user;
    return true;
}

static void what_fails_or_is_stopped_leaves_nothing_behind(void **state)
{
    fixture *f = *state;
    eh_error err = { 0 };
    eh_progress progress = { .stop_requested = stop_at_once };
    make_small(f);
    assert_int_equal(eh_faces_write(NULL, f->target, &f->opts, &progress, &err), EH_ERR_INTERRUPTED);
    assert_int_equal(entries_below(f), 0);
    const char *rules[] = { "gender=Male:0" };
    f->opts.weights = (eh_str_list){ .item = rules, .count = 1 };
    assert_int_equal(eh_faces_write(NULL, f->target, &f->opts, NULL, &err), EH_ERR_USAGE);
    f->opts.weights.count = 0;
    f->opts.plant_copies = 25;
    assert_int_equal(eh_faces_write(NULL, f->target, &f->opts, NULL, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "25 defects"));
    f->opts.train = f->opts.valid = f->opts.test = 0;
    assert_int_equal(eh_faces_write(NULL, f->target, &f->opts, NULL, &err), EH_ERR_USAGE);
    assert_int_equal(entries_below(f), 0);
    assert_false(eh_path_exists(f->target));
    assert_int_equal(rmdir(f->folder), 0); /* not even an empty folder stays */
    assert_int_equal(eh_make_folder(f->folder, NULL), EH_OK);
}

static int fail_number(void *user, uint64_t count, size_t bytes)
{
    (void)bytes;
    return count == *(const uint64_t *)user;
}

static void a_failed_allocation_leaves_nothing_behind(void **state)
{
    fixture *f = *state;
    make_small(f);
    f->opts.train = 2;
    f->opts.valid = 0;
    f->opts.test = 0;
    f->opts.size = 16;
    f->opts.plant_poor = 1;
    f->opts.plant_broken = 1;
    eh_threads_set(1);
    uint64_t live = eh_alloc_live_bytes(), n = 0;
    for (;; n++) {
        eh_error err = { 0 };
        eh_alloc_set_hook(fail_number, &n);
        eh_status status = eh_faces_write(NULL, f->target, &f->opts, NULL, &err);
        eh_alloc_set_hook(NULL, NULL);
        assert_int_equal(eh_alloc_live_bytes(), live);
        if (status == EH_OK)
            break;
        assert_int_equal(status, EH_ERR_MEMORY);
        assert_false(eh_path_exists(f->target));
    }
    eh_threads_set(0);
    assert_true(n > 10);
}

static void a_contact_sheet_is_written_on_request(void **state)
{
    fixture *f = *state;
    enum { COLUMNS = 16, ROWS = 12 };
    const char *path = getenv("EVENHAND_FACES_SHEET");
    eh_image image[COLUMNS * ROWS], sheet;
    uint8_t *bytes;
    size_t size;
    if (!path)
        skip();
    for (int i = 0; i < COLUMNS * ROWS; i++) {
        int row = i / COLUMNS;
        eh_face face = sample(f, (uint64_t)i, row & 1, (eh_face_gender)(row >> 1 & 1));
        image[i] = render(&face);
    }
    assert_int_equal(eh_contact_sheet(&sheet, image, COLUMNS * ROWS, COLUMNS, 4,
                                      (const uint8_t[]){ 255, 255, 255 }, NULL),
                     EH_OK);
    assert_int_equal(eh_image_encode_png(&bytes, &size, &sheet, NULL), EH_OK);
    assert_int_equal(eh_file_write_atomic(path, bytes, size, NULL), EH_OK);
    for (int i = 0; i < COLUMNS * ROWS; i++)
        eh_image_clear(&image[i]);
    eh_image_clear(&sheet);
    eh_free(bytes);
}

#define FACES_TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        FACES_TEST(the_same_numbers_give_the_same_pixels),
        FACES_TEST(hair_has_the_colour_that_the_numbers_say),
        FACES_TEST(skin_darkens_with_its_type),
        FACES_TEST(every_kind_of_face_can_be_drawn_at_every_size),
        FACES_TEST(attributes_follow_their_group),
        FACES_TEST(rules_change_the_joint_distribution_and_bad_ones_say_why),
        FACES_TEST(groups_have_celebas_proportions_and_the_minimum),
        FACES_TEST(the_files_do_not_depend_on_the_number_of_threads),
        FACES_TEST(the_csv_holds_every_image_with_its_labels),
        FACES_TEST(planted_defects_are_what_planted_csv_says),
        FACES_TEST(a_folder_that_is_not_empty_is_refused_and_kept),
        FACES_TEST(what_fails_or_is_stopped_leaves_nothing_behind),
        FACES_TEST(a_failed_allocation_leaves_nothing_behind),
        FACES_TEST(a_contact_sheet_is_written_on_request),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
