/* test_label_probabilities.c - files of probabilities fitted to a catalog: by order, by name, as a run writes them; and such as do not fit. */
#include "clean/label_probabilities.h"

#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <string.h>

typedef struct set {
    void *folder;
    eh_catalog *catalog;
    eh_frame *frame;
    const eh_frame_column *kind, *sign;
} set;

/* Images a/i1.png, a/i2.png, b/i3.png, b/i1.png; kind x, y or z, sign minus or plus. */
static int make(void **state)
{
    static set s;
    data_folder_make(state);
    s.folder = *state;
    for (int i = 0; i < 4; i++)
        data_write_image(s.folder,
                         (const char *[]){ "set/a/i1.png", "set/a/i2.png", "set/b/i3.png",
                                           "set/b/i1.png" }[i],
                         8, 8, 1, i);
    data_write_text(s.folder, "set/data.csv",
                    "file,kind,sign\na/i1.png,x,minus\na/i2.png,y,plus\nb/i3.png,z,minus\nb/i1.png,x,plus\n");
    data_import import;
    data_import_run(&import, s.folder, "set", "csv:label=kind,groups=sign", false);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
    s.catalog = data_open(s.folder);
    assert_int_equal(eh_frame_load(&s.frame, s.catalog, NULL, 0, NULL), EH_OK);
    assert_int_equal(eh_frame_find(&s.kind, s.frame, "kind", NULL), EH_OK);
    assert_int_equal(eh_frame_find(&s.sign, s.frame, "sign", NULL), EH_OK);
    *state = &s;
    return 0;
}

static int clear(void **state)
{
    set *s = *state;
    eh_frame_free(s->frame);
    eh_catalog_close(s->catalog);
    *state = s->folder;
    return data_folder_remove(state);
}

static void expect_rows(const set *s, const char *file, const eh_frame_column *column, const double *expected)
{
    eh_label_probabilities p;
    eh_error err = { 0 };
    double out[12];
    if (eh_label_probabilities_open(&p, data_path(s->folder, "%s", file), s->catalog, s->frame, column,
                                    &err) != EH_OK)
        fail_msg("%s", err.message);
    assert_int_equal(p.source.rows, 4);
    assert_int_equal(p.source.columns, column->classes);
    assert_int_equal(p.source.read(p.source.user, 0, 1, out, NULL), EH_OK);
    assert_int_equal(p.source.read(p.source.user, 1, 3, out + column->classes, NULL), EH_OK);
    for (size_t i = 0; i < 4 * column->classes; i++)
        if (out[i] < expected[i] - 1e-9 || out[i] > expected[i] + 1e-9)
            fail_msg("%s: number %zu is %g, not %g", file, i, out[i], expected[i]);
    eh_label_probabilities_clear(&p);
}

static const double of_kind[12] = { 0.5, 0.25, 0.25, 0, 1, 0, 0.125, 0.125, 0.75, 0.25, 0.5, 0.25 };

static void npy_rows_are_in_the_order_of_the_images(void **state)
{
    const set *s = *state;
    data_write_npy(s->folder, "p.npy", "(4, 3)", of_kind, 12);
    expect_rows(s, "p.npy", s->kind, of_kind);
    data_write_npy(s->folder, "one.npy", "(4,)", (double[]){ 0.25, 1, 0, 0.5 }, 4);
    expect_rows(s, "one.npy", s->sign, (double[]){ 0.75, 0.25, 0, 1, 1, 0, 0.5, 0.5 });
    data_write_npy(s->folder, "column.npy", "(4, 1)", (double[]){ 0.25, 1, 0, 0.5 }, 4);
    expect_rows(s, "column.npy", s->sign, (double[]){ 0.75, 0.25, 0, 1, 1, 0, 0.5, 0.5 });
}

static void npy_rows_are_found_by_the_names_beside_them(void **state)
{
    const set *s = *state;
    eh_label_probabilities p;
    double out[12];
    data_write_npy(s->folder, "named.npy", "(5, 3)",
                   (double[]){ 0.25, 0.5, 0.25, 0.9, 0.1, 0, 0.125, 0.125, 0.75, 0.5, 0.25, 0.25, 0, 1, 0 },
                   15);
    data_write_text(s->folder, "named.npy.json",
                    "{\"files\": [\"b/i1.png\", \"gone.png\", \"b/i3.png\", \"a/i1.png\", \"i2.png\"]}");
    expect_rows(s, "named.npy", s->kind, of_kind);
    data_write_npy(s->folder, "some.npy", "(1, 3)", (double[]){ 0.125, 0.125, 0.75 }, 3);
    data_write_text(s->folder, "some.npy.json", "{\"files\": [\"i3.png\"]}");
    assert_int_equal(eh_label_probabilities_open(&p, data_path(s->folder, "some.npy"), s->catalog, s->frame,
                                                 s->kind, NULL),
                     EH_OK);
    assert_int_equal(p.absent, 3);
    assert_true(p.present[2] && !p.present[0]);
    assert_int_equal(p.source.read(p.source.user, 0, 4, out, NULL), EH_OK);
    assert_float_equal(out[0], 1.0 / 3, 1e-12);
    assert_float_equal(out[8], 0.75, 1e-12);
    eh_label_probabilities_clear(&p);
}

static void csv_rows_are_found_by_name(void **state)
{
    const set *s = *state;
    data_write_text(s->folder, "p.csv",
                    "file,x,y,z,more\nb/i3.png,0.125,0.125,0.75,u\na/i1.png,0.5,0.25,0.25,u\nb/"
                    "i1.png,0.25,0.5,0.25,u\n"
                    "elsewhere/i2.png,0,1,0,u\n");
    expect_rows(s, "p.csv", s->kind, of_kind);
    data_write_text(s->folder, "order.csv", "z,y,x\n0.25,0.25,0.5\n0,1,0\n0.75,0.125,0.125\n0.25,0.5,0.25\n");
    expect_rows(s, "order.csv", s->kind, of_kind);
    data_write_text(s->folder, "run.csv",
                    "image,file,kind.truth,kind.p:x,kind.p:y,kind.p:z,truth,p:minus,p:plus\n"
                    "1,a/i1.png,x,0.5,0.25,0.25,minus,0.9,0.1\n2,a/i2.png,y,0,1,0,plus,0.2,0.8\n"
                    "3,b/i3.png,z,0.125,0.125,0.75,minus,1,0\n4,b/i1.png,x,0.25,0.5,0.25,plus,0.5,0.5\n");
    expect_rows(s, "run.csv", s->kind, of_kind);
    expect_rows(s, "run.csv", s->sign, (double[]){ 0.9, 0.1, 0.2, 0.8, 1, 0, 0.5, 0.5 });
}

static void images_that_a_file_lacks_are_counted(void **state)
{
    const set *s = *state;
    eh_label_probabilities p;
    double out[12];
    data_write_text(s->folder, "part.csv", "name,x,y,z\na/i2.png,0,1,0\ni1.png,1,0,0\nnone.png,1,0,0\n");
    assert_int_equal(eh_label_probabilities_open(&p, data_path(s->folder, "part.csv"), s->catalog, s->frame,
                                                 s->kind, NULL),
                     EH_OK);
    assert_int_equal(p.absent, 3); /* i1.png is the name of two images */
    assert_int_equal(p.left_over, 2);
    assert_true(p.present[1] && !p.present[0] && !p.present[2] && !p.present[3]);
    assert_int_equal(p.source.read(p.source.user, 0, 4, out, NULL), EH_OK);
    assert_float_equal(out[0], 1.0 / 3, 1e-12);
    eh_label_probabilities_clear(&p);
}

static void expect_refused(const set *s, const char *file, const eh_frame_column *column, const char *part)
{
    eh_label_probabilities p;
    eh_error err = { 0 };
    if (eh_label_probabilities_open(&p, data_path(s->folder, "%s", file), s->catalog, s->frame, column,
                                    &err) != EH_ERR_INPUT)
        fail_msg("%s was accepted", file);
    if (!strstr(err.message, part))
        fail_msg("\"%s\" does not say \"%s\"", err.message, part);
    eh_label_probabilities_clear(&p);
}

static void what_does_not_fit_is_refused(void **state)
{
    const set *s = *state;
    data_write_npy(s->folder, "short.npy", "(3, 3)", of_kind, 9);
    expect_refused(s, "short.npy", s->kind, "3 rows, but the catalog has 4");
    data_write_text(s->folder, "short.npy.json", "{\"files\": [\"a/i1.png\"]}");
    expect_refused(s, "short.npy", s->kind, "names 1 images, but");
    data_write_text(s->folder, "short.npy.json", "{\"files\": [\"x.png\", \"y.png\", \"z.png\"]}");
    expect_refused(s, "short.npy", s->kind, "names no image of the catalog");
    data_write_text(s->folder, "short.npy.json", "{\"files\": [\"i2.png\", \"i2.png\", 7]}");
    expect_refused(s, "short.npy", s->kind, "names the image 'i2.png' twice");
    data_write_npy(s->folder, "wide.npy", "(4, 2)", of_kind, 8);
    expect_refused(s, "wide.npy", s->kind, "images x 3 classes");
    data_write_npy(s->folder, "flat.npy", "(4,)", of_kind, 4);
    expect_refused(s, "flat.npy", s->kind, "images x 3 classes");
    data_write_text(s->folder, "lacks.csv", "file,x,y\na/i1.png,0.5,0.5\n");
    expect_refused(s, "lacks.csv", s->kind, "the class 'z'");
    data_write_text(s->folder, "twice.csv", "file,x,y,z\na/i2.png,0,1,0\na/i2.png,0,1,0\n");
    expect_refused(s, "twice.csv", s->kind, ":3: the image 'a/i2.png' is there twice");
    data_write_text(s->folder, "word.csv", "file,x,y,z\na/i2.png,0,much,0\n");
    expect_refused(s, "word.csv", s->kind, "'much'");
    data_write_text(s->folder, "other.csv", "file,x,y,z\nq.png,0,1,0\n");
    expect_refused(s, "other.csv", s->kind, "names no image");
    data_write_text(s->folder, "few.csv", "x,y,z\n0,1,0\n");
    expect_refused(s, "few.csv", s->kind, "1 rows");
    expect_refused(s, "absent.npy", s->kind, "there is no file");
    data_write_text(s->folder, "false.npy", "x,y\n");
    expect_refused(s, "false.npy", s->kind, "not an NPY file");
}

#define SET_TEST(name) cmocka_unit_test_setup_teardown(name, make, clear)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SET_TEST(npy_rows_are_in_the_order_of_the_images),
        SET_TEST(npy_rows_are_found_by_the_names_beside_them),
        SET_TEST(csv_rows_are_found_by_name),
        SET_TEST(images_that_a_file_lacks_are_counted),
        SET_TEST(what_does_not_fit_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
