/* small_training.c - data sets and runs that train in a second. */
#include "support/small_training.h"

#include "base/file.h"
#include "base/json.h"
#include "base/rng.h"
#include "base/str.h"
#include "evenhand/catalog.h"
#include "evenhand/image.h"
#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static uint8_t sample(const small_row *row, eh_rng *rng, const double shift[2], int x, int width, int channel)
{
    bool left = x < width / 2;
    double value = 70 + 50 * eh_rng_uniform(rng) + shift[left];
    if (row->side && strcmp(row->side, left ? "left" : "right") == 0)
        value += row->contrast ? row->contrast : 35;
    if (row->tint && strcmp(row->tint, "red") == 0 && channel == 0)
        value += 60;
    if (row->tint && strcmp(row->tint, "blue") == 0 && channel == 2)
        value += 60;
    return (uint8_t)value;
}

static void write_picture(void *folder, const char *name, const small_row *row, size_t number)
{
    eh_image image;
    uint8_t *bytes = NULL;
    size_t size = 0;
    eh_rng rng = eh_rng_at(1, EH_DRAW_TEST, number, 0);
    double shift[2] = { eh_rng_range(&rng, -1, 1) * row->spread, eh_rng_range(&rng, -1, 1) * row->spread };
    assert_int_equal(eh_image_alloc(&image, row->width ? row->width : 16, row->height ? row->height : 16, 3,
                                    NULL),
                     EH_OK);
    for (int y = 0; y < image.height; y++)
        for (int x = 0; x < image.width; x++)
            for (int c = 0; c < 3; c++)
                image.data[(y * image.width + x) * 3 + c] = sample(row, &rng, shift, x, image.width, c);
    assert_int_equal(eh_image_encode_png(&bytes, &size, &image, NULL), EH_OK);
    data_write(folder, name, bytes, size);
    eh_free(bytes);
    eh_image_clear(&image);
}

void small_catalog(void *folder, const small_row *row, size_t count)
{
    eh_str csv = { 0 };
    data_import import;
    eh_str_append(&csv, "file,side,tint,split,amount\n");
    for (size_t i = 0; i < count; i++) {
        char name[64];
        snprintf(name, sizeof name, "set/images/%04zu.png", i);
        write_picture(folder, name, &row[i], i);
        eh_str_appendf(&csv, "images/%04zu.png,%s,%s,%s,", i, row[i].side ? row[i].side : "",
                       row[i].tint ? row[i].tint : "", row[i].part);
        if (row[i].side && !row[i].no_amount)
            eh_str_appendf(&csv, "%d", strcmp(row[i].side, "right") == 0 ? 20 : 10);
        eh_str_append(&csv, "\n");
    }
    data_write_text(folder, "set/data.csv", eh_str_text(&csv));
    eh_str_clear(&csv);
    data_import_run(&import, folder, "set", "csv:label=side,groups=tint,split=split,numbers=amount", true);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
}

void small_catalog_biased(void *folder, size_t train)
{
    size_t other = train / 3, count = train + 2 * other;
    small_row *row = eh_alloc(count, sizeof *row);
    for (size_t i = 0; i < count; i++) {
        bool left = i % 2 == 0, against = i / 2 % 6 == 5;
        row[i].side = left ? "left" : "right";
        row[i].tint = left != against ? "red" : "blue";
        row[i].part = i < train ? "train" : i < train + other ? "valid" : "test";
    }
    small_catalog(folder, row, count);
    eh_free(row);
}

eh_train_opts small_options(void *folder, eh_arena *arena, const char *run, ...)
{
    eh_train_opts opts = { 0 };
    eh_error err = { 0 };
    const char *data = eh_arena_strdup(arena, data_path(folder, "data.eh")),
               *out = eh_arena_strdup(arena, data_path(folder, "%s", run));
    const char *const setting[][2] = { { "data", data },
                                       { "out", out },
                                       { "label", "side" },
                                       { "groups", "side,tint" },
                                       { "model", "standard-cnn:width=2,hidden=8" },
                                       { "epochs", "3" },
                                       { "batch", "16" } };
    va_list args;
    if (eh_opts_defaults(eh_train_option_table, &opts, arena, &err) != EH_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < sizeof setting / sizeof *setting; i++)
        if (eh_opts_set(eh_train_option_table, &opts, setting[i][0], setting[i][1], "test", arena, &err) !=
            EH_OK)
            fail_msg("%s", err.message);
    va_start(args, run);
    for (const char *text; (text = va_arg(args, const char *)) != NULL;) {
        const char *equals = strchr(text, '=');
        char *key = eh_arena_strdup(arena, text);
        key[equals - text] = '\0';
        if (eh_opts_set(eh_train_option_table, &opts, key, equals + 1, "test", arena, &err) != EH_OK)
            fail_msg("%s", err.message);
    }
    va_end(args);
    return opts;
}

void small_train(const eh_train_opts *opts, eh_status expected, eh_error *err)
{
    eh_error own = { 0 };
    eh_status status = eh_train(opts, NULL, &own);
    if (status != expected)
        fail_msg("training gave '%s' (%s) where '%s' was expected", eh_status_name(status), own.message,
                 eh_status_name(expected));
    if (err)
        *err = own;
}

json_t *small_log(void *folder, const char *run)
{
    char *text = data_read_text(data_path(folder, "%s/log.jsonl", run));
    json_t *events = json_array();
    for (char *line = text, *end; (end = strchr(line, '\n')) != NULL; line = end + 1) {
        json_t *event = json_loadb(line, (size_t)(end - line), 0, NULL);
        assert_non_null(event);
        json_array_append_new(events, event);
    }
    eh_free(text);
    return events;
}

bool small_same_file(void *folder, const char *a, const char *b)
{
    uint8_t *x = NULL, *y = NULL;
    size_t m = 0, n = 0;
    assert_int_equal(eh_file_read(&x, &m, data_path(folder, "%s", a), 0, NULL), EH_OK);
    assert_int_equal(eh_file_read(&y, &n, data_path(folder, "%s", b), 0, NULL), EH_OK);
    bool same = m == n && memcmp(x, y, m) == 0;
    eh_free(x);
    eh_free(y);
    return same;
}
