/* cmd_show_batch.c - `evenhand show-batch`: the first batch of a training, as the network sees it. */
#include "cli/command.h"

#include "base/file.h"
#include "base/json.h"
#include "base/str.h"
#include "evenhand/train.h"

#include <string.h>

static const eh_opt positional_table[] = {
    { .name = "data",
      .help = "catalog that would be trained on",
      .type = EH_OPT_STRING,
      .offset = offsetof(eh_train_opts, data),
      .metavar = "CATALOG",
      .required = true },
    { 0 },
};

static const char *const examples[] = {
    "evenhand show-batch faces.eh --label blond --size 128 --augment fastai,mixup -o seen.png",
    "64 augmented pictures with their labels",
    "evenhand show-batch --config runs/erm/recipe.yaml -o seen.png",
    "what that run saw in its first step",
    NULL,
};

static eh_status report(eh_command_context *context, const eh_train_opts *o, const char *path, size_t images,
                        eh_error *err)
{
    if (!context->json) {
        eh_command_note(context, "wrote %s: %zu images", path, images);
        return EH_OK;
    }
    json_t *augment = json_array();
    for (size_t i = 0; i < o->augment.count; i++)
        json_array_append_new(augment, json_string(o->augment.item[i]));
    return eh_command_write_json(json_pack("{s:s, s:I, s:I, s:o}", "file", path, "images", (json_int_t)images,
                                           "seed", (json_int_t)o->seed, "augment", augment),
                                 err);
}

static eh_status run(eh_command_context *context, const void *opts, eh_error *err)
{
    const eh_train_opts *o = opts;
    eh_image sheet = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0, images = 0;
    const char *path =
        eh_ends_with(o->out, ".png") ? o->out : eh_path_join(context->arena, o->out, "batch.png");
    if (!path)
        return eh_fail_memory(err, o->out, 1, 1);
    eh_status status = eh_train_batch_sheet(&sheet, &images, o, context->progress, err);
    if (status == EH_OK)
        status = eh_image_encode_png(&bytes, &size, &sheet, err);
    if (status == EH_OK && path != o->out)
        status = eh_make_folder(o->out, err);
    if (status == EH_OK)
        status = eh_file_write_atomic(path, bytes, size, err);
    if (status == EH_OK)
        status = report(context, o, path, images, err);
    eh_free(bytes);
    eh_image_clear(&sheet);
    return status;
}

const eh_command eh_cmd_show_batch = {
    .entry = { .name = "show-batch",
               .summary = "show what the network would see: augmented images, labels and masks",
               .opts = &eh_train_option_table[1], /* without `data`, which is the argument */
               .opts_size = sizeof(eh_train_opts) },
    .positionals = positional_table,
    .details = "Writes a picture of the first --batch images of a training, after resizing and all of "
               "--augment, with their labels below; mixed images have both labels "
               "with their shares. Masks are laid over their images in the colours of the classes; white "
               "dots are pixels that are not judged. Nothing is "
               "trained.\n\n"
               "The options are those of train, so that a recipe can be shown; those that have no part in "
               "what is seen change nothing. -o is the "
               "picture's name where it ends with .png, else a folder, in which it is called batch.png.",
    .examples = examples,
    .run = run,
};
