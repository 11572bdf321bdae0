/* cmd_import.c - `evenhand import`: a data set becomes a catalog. */
#include "cli/command.h"

#include "base/json.h"
#include "evenhand/dataset.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *source, *output;
    eh_thing_spec format;
    bool strict, check, overwrite;
    int64_t max_entries, max_unpacked;
} options;

static const eh_opt positional_table[] = {
    { .name = "source",
      .help = "folder, file, or tar or zip archive that holds the data set",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, source),
      .metavar = "SOURCE",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "output",
      .help = "catalog to write",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .metavar = "FILE.eh",
      .short_name = 'o',
      .required = true },
    { .name = "format",
      .help = "format of the data set and its options; found by content when not given",
      .type = EH_OPT_THING,
      .offset = offsetof(options, format),
      .kind = "format" },
    { .name = "strict",
      .help = "end with an error at the first image that cannot be decoded",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, strict),
      .def = "false" },
    { .name = "check",
      .help = "decode every image now, so that broken ones are found (--no-check is faster)",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, check),
      .def = "true" },
    { .name = "overwrite",
      .help = "replace the catalog if it exists",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, overwrite),
      .def = "false" },
    { .name = "max-entries",
      .help = "most members that an archive may have",
      .type = EH_OPT_INT,
      .offset = offsetof(options, max_entries),
      .def = "1000000",
      .min = 1,
      .max = 1e9 },
    { .name = "max-unpacked",
      .help = "most gigabytes that an archive may hold, unpacked",
      .type = EH_OPT_INT,
      .offset = offsetof(options, max_unpacked),
      .def = "64",
      .min = 1,
      .max = 1e6,
      .metavar = "GB" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand import photos -o photos.eh",
    "a folder whose sub-folders are classes",
    "evenhand import labels.csv -o faces.eh --format csv:label=hair,groups=gender,identity=person",
    "a table with named columns",
    "evenhand import celeba.tar.gz -o celeba.eh",
    "a data set inside an archive, read in place",
    "evenhand import fashion-mnist -o fm.eh",
    "IDX files, recognised by their content",
    NULL,
};

static const char details[] =
    "Reads the data set, hashes and decodes every image, and writes one catalog file, whole or not at all. "
    "The source files are never "
    "changed. Paths of images are kept relative to the catalog when the images lie below its folder (then "
    "the whole folder can be "
    "moved), else absolute (then the catalog can be moved).\n\n"
    "A tar archive (plain, .gz, .bz2, .xz, .zst) or zip archive is read as if it were a folder, and a path "
    "may "
    "lead into it: archive.zip/faces/labels.csv. What a compressed tar holds is kept as one plain tar in the "
    "cache folder, because images are "
    "read in any order. A folder that holds nothing but one folder is looked through.\n\n"
    "Images that cannot be decoded, and rows or files that should have been taken and were not, are listed "
    "in the catalog with the "
    "reason: 'evenhand stats FILE.eh --skipped'. The exit code is then 3, although the catalog was written. "
    "What a format expects to be "
    "incomplete, such as CelebA's rows without image, is only counted.\n\n"
    "'evenhand list formats' shows the formats, 'evenhand list formats csv' the options of one.";

/* ---------------------------------------------------------------- what was imported */

static const char *const kind_word[] = { "class", "number", "text", "mask" };

/* Images in each part. */
static void count_parts(const eh_frame *frame, uint64_t count[4])
{
    memset(count, 0, 4 * sizeof *count);
    for (size_t row = 0; row < frame->rows; row++)
        count[frame->part[row]]++;
}

static json_t *column_json(eh_column_info info)
{
    json_t *object = json_object(), *classes = json_array();
    bool complete = object && classes;
    for (size_t k = 0; complete && k < info.classes; k++)
        complete = json_array_append_new(classes, json_string(info.class_name[k])) == 0;
    complete = complete && eh_json_set(object, "name", json_string(info.name)) &&
               eh_json_set(object, "kind", json_string(kind_word[info.kind]));
    if (complete && (info.kind == EH_COLUMN_CLASS || info.kind == EH_COLUMN_MASK))
        complete = eh_json_set(object, "classes", json_incref(classes));
    json_decref(classes);
    if (!complete) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static json_t *summary_json(const options *o, const eh_import_report *r, const eh_catalog *c,
                            const uint64_t parts[4], const char *hash)
{
    json_t *object = json_object(), *columns = json_array(), *part = json_object();
    bool complete = object && columns && part;
    for (size_t i = 0; complete && i < eh_catalog_columns(c); i++)
        complete = json_array_append_new(columns, column_json(eh_catalog_column(c, i))) == 0;
    for (int p = 0; complete && p < 4; p++)
        complete = eh_json_set(part, eh_part_name((eh_part)p), json_integer((json_int_t)parts[p]));
    complete = complete && eh_json_set(object, "catalog", json_string(o->output)) &&
               eh_json_set(object, "format", json_string(r->format)) &&
               eh_json_set(object, "images", json_integer((json_int_t)r->images)) &&
               eh_json_set(object, "skipped", json_integer((json_int_t)r->skipped)) &&
               eh_json_set(object, "rows_without_image", json_integer((json_int_t)r->rows_without_image)) &&
               eh_json_set(object, "images_without_row", json_integer((json_int_t)r->images_without_row)) &&
               eh_json_set(object, "hash", json_string(hash)) &&
               eh_json_set(object, "seconds",
                           json_pack("{s:f, s:f, s:f}", "read", r->read_seconds, "check", r->check_seconds,
                                     "write", r->write_seconds)) &&
               eh_json_set(object, "parts", json_incref(part)) &&
               eh_json_set(object, "columns", json_incref(columns));
    json_decref(columns);
    json_decref(part);
    if (!complete) {
        json_decref(object);
        return NULL;
    }
    return object;
}

static void summary_text(eh_str *out, const options *o, const eh_import_report *r, const eh_catalog *c,
                         const uint64_t parts[4])
{
    eh_str_appendf(out, "%s: %llu images (format %s)\n", o->output, (unsigned long long)r->images, r->format);
    for (size_t i = 0; i < eh_catalog_columns(c); i++) {
        eh_column_info info = eh_catalog_column(c, i);
        eh_str_append(out, "  ");
        eh_str_append_shown(out, info.name);
        eh_str_appendf(out, ": %s", kind_word[info.kind]);
        for (size_t k = 0; k < info.classes && k < 12; k++) {
            eh_str_append(out, k ? ", " : " ");
            eh_str_append_shown(out, info.class_name[k]);
        }
        if (info.classes > 12)
            eh_str_appendf(out, " ... (%zu in all)", info.classes);
        eh_str_append(out, "\n");
    }
    if (parts[EH_PART_TRAIN] + parts[EH_PART_VALID] + parts[EH_PART_TEST] == 0) {
        eh_str_append(out, "  not split yet: 'evenhand split' makes the parts\n");
    } else {
        eh_str_append(out, "  parts:");
        for (int p = EH_PART_TRAIN; p <= EH_PART_TEST; p++)
            eh_str_appendf(out, " %s %llu%s", eh_part_name((eh_part)p), (unsigned long long)parts[p],
                           p < EH_PART_TEST ? "," : "");
        if (parts[EH_PART_NONE])
            eh_str_appendf(out, ", in no part %llu", (unsigned long long)parts[EH_PART_NONE]);
        eh_str_append(out, "\n");
    }
    if (r->rows_without_image)
        eh_str_appendf(out, "  rows without image: %llu\n", (unsigned long long)r->rows_without_image);
    if (r->images_without_row)
        eh_str_appendf(out, "  images without row: %llu\n", (unsigned long long)r->images_without_row);
    if (r->skipped)
        eh_str_appendf(out, "  not taken: %llu\n", (unsigned long long)r->skipped);
    if (r->read_seconds + r->check_seconds + r->write_seconds >= 1)
        eh_str_appendf(out, "  time: labels %.2f s, images %.2f s (%.0f/s), catalog %.2f s\n",
                       r->read_seconds, r->check_seconds, (double)r->images / fmax(r->check_seconds, 1e-6),
                       r->write_seconds);
}

static eh_status print_summary(eh_command_context *context, const options *o, const eh_import_report *report,
                               eh_error *err)
{
    eh_catalog *catalog = NULL;
    eh_frame *frame = NULL;
    eh_str text = { 0 };
    uint64_t parts[4];
    char hash[65];
    eh_status status;
    EH_TRY_GOTO(status, eh_catalog_open(&catalog, o->output, err));
    /* One column is enough to learn the parts; with none named all would be loaded. */
    const char *name = eh_catalog_columns(catalog) ? eh_catalog_column(catalog, 0).name : NULL;
    EH_TRY_GOTO(status, eh_frame_load(&frame, catalog, &name, name ? 1 : 0, err));
    count_parts(frame, parts);
    if (context->json) {
        EH_TRY_GOTO(status, eh_catalog_hash(hash, catalog, err));
        status = eh_command_write_json(summary_json(o, report, catalog, parts, hash), err);
    } else {
        summary_text(&text, o, report, catalog, parts);
        status = eh_command_write(&text, err);
    }
done:
    eh_str_clear(&text);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    return status;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    eh_import_report report;
    eh_import_opts import = {
        .format = o->format,
        .strict = o->strict,
        .check_pixels = o->check,
        .overwrite = o->overwrite,
        .archive = { .max_entries = (uint64_t)o->max_entries,
                     .max_bytes = (uint64_t)o->max_unpacked * 1000000000 },
    };
    EH_TRY(eh_catalog_import(o->output, o->source, &import, &report, context->progress, err));
    EH_TRY(print_summary(context, o, &report, err));
    if (report.skipped)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s was written, but %llu of %llu items could not be taken; 'evenhand stats %s "
                       "--skipped' lists them with the reasons",
                       o->output, (unsigned long long)report.skipped,
                       (unsigned long long)(report.images + report.skipped), o->output);
    return EH_OK;
}

const eh_command eh_cmd_import = {
    .entry = { .name = "import",
               .summary = "make a catalog of a data set",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = details,
    .examples = examples,
    .run = run,
};
