/* training_loader.c - what a training reads; see training_loader.h.
 *
 * Presizing (fastai): images are packed larger than the network sees them, and what augmentations place is taken from the larger pixels, so that neither a crop nor a turn
 * is made of few pixels twice. Validation, test and prediction see the whole image at the network's size, as without it.
 */
#include "train/training_loader.h"

#include "base/config.h"
#include "data/augment_map.h"

#include <math.h>
#include <string.h>

extern const eh_augment eh_augment_resized_crop;

static int longer_side(const eh_run_data *d)
{
    return d->width > d->height ? d->width : d->height;
}

eh_status eh_training_augments_parse(eh_training_augments *out, const eh_train_opts *opts,
                                     const eh_run_data *data, eh_arena *arena, eh_error *err)
{
    const eh_str_list *list = &opts->augment;
    bool crops = false, masks = false;
    *out = (eh_training_augments){ .item = eh_arena_alloc(arena, list->count + 1, sizeof *out->item) };
    if (!out->item)
        return eh_fail_memory(err, "augmentations", list->count, sizeof *out->item);
    for (size_t i = 0; i < list->count; i++) {
        const char *text = list->item[i];
        if (i > 0 && strchr(text, '=') && !strchr(text, ':'))
            return eh_fail(err, EH_ERR_USAGE,
                           "--augment: \"%s\" is an option, not an augmentation; write a comma between "
                           "options as "
                           "\"\\,\": '%s\\,%s'",
                           text, list->item[i - 1], text);
        eh_thing_spec *spec = &out->item[out->count++];
        EH_TRY(eh_thing_parse(spec, "augmentation", text, "--augment", arena, err));
        out->mixes |= ((const eh_augment *)spec->entry)->mix != NULL;
        crops |= spec->entry == &eh_augment_resized_crop.entry;
    }
    for (size_t k = 0; k < data->heads; k++)
        masks |= data->head[k]->kind == EH_COLUMN_MASK;
    EH_TRY(eh_augments_check(out->item, out->count, masks, err));
    if (opts->presize && opts->presize < longer_side(data))
        return eh_fail(err, EH_ERR_USAGE,
                       "--presize: %d pixels are fewer than the %d that the network sees; give more, or "
                       "leave it out",
                       (int)opts->presize, longer_side(data));
    if (!opts->presize || crops)
        return EH_OK;
    memmove(out->item + 1, out->item, out->count++ * sizeof *out->item);
    return eh_thing_parse(out->item, "augmentation", "resized-crop:least=0.75,narrow=1,wide=1", "--presize",
                          arena, err);
}

/* The pixels and masks of --presize, its longer side. */
static eh_status open_large(eh_run_data *d, int side, eh_progress *progress, eh_error *err)
{
    int longer = longer_side(d);
    eh_pack_opts opts = { .width = (int)lround((double)d->width * side / longer),
                          .height = (int)lround((double)d->height * side / longer),
                          .channels = d->channels };
    EH_TRY(eh_pack_open(&d->large, d->catalog, d->frame, &opts, progress, err));
    for (size_t k = 0; k < d->heads && d->masks; k++)
        if (d->head[k]->kind == EH_COLUMN_MASK) {
            opts.mask_column = d->head[k]->name;
            return eh_pack_open(&d->large_masks, d->catalog, d->frame, &opts, progress, err);
        }
    return EH_OK;
}

eh_status eh_training_loader_new(eh_loader **out, eh_run_data *data, const eh_train_opts *opts,
                                 const eh_training_augments *augments, size_t batch, eh_progress *progress,
                                 eh_error *err)
{
    eh_loader_opts loader = { .batch = batch,
                              .width = data->width,
                              .height = data->height,
                              .augment = augments->item,
                              .augments = augments->count,
                              .drop_last = true,
                              .seed = opts->seed };
    memcpy(loader.mean, data->mean, sizeof loader.mean);
    memcpy(loader.std, data->std, sizeof loader.std);
    if (opts->presize && !data->large)
        EH_TRY(open_large(data, (int)opts->presize, progress, err));
    loader.masks = data->large ? data->large_masks : data->masks;
    return eh_loader_new(out, data->large ? data->large : data->pack, &loader, err);
}
