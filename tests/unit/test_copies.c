/* test_copies.c - copies of every kind are found; pairs, clusters and chains are those of plain loops; the keeper follows its rules. */
#include "support/cmocka_all.h"
#include "support/data_files.h"
#include "support/real_data.h"

#include "base/file.h"
#include "base/rng.h"
#include "base/str.h"
#include "clean/copy_keeper.h"
#include "clean/copy_thresholds.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static data_import result;

/* A smooth picture, different for every seed. */
static void scene(eh_image *out, int width, int height, int seed)
{
    assert_int_equal(eh_image_alloc(out, width, height, 3, NULL), EH_OK);
    eh_rng rng = eh_rng_at((uint64_t)seed, EH_DRAW_TEST, 3, 0);
    double weight[8][8]; /* of the frequencies that the hash is made of, none of them small */
    for (int i = 0; i < 64; i++) {
        double draw = eh_rng_uniform(&rng) - 0.5;
        weight[i / 8][i % 8] = draw + (draw < 0 ? -0.5 : 0.5);
    }
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++) {
            double sum = 0;
            for (int u = 0; u < 8; u++)
                for (int v = 0; v < 8; v++)
                    sum += weight[u][v] * cos(3.14159265 * u * (y + 0.5) / height) *
                           cos(3.14159265 * v * (x + 0.5) / width);
            for (int c = 0; c < 3; c++)
                out->data[(y * width + x) * 3 + c] = (uint8_t)fmin(255, fmax(0, 128 + 12 * sum + 5 * c));
        }
}

static void write_png(void *folder, const char *name, const eh_image *image)
{
    uint8_t *png;
    size_t size;
    assert_int_equal(eh_image_encode_png(&png, &size, image, NULL), EH_OK);
    data_write(folder, name, png, size);
    eh_free(png);
}

static void write_jpeg(void *folder, const char *name, const eh_image *image, int quality)
{
    uint8_t *jpeg;
    size_t size;
    assert_int_equal(eh_image_encode_jpeg(&jpeg, &size, image, quality, NULL), EH_OK);
    data_write(folder, name, jpeg, size);
    eh_free(jpeg);
}

/* Id of an image by its place in the table below, in the catalog's order (sorted paths). */
enum {
    BASE = 1,
    BYTES,
    FLAT_A,
    FLAT_B,
    FLAT_SAME,
    MIRROR,
    NEAR,
    OTHER,
    PIXELS,
    SCALED,
    TURNED,
    COUNT = TURNED
};

static void write_kinds(void *folder)
{
    eh_image base, other, flat, now;
    scene(&base, 96, 96, 1);
    scene(&other, 96, 96, 2);
    write_png(folder, "set/a/01-base.png", &base);
    write_png(folder, "set/a/02-bytes.png", &base);
    assert_int_equal(eh_image_alloc(&flat, 40, 40, 3, NULL), EH_OK);
    memset(flat.data, 200, 40 * 40 * 3);
    write_png(folder, "set/a/03-flat.png", &flat);
    memset(flat.data, 90, 40 * 40 * 3);
    write_png(folder, "set/a/04-flat.png", &flat);
    /* the same pixels as 04 in another file: text behind the end of a PNG does not matter */
    uint8_t *png;
    size_t size;
    assert_int_equal(eh_image_encode_png(&png, &size, &flat, NULL), EH_OK);
    png = eh_realloc(png, size, size + 4, 1);
    data_write(folder, "set/a/05-flat.png", png, size + 4);
    eh_free(png);
    assert_int_equal(eh_image_orient(&now, &base, 2, NULL), EH_OK);
    write_png(folder, "set/a/06-mirror.png", &now);
    eh_image_clear(&now);
    write_jpeg(folder, "set/a/07-near.jpg", &base, 85);
    write_png(folder, "set/a/08-other.png", &other);
    assert_int_equal(eh_image_encode_png(&png, &size, &base, NULL), EH_OK);
    png = eh_realloc(png, size, size + 4, 1);
    data_write(folder, "set/a/09-pixels.png", png, size + 4);
    eh_free(png);
    assert_int_equal(eh_image_resize(&now, &base, 200, 180, EH_RESIZE_BILINEAR, NULL), EH_OK);
    write_png(folder, "set/a/10-scaled.png", &now);
    eh_image_clear(&now);
    assert_int_equal(eh_image_orient(&now, &base, 6, NULL), EH_OK);
    write_png(folder, "set/a/11-turned.png", &now);
    eh_image_clear(&now);
    eh_image_clear(&base);
    eh_image_clear(&other);
    eh_image_clear(&flat);
}

static eh_copies *find(eh_catalog *catalog, int distance, bool mirrored, bool turned)
{
    eh_copies *copies = NULL;
    eh_copies_opts opts = { .distance = distance, .mirrored = mirrored, .turned = turned };
    eh_error err = { 0 };
    if (eh_copies_of_catalog(&copies, catalog, NULL, 0, &opts, NULL, &err) != EH_OK)
        fail_msg("%s", err.message);
    return copies;
}

static void every_kind_of_copy_is_told_from_the_others(void **state)
{
    static const struct {
        int a, b;
        eh_copy_kind kind;
    } expected[] = {
        { BASE, BYTES, EH_COPY_BYTES },        { BASE, PIXELS, EH_COPY_PIXELS },
        { BASE, NEAR, EH_COPY_NEAR },          { BASE, SCALED, EH_COPY_NEAR },
        { BASE, MIRROR, EH_COPY_MIRRORED },    { BASE, TURNED, EH_COPY_TURNED },
        { FLAT_B, FLAT_SAME, EH_COPY_PIXELS },
    };
    int distance;
    write_kinds(*state);
    data_import_run(&result, *state, "set", "folder", false);
    eh_catalog *c = data_open(*state);
    eh_copies *copies = find(c, 4, true, true);
    assert_int_equal(copies->rows, COUNT);
    assert_int_equal(copies->flat, 3);
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++) {
        eh_copy_kind kind =
            eh_copies_compare(copies, (size_t)expected[i].a - 1, (size_t)expected[i].b - 1, &distance);
        if (kind != expected[i].kind || distance > 4)
            fail_msg("%d and %d: %s, distance %d", expected[i].a, expected[i].b, eh_copy_kind_name(kind),
                     distance);
    }
    eh_copies_compare(copies, BASE - 1, OTHER - 1, &distance);
    assert_true(distance > 4);
    eh_copies_compare(copies, FLAT_A - 1, FLAT_B - 1, &distance);
    assert_int_equal(distance, 65);

    eh_copy_counts counts;
    assert_int_equal(eh_copies_count(&counts, copies, 4, NULL), EH_OK);
    assert_int_equal(counts.with_partner, 9); /* seven of the base, two flat ones */
    assert_int_equal(counts.pairs, 7 * 6 / 2 + 1);
    eh_copy_clusters clusters;
    assert_int_equal(eh_copies_cluster_exact(&clusters, copies, false, NULL), EH_OK);
    assert_int_equal(clusters.count, 1);
    assert_int_equal(clusters.start[1], 2);
    eh_copy_clusters_clear(&clusters);
    assert_int_equal(eh_copies_cluster_exact(&clusters, copies, true, NULL), EH_OK);
    assert_int_equal(clusters.count, 2);
    assert_int_equal(clusters.start[2], 5);
    assert_int_equal(clusters.row[0], BASE - 1);
    assert_int_equal(clusters.row[2], PIXELS - 1);
    eh_copy_clusters_clear(&clusters);
    eh_copies_free(copies);

    copies = find(c, 4, false, false);
    assert_int_equal(eh_copies_count(&counts, copies, 4, NULL), EH_OK);
    assert_int_equal(counts.with_partner, 7);
    eh_copies_free(copies);
    eh_catalog_close(c);
}

/* ---------------------------------------------------------------- keepers */

/* Three files of one picture, small, large and middle, and labels. */
static eh_catalog *make_triple(void *folder, const char *table)
{
    static const int side[] = { 48, 144, 96 };
    for (int i = 0; i < 3; i++) {
        eh_image base, now;
        char name[64];
        scene(&base, 144, 144, 7);
        assert_int_equal(eh_image_resize(&now, &base, side[i], side[i], EH_RESIZE_AREA, NULL), EH_OK);
        snprintf(name, sizeof name, "set/i%d.png", i);
        write_png(folder, name, &now);
        eh_image_clear(&base);
        eh_image_clear(&now);
    }
    data_write_text(folder, "set/labels.csv", table);
    data_import_run(&result, folder, "set", NULL, false);
    assert_int_equal(result.status, EH_OK);
    return data_open(folder);
}

static eh_kept decide(eh_catalog *catalog, eh_keeper_opts opts)
{
    static const uint32_t rows[] = { 0, 1, 2 };
    eh_copies *copies = find(catalog, 4, false, false);
    eh_keeper *keeper;
    eh_error err = { 0 };
    if (eh_keeper_new(&keeper, catalog, copies, &opts, &err) != EH_OK)
        fail_msg("%s", err.message);
    eh_kept kept = eh_keeper_decide(keeper, rows, 3, NULL);
    eh_keeper_free(keeper);
    eh_copies_free(copies);
    return kept;
}

static void the_keeper_follows_the_rule(void **state)
{
    eh_catalog *c = make_triple(*state, "file,hair,age,split\ni0.png,dark,3,train\ni1.png,dark,3,train\n"
                                        "i2.png,,3,test\n");
    eh_kept kept = decide(c, (eh_keeper_opts){ .keep = EH_KEEP_LARGEST });
    assert_int_equal(kept.row, 1);
    assert_false(kept.conflict); /* a missing value contradicts nothing */
    assert_int_equal(decide(c, (eh_keeper_opts){ .keep = EH_KEEP_FIRST }).row, 0);
    assert_int_equal(decide(c, (eh_keeper_opts){ .keep = EH_KEEP_LARGEST, .prefer = EH_PART_TEST }).row, 2);
    assert_int_equal(decide(c, (eh_keeper_opts){ .keep = EH_KEEP_FIRST, .prefer = EH_PART_TRAIN }).row, 0);
    eh_catalog_close(c);
}

static void conflicts_are_reported_dropped_or_settled_by_majority(void **state)
{
    eh_catalog *c = make_triple(*state, "file,hair,age\ni0.png,dark,3\ni1.png,blond,3\ni2.png,dark,3\n");
    eh_kept kept = decide(c, (eh_keeper_opts){ .conflicts = EH_CONFLICTS_REPORT });
    assert_true(kept.conflict && kept.undecided && !kept.none);
    kept = decide(c, (eh_keeper_opts){ .conflicts = EH_CONFLICTS_DROP_ALL });
    assert_true(kept.conflict && kept.none && !kept.undecided);
    kept = decide(c, (eh_keeper_opts){ .conflicts = EH_CONFLICTS_MAJORITY });
    assert_true(kept.conflict && !kept.none && !kept.undecided);
    assert_int_equal(kept.row, 2); /* the larger of the two dark ones, not the largest of all */
    const char *age = "age";
    kept = decide(c, (eh_keeper_opts){ .labels = { .item = &age, .count = 1 } });
    assert_false(kept.conflict);
    assert_int_equal(kept.row, 1);
    eh_catalog_close(c);
    c = make_triple(*state, "file,hair,age\ni0.png,dark,3\ni1.png,blond,3\ni2.png,dark,4\n");
    kept = decide(c, (eh_keeper_opts){ .conflicts = EH_CONFLICTS_MAJORITY });
    assert_true(kept.undecided && !kept.none);
    eh_catalog_close(c);
}

static void labels_that_are_none_are_refused(void **state)
{
    eh_catalog *c =
        make_triple(*state, "file,hair,age,who\ni0.png,dark,3,a b\ni1.png,blond,3,c d\ni2.png,dark,3,e f\n");
    eh_copies *copies = find(c, 2, false, false);
    eh_keeper *keeper;
    eh_error err = { 0 };
    const char *name = "hare";
    eh_keeper_opts opts = { .labels = { .item = &name, .count = 1 } };
    assert_int_equal(eh_keeper_new(&keeper, c, copies, &opts, &err), EH_ERR_USAGE);
    assert_non_null(strstr(err.message, "hair"));
    eh_copies_free(copies);
    eh_catalog_close(c);
}

/* ---------------------------------------------------------------- the real faces */

static eh_catalog *import_faces(void *folder, const char *archive)
{
    eh_error err = { 0 };
    eh_import_opts opts = { .check_pixels = true, .overwrite = true };
    eh_arena *arena = eh_arena_new();
    data_unpack(folder, archive);
    /* As a folder: the format utkface leaves out the malformed names, whose images are here for their pixels. */
    assert_int_equal(eh_thing_parse(&opts.format, "format", "folder", "test", arena, &err), EH_OK);
    if (eh_catalog_import(data_path(folder, "data.eh"), data_path(folder, "utkface-12k"), &opts, NULL, NULL,
                          &err) != EH_OK)
        fail_msg("%s", err.message);
    eh_arena_free(arena);
    return data_open(folder);
}

/* For rows [0, rows): the pairs at each distance, and each image's nearest. */
static void plain_loop(const eh_copies *c, size_t rows, uint64_t pairs[65], uint8_t *nearest)
{
    memset(pairs, 0, 65 * sizeof *pairs);
    memset(nearest, 65, rows);
    for (size_t a = 0; a < rows; a++)
        for (size_t b = a + 1; b < rows; b++) {
            int d = eh_hash_distance(c->look[a].phash[0], c->look[b].phash[0]);
            for (int v = 1; v < 8 && c->opts.turned; v++) {
                int one = eh_hash_distance(c->look[a].phash[0], c->look[b].phash[v]);
                int other = eh_hash_distance(c->look[a].phash[v], c->look[b].phash[0]);
                d = one < d ? one : d;
                d = other < d ? other : d;
            }
            pairs[d]++;
            nearest[a] = d < nearest[a] ? (uint8_t)d : nearest[a];
            nearest[b] = d < nearest[b] ? (uint8_t)d : nearest[b];
        }
}

static void expect_counts(const eh_copies *c)
{
    uint64_t pairs[65], sum = 0;
    uint8_t *nearest = eh_alloc(c->rows, 1);
    plain_loop(c, c->rows, pairs, nearest);
    for (int distance = 0; distance <= c->opts.distance; distance++) {
        eh_copy_counts counts;
        uint64_t with_partner = 0;
        sum += pairs[distance];
        for (size_t i = 0; i < c->rows; i++)
            with_partner += nearest[i] <= distance;
        assert_int_equal(eh_copies_count(&counts, c, distance, NULL), EH_OK);
        assert_int_equal(counts.pairs, sum);
        assert_int_equal(counts.with_partner, with_partner);
    }
    eh_free(nearest);
}

/* Every two images of a cluster are within the distance, no image is in two, and the worst pair is as bad as is said. */
static void expect_clusters(const eh_copies *c, int distance)
{
    eh_copy_clusters k;
    uint8_t *seen = eh_alloc(c->rows, 1);
    assert_int_equal(eh_copies_cluster(&k, c, distance, NULL), EH_OK);
    for (size_t i = 0; i < k.count; i++) {
        int worst = 0;
        assert_true(k.start[i + 1] - k.start[i] > 1);
        assert_true(i == 0 || k.row[k.start[i]] > k.row[k.start[i - 1]]);
        for (size_t a = k.start[i]; a < k.start[i + 1]; a++) {
            assert_false(seen[k.row[a]]);
            seen[k.row[a]] = 1;
            for (size_t b = a + 1; b < k.start[i + 1]; b++) {
                int d;
                assert_true(k.row[a] < k.row[b]);
                eh_copies_compare(c, k.row[a], k.row[b], &d);
                worst = d > worst ? d : worst;
            }
        }
        assert_true(worst <= distance);
        assert_int_equal(k.worst[i], worst);
    }
    eh_free(seen);
    eh_copy_clusters_clear(&k);
}

/* Images joined by a chain, found by spreading numbers until nothing changes. */
static void expect_chains(const eh_copies *c, int distance)
{
    int32_t *joined = eh_alloc(c->rows, sizeof *joined), *plain = eh_alloc(c->rows, sizeof *plain);
    size_t count, roots = 0;
    assert_int_equal(eh_copies_connected(joined, &count, c, distance, NULL), EH_OK);
    for (size_t i = 0; i < c->rows; i++)
        plain[i] = (int32_t)i;
    for (bool changed = true; changed;) {
        changed = false;
        for (size_t a = 0; a < c->rows; a++)
            for (size_t b = a + 1; b < c->rows; b++)
                if (plain[a] != plain[b] &&
                    eh_hash_distance(c->look[a].phash[0], c->look[b].phash[0]) <= distance) {
                    int32_t low = plain[a] < plain[b] ? plain[a] : plain[b];
                    plain[a] = plain[b] = low;
                    changed = true;
                }
    }
    for (size_t i = 0; i < c->rows; i++)
        roots += plain[i] == (int32_t)i;
    assert_int_equal(count, roots);
    for (size_t i = 0; i < c->rows; i++) {
        assert_in_range(joined[i], 0, count - 1);
        assert_int_equal(joined[i], joined[plain[i]]);
    }
    eh_free(joined);
    eh_free(plain);
}

static void twelve_thousand_faces_have_the_copies_of_a_plain_loop(void **state)
{
    char archive[4096];
    if (!real_data_path(archive, sizeof archive, "utkface-12k.tar.gz"))
        skip();
    eh_catalog *c = import_faces(*state, archive);
    eh_copies *copies = find(c, 12, false, false);
    eh_copy_clusters exact;
    assert_int_equal(copies->rows, 12000);
    assert_int_equal(eh_copies_cluster_exact(&exact, copies, false, NULL), EH_OK);
    assert_int_equal(exact.count, 375);
    assert_int_equal(exact.start[exact.count], 765);
    eh_copy_clusters_clear(&exact);
    expect_counts(copies);
    for (int distance = 0; distance <= 12; distance += 2)
        expect_clusters(copies, distance);
    expect_chains(copies, 4);
    eh_copies_free(copies);
    eh_catalog_close(c);
}

static void turned_faces_have_the_copies_of_a_plain_loop(void **state)
{
    char archive[4096], name[64];
    if (!real_data_path(archive, sizeof archive, "utkface-12k.tar.gz"))
        skip();
    eh_catalog_close(import_faces(*state, archive));
    eh_catalog *c = data_open(*state);
    static const char *const column = "image.id";
    eh_frame *frame;
    eh_image_look *look = eh_alloc(12000, sizeof *look);
    eh_copies *copies;
    eh_copies_opts opts = { .distance = 8, .mirrored = true, .turned = true };
    (void)name;
    assert_int_equal(eh_frame_load(&frame, c, &column, 1, NULL), EH_OK);
    frame->rows = 3000; /* a plain loop over all takes too long */
    assert_int_equal(eh_catalog_looks(c, frame->image, frame->rows, look, NULL, NULL), EH_OK);
    assert_int_equal(eh_copies_find(&copies, c, frame, look, &opts, NULL, NULL), EH_OK);
    expect_counts(copies);
    expect_clusters(copies, 8);
    eh_copies_free(copies);
    eh_frame_free(frame);
    eh_free(look);
    eh_catalog_close(c);
}

static void the_threshold_table_and_sheet_agree_with_the_counts(void **state)
{
    char table[2048] = "file,hair\n";
    for (int i = 0; i < 8; i++) { /* four pictures, each twice at different quality */
        eh_image base;
        char name[64];
        scene(&base, 90, 90, 20 + i / 2);
        snprintf(name, sizeof name, "set/i%d.jpg", i);
        write_jpeg(*state, name, &base, i % 2 ? 12 : 95);
        snprintf(table + strlen(table), sizeof table - strlen(table), "i%d.jpg,%s\n", i,
                 i == 3 ? "blond" : "dark");
        eh_image_clear(&base);
    }
    data_write_text(*state, "set/labels.csv", table);
    data_import_run(&result, *state, "set", NULL, false);
    eh_catalog *c = data_open(*state);
    eh_copies *copies = find(c, 12, false, false);
    eh_keeper *keeper;
    eh_threshold row[13];
    assert_int_equal(eh_keeper_new(&keeper, c, copies, &(eh_keeper_opts){ 0 }, NULL), EH_OK);
    assert_int_equal(eh_copies_thresholds(row, copies, keeper, 0, 12, NULL), EH_OK);
    uint64_t sum = 0;
    for (int d = 0; d <= 12; d++) {
        eh_copy_counts counts;
        assert_int_equal(eh_copies_count(&counts, copies, d, NULL), EH_OK);
        sum += row[d].new_pairs;
        assert_int_equal(row[d].distance, d);
        assert_int_equal(row[d].counts.pairs, counts.pairs);
        assert_int_equal(sum, counts.pairs);
        assert_int_equal(row[d].copies, row[d].in_clusters - row[d].clusters);
        assert_true(row[d].worst <= d);
    }
    assert_int_equal(row[12].clusters, 4);
    assert_int_equal(row[12].conflicts, 1);
    eh_image sheet;
    assert_int_equal(eh_copies_border_sheet(&sheet, c, copies, 0, 12, 3, 32, NULL), EH_OK);
    assert_true(sheet.width > 3 * 2 * 32 && sheet.height > 32);
    eh_image_clear(&sheet);
    eh_keeper_free(keeper);
    eh_copies_free(copies);
    eh_catalog_close(c);
}

int main(void)
{
#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, data_folder_make, data_folder_remove)
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(every_kind_of_copy_is_told_from_the_others),
        WITH_FOLDER(the_keeper_follows_the_rule),
        WITH_FOLDER(conflicts_are_reported_dropped_or_settled_by_majority),
        WITH_FOLDER(labels_that_are_none_are_refused),
        WITH_FOLDER(twelve_thousand_faces_have_the_copies_of_a_plain_loop),
        WITH_FOLDER(turned_faces_have_the_copies_of_a_plain_loop),
        WITH_FOLDER(the_threshold_table_and_sheet_agree_with_the_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
