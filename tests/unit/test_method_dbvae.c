/* dbvae: what an epoch is drawn from, which images the model learns to draw, and a planted rare look whose images weigh more. */
#include "support/method_case.h"
#include "support/small_training.h"

#include "base/csv.h"
#include "base/file.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <math.h>
#include <string.h>

enum { TRAIN = 480, OTHER = 40, RARE = 12 };

static eh_arena *arena;

static int make(void **state)
{
    arena = eh_arena_new();
    return data_folder_make(state);
}

static int clear(void **state)
{
    eh_arena_free(arena);
    return data_folder_remove(state);
}

/* Half of the images are "left"; every twelfth of these is blue and all others of them are red. The "right" ones have no tint. */
static void make_set(void *folder)
{
    static small_row row[TRAIN + 2 * OTHER];
    for (size_t i = 0; i < TRAIN + 2 * OTHER; i++)
        row[i] = (small_row){ .side = i % 2 ? "right" : "left",
                              .tint = i % 2               ? "none"
                                      : i / 2 % RARE == 5 ? "blue"
                                                          : "red",
                              .part = i < TRAIN           ? "train"
                                      : i < TRAIN + OTHER ? "valid"
                                                          : "test" };
    small_catalog(folder, row, TRAIN + 2 * OTHER);
}

static eh_train_opts options(void *folder, const char *run, const char *method)
{
    return small_options(folder, arena, run, "model=dbvae:width=4,hidden=32,latent=4", "own-loss-class=left",
                         "epochs=5", "lr=0.003", "select=last", method, NULL);
}

/* The values of the last table of that name in the log. Borrowed. */
static const json_t *last_table(const json_t *events, const char *name)
{
    const json_t *found = NULL;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *e = json_array_get(events, i), *own = json_object_get(e, "name");
        if (own && strcmp(json_string_value(own), name) == 0)
            found = json_object_get(e, "values");
    }
    assert_non_null(found);
    return found;
}

static void images_with_a_rare_look_weigh_more(void **state)
{
    static const char *const methods[] = { "method=dbvae", "method=dbvae:combine=product" };
    make_set(*state);
    for (size_t m = 0; m < 2; m++) {
        const char *run = eh_arena_printf(arena, "run-%zu", m);
        eh_train_opts opts = options(*state, run, methods[m]);
        small_train(&opts, EH_OK, NULL);
        json_t *events = small_log(*state, run);
        const json_t *weights = last_table(events, "sampling weight");
        double rare = json_number_value(json_object_get(weights, "left blue")),
               common = json_number_value(json_object_get(weights, "left red"));
        assert_int_equal(json_object_size(weights), 2); /* images of the other class have none */
        print_message("  %s: rare %.2f, common %.2f\n", methods[m], rare, common);
        assert_true(fabs(rare / RARE + common * (RARE - 1) / RARE - 1) < 1e-4);
        assert_true(rare > 1.5 * common);
        json_decref(events);
    }
}

static void the_list_of_weights_begins_with_the_rare(void **state)
{
    eh_csv csv;
    size_t weight, tint, side;
    make_set(*state);
    eh_train_opts opts = options(*state, "run", "method=dbvae");
    small_train(&opts, EH_OK, NULL);
    const char *path = data_path(*state, "run/sampling-weights.csv");
    assert_int_equal(eh_csv_read(&csv, arena, path, NULL), EH_OK);
    assert_int_equal(eh_csv_column(&weight, &csv, path, "weight", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&tint, &csv, path, "tint", NULL), EH_OK);
    assert_int_equal(eh_csv_column(&side, &csv, path, "side", NULL), EH_OK);
    assert_int_equal(csv.rows, TRAIN / 2);
    double before = INFINITY, sum = 0;
    size_t rare_first = 0;
    for (size_t i = 0; i < csv.rows; i++) {
        double w = strtod(csv.cell[i * csv.columns + weight], NULL);
        assert_true(w <= before);
        before = w;
        sum += w;
        assert_string_equal(csv.cell[i * csv.columns + side], "left");
        rare_first += i < TRAIN / 2 / RARE && strcmp(csv.cell[i * csv.columns + tint], "blue") == 0;
    }
    assert_true(fabs(sum / (double)csv.rows - 1) < 1e-4);
    assert_true(rare_first >= TRAIN / 2 / RARE / 2);
    static const char *const picture[] = { "most-drawn", "least-drawn", "reconstructions" };
    for (size_t i = 0; i < 3; i++)
        assert_true(eh_path_exists(data_path(*state, "run/%s.png", picture[i])));
}

static void the_first_epoch_is_uniform(void **state)
{
    (void)state;
    method_case c;
    size_t count[2], seen[100] = { 0 };
    method_case_make(&c, "dbvae", (const size_t[]){ 90, 10 }, 2);
    assert_int_equal(c.run.own_class, 1); /* the class called face */
    eh_epoch_order order = method_case_epoch(&c, 0);
    method_case_count(&c, order, count);
    assert_int_equal(count[1], 10);
    for (size_t i = 0; i < order.count; i++)
        assert_int_equal(seen[order.row[i]]++, 0);
    method_case_clear(&c);
}

static void a_model_without_latent_variables_is_refused(void **state)
{
    eh_error err;
    make_set(*state);
    eh_train_opts opts = small_options(*state, arena, "run", "method=dbvae", NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "--model dbvae"));
}

static void the_own_loss_needs_a_class_and_a_model_that_has_one(void **state)
{
    eh_error err;
    make_set(*state);
    eh_train_opts opts = small_options(*state, arena, "a", "own-loss-class=lft", "model=dbvae", NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "'lft' is no class of 'side'; there are left, right"));
    opts = small_options(*state, arena, "b", "own-loss-class=left", NULL);
    small_train(&opts, EH_ERR_USAGE, &err);
    assert_non_null(strstr(err.message, "standard-cnn"));
}

static void a_plain_autoencoder_learns_to_draw(void **state)
{
    make_set(*state);
    eh_train_opts opts =
        small_options(*state, arena, "run", "model=dbvae:width=4,hidden=32,latent=4,reconstruction=l2",
                      "heads=side:weight=0", "epochs=5", "lr=0.003", "select=last", NULL);
    small_train(&opts, EH_OK, NULL);
    json_t *events = small_log(*state, "run");
    double first = 0, last = 0;
    for (size_t i = 0; i < json_array_size(events); i++) {
        const json_t *shown = json_object_get(json_array_get(events, i), "shown"),
                     *error = json_object_get(shown, "reconstruction error");
        if (!error)
            continue;
        last = json_number_value(error);
        first = first > 0 ? first : last;
    }
    assert_true(last < 0.8 * first);
    json_decref(events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(images_with_a_rare_look_weigh_more, make, clear),
        cmocka_unit_test_setup_teardown(the_list_of_weights_begins_with_the_rare, make, clear),
        cmocka_unit_test(the_first_epoch_is_uniform),
        cmocka_unit_test_setup_teardown(a_model_without_latent_variables_is_refused, make, clear),
        cmocka_unit_test_setup_teardown(the_own_loss_needs_a_class_and_a_model_that_has_one, make, clear),
        cmocka_unit_test_setup_teardown(a_plain_autoencoder_learns_to_draw, make, clear),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
