/* test_phash.c - perceptual hashes against imagehash's values, for every set of vector instructions. */
#include "image/phash.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/vector_level.h"
#include "image/grey.h"
#include "support/data_files.h"
#include "support/real_data.h"

#include "support/cmocka_all.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_picture(eh_image *out, const char *path)
{
    uint8_t *bytes;
    size_t size;
    eh_error err = { 0 };
    eh_image_info info;
    if (eh_file_read(&bytes, &size, path, 0, &err) != EH_OK ||
        eh_image_probe(&info, bytes, size, &err) != EH_OK ||
        eh_image_decode(out, bytes, size, &(eh_decode_opts){ .channels = info.channels }, &err) != EH_OK)
        fail_msg("%s: %s", path, err.message);
    eh_free(bytes);
}

static void expect_hash(const char *what, uint64_t got, uint64_t expected)
{
    if (got != expected)
        fail_msg("%s: %016" PRIx64 " instead of %016" PRIx64, what, got, expected);
}

/* imagehash 4.3's functions on Pillow 11, the picture really turned with Image.transpose. */
static const struct {
    const char *file;
    uint64_t average, difference, wavelet, dct[EH_PHASH_VARIANTS];
} known[] = {
    { "imagehash.png",
      0xffd7918181c9ffff,
      0x0026273b2b19550e,
      0xffd391818181a5e7,
      { 0xba8c84536bd3c366, 0xaf99d1063e869633, 0xfa73848c6b2cc399, 0xaf26d1993e2196cc, 0xe69b8994c8619f1e,
        0xb3caccc19d34ca4b, 0xe620896bc89e9fe1, 0xb321cc3a99cbcab4 } },
    { "peppers.png",
      0x9f172786e71f1e00,
      0x3a7ece1c9df4fcb9,
      0x9f1f2786e51f1e00,
      { 0x92a71cdc79d980e3, 0xc5f249892d8cd5b6, 0x96581d377967c11c, 0xc70d49762d72d549, 0xd71d49bc3c70c14d,
        0x824e1cf969b5943e, 0xd7e249433c8f41ba, 0x82b71c1669da94eb } },
};

static const eh_vector_level levels[] = { EH_VECTOR_BASE, EH_VECTOR_256, EH_VECTOR_512, EH_VECTOR_512_PLUS };

static void the_test_pictures_of_imagehash_have_its_hashes(void **state)
{
    (void)state;
    char path[4096];
    if (!real_data_path(path, sizeof path, "hash-vectors"))
        skip();
    eh_hasher *hasher;
    assert_int_equal(eh_hasher_new(&hasher, NULL), EH_OK);
    for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
        char file[4200];
        eh_image image;
        uint64_t dct[EH_PHASH_VARIANTS], hash;
        snprintf(file, sizeof file, "%s/%s", path, known[i].file);
        read_picture(&image, file);
        for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
            eh_vector_limit(levels[l]);
            assert_int_equal(eh_phash(hasher, dct, &image, NULL), EH_OK);
            for (int v = 0; v < EH_PHASH_VARIANTS; v++) /* a turned picture is resized with other rounding */
                if (eh_hash_distance(dct[v], known[i].dct[v]) > (v == 0 ? 0 : 2))
                    expect_hash(known[i].file, dct[v], known[i].dct[v]);
            assert_int_equal(eh_average_hash(hasher, &hash, &image, NULL), EH_OK);
            expect_hash("average", hash, known[i].average);
            assert_int_equal(eh_difference_hash(hasher, &hash, &image, NULL), EH_OK);
            expect_hash("difference", hash, known[i].difference);
            assert_int_equal(eh_wavelet_hash(hasher, &hash, &image, NULL), EH_OK);
            expect_hash("wavelet", hash, known[i].wavelet);
        }
        eh_vector_limit(EH_VECTOR_512_PLUS);
        eh_image_clear(&image);
    }
    eh_hasher_free(hasher);
}

static void three_hundred_faces_have_the_hashes_of_imagehash(void **state)
{
    char list[4096], archive[4096];
    if (!real_data_path(list, sizeof list, "hash-vectors/utkface-12k.phash.csv") ||
        !real_data_path(archive, sizeof archive, "utkface-12k.tar.gz"))
        skip();
    eh_arena *arena = eh_arena_new();
    eh_csv csv;
    eh_hasher *hasher;
    assert_int_equal(eh_csv_read(&csv, arena, list, NULL), EH_OK);
    assert_int_equal(csv.rows, 300);
    assert_int_equal(eh_hasher_new(&hasher, NULL), EH_OK);
    data_unpack(*state, archive);
    for (size_t i = 0; i < csv.rows; i++) {
        eh_image image;
        uint64_t dct[EH_PHASH_VARIANTS];
        read_picture(&image, data_path(*state, "utkface-12k/%s", csv.cell[i * csv.columns]));
        assert_int_equal(eh_phash(hasher, dct, &image, NULL), EH_OK);
        expect_hash(csv.cell[i * csv.columns], dct[0], strtoull(csv.cell[i * csv.columns + 1], NULL, 16));
        eh_image_clear(&image);
    }
    eh_hasher_free(hasher);
    eh_arena_free(arena);
}

static void make_picture(eh_image *out, int width, int height, int channels, uint64_t seed)
{
    eh_rng rng = eh_rng_at(seed, EH_DRAW_TEST, 0, 0);
    assert_int_equal(eh_image_alloc(out, width, height, channels, NULL), EH_OK);
    for (int i = 0; i < width * height * channels; i++)
        out->data[i] = (uint8_t)(256 * eh_rng_uniform(&rng));
}

static void every_set_of_instructions_gives_the_same_grey_and_the_same_pixels(void **state)
{
    (void)state;
    static const struct {
        int width, height, channels, to_width, to_height;
    } cases[] = {
        { 200, 200, 3, 32, 32 }, { 89, 109, 4, 32, 32 }, { 31, 33, 3, 32, 32 },  { 32, 7, 1, 32, 32 },
        { 1, 1, 3, 32, 32 },     { 5, 1, 4, 9, 8 },      { 1500, 3, 1, 32, 32 }, { 3, 900, 3, 8, 8 },
        { 640, 480, 1, 97, 31 }, { 23, 2, 3, 32, 32 },   { 17, 16, 4, 300, 1 },
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eh_image in, first = { 0 }, resized;
        uint8_t *grey = NULL, *now = NULL;
        size_t pixels = (size_t)cases[i].width * (size_t)cases[i].height;
        make_picture(&in, cases[i].width, cases[i].height, cases[i].channels, i);
        grey = eh_alloc(pixels, 1);
        now = eh_alloc(pixels, 1);
        for (size_t l = 0; l < sizeof levels / sizeof *levels; l++) {
            eh_vector_limit(levels[l]);
            eh_grey_pixels(l ? now : grey, in.data, pixels, in.channels);
            if (l)
                assert_memory_equal(grey, now, pixels);
            eh_image one = { .width = in.width, .height = in.height, .channels = 1, .data = grey };
            assert_int_equal(eh_image_resize(&resized, &one, cases[i].to_width, cases[i].to_height,
                                             EH_RESIZE_LANCZOS, NULL),
                             EH_OK);
            size_t size = (size_t)resized.width * (size_t)resized.height;
            if (l)
                assert_memory_equal(first.data, resized.data, size);
            if (l)
                eh_image_clear(&resized);
            else
                first = resized;
        }
        for (size_t p = 0; in.channels > 1 && p < pixels; p++) {
            const uint8_t *c = in.data + p * (size_t)in.channels;
            assert_int_equal(grey[p], (c[0] * 19595u + c[1] * 38470u + c[2] * 7471u + 32768u) >> 16);
        }
        eh_vector_limit(EH_VECTOR_512_PLUS);
        eh_image_clear(&first);
        eh_image_clear(&in);
        eh_free(grey);
        eh_free(now);
    }
}

/* A picture with structure, so that its coefficients differ clearly. */
static void make_scene(eh_image *out, int width, int height, int seed)
{
    assert_int_equal(eh_image_alloc(out, width, height, 3, NULL), EH_OK);
    for (int y = 0; y < height; y++)
        for (int x = 0; x < width; x++)
            for (int c = 0; c < 3; c++) {
                int u = 8 * x / width, v = 8 * y / height;
                out->data[(y * width + x) * 3 + c] =
                    (uint8_t)((u * u * 37 + v * 101 + u * v * 53 + seed * (u + 3 * v) * 29 + c * 7) % 256);
            }
}

static void turned_and_mirrored_pictures_have_the_hash_of_their_variant(void **state)
{
    (void)state;
    /* EXIF orientation o shows the stored picture as this variant. */
    static const int variant[9] = { 0, 0, 1, 3, 2, 4, 5, 7, 6 };
    eh_hasher *hasher;
    assert_int_equal(eh_hasher_new(&hasher, NULL), EH_OK);
    for (int seed = 1; seed < 6; seed++)
        for (int o = 1; o <= 8; o++) {
            eh_image scene, turned;
            uint64_t of_scene[EH_PHASH_VARIANTS], of_turned[EH_PHASH_VARIANTS];
            make_scene(&scene, 160, 96, seed);
            assert_int_equal(eh_image_orient(&turned, &scene, o, NULL), EH_OK);
            assert_int_equal(eh_phash(hasher, of_scene, &scene, NULL), EH_OK);
            assert_int_equal(eh_phash(hasher, of_turned, &turned, NULL), EH_OK);
            /* Lines are rounded before columns, so a picture that is turned first has a few other pixels. */
            if (eh_hash_distance(of_scene[variant[o]], of_turned[0]) > (o <= 4 ? 0 : 2))
                fail_msg("orientation %d: %016" PRIx64 " instead of %016" PRIx64, o, of_turned[0],
                         of_scene[variant[o]]);
            eh_image_clear(&scene);
            eh_image_clear(&turned);
        }
    eh_hasher_free(hasher);
}

static void flat_pictures_hash_to_the_first_bit_alone(void **state)
{
    (void)state;
    eh_hasher *hasher;
    assert_int_equal(eh_hasher_new(&hasher, NULL), EH_OK);
    for (int value = 0; value < 256; value += 51) {
        eh_image flat;
        uint64_t dct[EH_PHASH_VARIANTS];
        assert_int_equal(eh_image_alloc(&flat, 40, 30, 1, NULL), EH_OK);
        memset(flat.data, value, 40 * 30);
        assert_int_equal(eh_phash(hasher, dct, &flat, NULL), EH_OK);
        for (int v = 0; v < EH_PHASH_VARIANTS; v++)
            expect_hash("flat", dct[v], value ? UINT64_C(1) << 63 : 0);
        eh_image_clear(&flat);
    }
    eh_hasher_free(hasher);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_test_pictures_of_imagehash_have_its_hashes),
        cmocka_unit_test_setup_teardown(three_hundred_faces_have_the_hashes_of_imagehash, data_folder_make,
                                        data_folder_remove),
        cmocka_unit_test(every_set_of_instructions_gives_the_same_grey_and_the_same_pixels),
        cmocka_unit_test(turned_and_mirrored_pictures_have_the_hash_of_their_variant),
        cmocka_unit_test(flat_pictures_hash_to_the_first_bit_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
