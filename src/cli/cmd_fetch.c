/* cmd_fetch.c - `evenhand fetch`: public data sets over the network, or how to get those whose terms must be accepted. */
#include "cli/command.h"

#include "base/file.h"
#include "base/json.h"
#include "base/table.h"
#include "data/fetch.h"
#include "evenhand/catalog.h"

typedef struct options {
    const char *name, *output, *mirror, *import;
} options;

static const eh_opt positional_table[] = {
    { .name = "name",
      .help = "name of the data set; 'evenhand list datasets' shows all",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, name),
      .metavar = "NAME",
      .required = true },
    { 0 },
};

static const eh_opt option_table[] = {
    { .name = "output",
      .short_name = 'o',
      .help = "folder for the files; the data set's name when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, output),
      .metavar = "FOLDER" },
    { .name = "import",
      .help = "make this catalog of the files afterwards",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, import),
      .metavar = "FILE.eh" },
    { .name = "mirror",
      .help = "address of a folder that has the files, used in place of the usual ones",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, mirror),
      .metavar = "URL" },
    { 0 },
};

static const char *const examples[] = {
    "evenhand fetch fashion-mnist --import fm.eh",
    "four files into the folder fashion-mnist, then a catalog of them",
    "evenhand fetch cifar10 -o data",
    "one archive into the folder data",
    "evenhand fetch celeba",
    "on which terms CelebA is given out, and how to get it",
    NULL,
};

static const char details[] =
    "Every file has a SHA-256 that this program knows; a file with other contents is never kept. Until a "
    "file is complete and found "
    "right, its name ends in .part. Whatever ends the download early (Ctrl-C, a broken line, a full disk), "
    "the same command goes on "
    "from there. Files that are there already are verified and not fetched again. When one address fails, "
    "the next is tried.\n\n"
    "Faces are given out on terms that a person has to accept. For such a data set the terms and the steps "
    "are shown, and nothing is "
    "fetched.\n\n"
    "'evenhand list datasets' shows what can be fetched. The network is used by no other command.";

static const char *state_of(const eh_download_report *r)
{
    return r->present ? "was there" : r->resumed_from ? "completed" : "fetched";
}

static json_t *instructions_json(const eh_fetch *set)
{
    return json_pack("{s:s, s:b, s:s, s:s, s:s}", "name", set->entry.name, "fetched", 0, "page", set->page,
                     "licence", set->licence, "instructions", set->instructions);
}

static eh_status show_instructions(eh_command_context *context, const eh_fetch *set, eh_error *err)
{
    if (context->json)
        return eh_command_write_json(instructions_json(set), err);
    eh_str text = { 0 };
    eh_str_appendf(&text, "%s: %s\n\nPage: %s\nTerms: %s\n\n%s", set->entry.name, set->entry.summary,
                   set->page, set->licence, set->instructions);
    return eh_command_write(&text, err);
}

static json_t *result_json(const eh_fetch *set, const char *folder, const eh_fetch_report *r)
{
    json_t *files = json_array();
    bool complete = files != NULL;
    for (size_t i = 0; complete && i < r->files; i++)
        complete = json_array_append_new(files, json_pack("{s:s, s:I, s:s, s:s, s:I, s:I}", "name",
                                                          set->file[i].name, "bytes",
                                                          (json_int_t)set->file[i].bytes, "sha256",
                                                          set->file[i].sha256, "state", state_of(&r->file[i]),
                                                          "resumed_from", (json_int_t)r->file[i].resumed_from,
                                                          "received", (json_int_t)r->file[i].received)) == 0;
    if (!complete) {
        json_decref(files);
        return NULL;
    }
    return json_pack("{s:s, s:b, s:s, s:s, s:s, s:o}", "name", set->entry.name, "fetched", 1, "folder",
                     folder, "page", set->page, "licence", set->licence, "files", files);
}

static eh_status result_text(eh_str *out, const eh_fetch *set, const char *folder, const eh_fetch_report *r,
                             eh_error *err)
{
    static const char *const titles[] = { "file", ">bytes", "state" };
    eh_text_table *table = eh_text_table_new(titles, 3);
    if (!table)
        return eh_fail_memory(err, "a table", 1, 1);
    for (size_t i = 0; i < r->files; i++) {
        eh_text_table_cell(table, "%s", set->file[i].name);
        eh_text_table_cell(table, "%llu", (unsigned long long)set->file[i].bytes);
        eh_text_table_cell(table, "%s", state_of(&r->file[i]));
    }
    eh_str_appendf(out, "%s in %s\n\n", set->entry.name, folder);
    eh_text_table_render(table, out);
    eh_text_table_free(table);
    eh_str_appendf(out, "\nTerms: %s\nPage: %s\n", set->licence, set->page);
    return EH_OK;
}

static eh_status import(eh_command_context *context, const options *o, const char *source, eh_error *err)
{
    const eh_import_opts opts = { .check_pixels = true };
    eh_import_report report;
    EH_TRY(eh_catalog_import(o->import, source, &opts, &report, context->progress, err));
    eh_command_note(context, "wrote %s: %llu images (format %s)", o->import,
                    (unsigned long long)report.images, report.format);
    return EH_OK;
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    const eh_entry *entry;
    eh_fetch_report report;
    eh_str text = { 0 };
    EH_TRY(eh_thing_find(&entry, "dataset", o->name, err));
    const eh_fetch *set = (const eh_fetch *)entry;
    if (set->instructions && !o->import && !o->output)
        return show_instructions(context, set, err);
    const char *folder = o->output ? o->output : set->entry.name;
    if (o->import && eh_path_exists(o->import))
        return eh_fail(err, EH_ERR_USAGE,
                       "%s exists; name another catalog, or import it by hand with --overwrite", o->import);
    EH_TRY(eh_fetch_run(set, folder, o->mirror, &report, context->progress, err));
    const char *source = set->import ? eh_path_join(context->arena, folder, set->import) : folder;
    if (!source)
        return eh_fail_memory(err, folder, 1, 4096);
    if (o->import)
        EH_TRY(import(context, o, source, err));
    else
        eh_command_note(context, "a catalog of it: evenhand import %s -o %s.eh", source, set->entry.name);
    if (context->json)
        return eh_command_write_json(result_json(set, folder, &report), err);
    EH_TRY(result_text(&text, set, folder, &report, err));
    return eh_command_write(&text, err);
}

const eh_command eh_cmd_fetch = {
    .entry = { .name = "fetch",
               .summary = "get a public data set",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .positionals = positional_table,
    .details = details,
    .examples = examples,
    .run = run,
};
