/* trainer_events.c - the run's event file for TensorBoard: what log.jsonl holds and more, as curves, and pictures of what the network sees.
 *
 * Tags    loss, learning_rate (about twenty times an epoch, of single steps); train/<what the epoch event shows>, images_per_second;
 *         <part>/<column>/loss, accuracy or mae, with /mean of groups, /worst and /<group>; <table>/<key> of a method's tables; the
 *         pictures `batch` and `reconstructions`. Steps count from 1 over the run.
 * Easy to get wrong: which steps are written may depend on their number only, or a resumed run writes other ones.
 */
#include "train/trainer.h"

#include "base/file.h"
#include "image/contact_sheet.h"
#include "train/event_file.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum { STEPS_OF_AN_EPOCH = 20, PICTURES = 32, COLUMNS = 8 };

eh_status eh_trainer_events_open(eh_trainer *t, const eh_position *checkpoint, eh_error *err)
{
    const char *path = t->folder.events;
    if (!t->opts->tensorboard)
        return EH_OK;
    bool goes_on = checkpoint && eh_path_exists(path);
    EH_TRY(eh_event_open(&t->events, path, goes_on ? checkpoint->event_bytes : 0, err));
    return goes_on ? eh_event_restart(&t->events, checkpoint->step + 1, err) : EH_OK;
}

static eh_status write_values(eh_trainer *t, eh_str *values, eh_error *err)
{
    return eh_event_write(&t->events, t->position.step, values, err);
}

eh_status eh_trainer_events_step(eh_trainer *t, double loss, eh_error *err)
{
    const eh_position *p = &t->position;
    uint64_t every = p->steps_per_epoch / STEPS_OF_AN_EPOCH;
    eh_str values = { 0 };
    if (!t->events.stream || (every > 1 && p->step % every != 0))
        return EH_OK;
    eh_event_scalar(&values, "loss", loss);
    eh_event_scalar(&values, "learning_rate",
                    eh_training_rate(&t->training, eh_trainer_stage_step(t) - 1, NULL));
    return write_values(t, &values, err);
}

static void add_score(eh_str *values, const eh_trainer *t, size_t head, const char *part, const eh_score *s)
{
    const char *metric = eh_score_key(s->kind);
    char prefix[512], tag[1024];
    if (s->n == 0)
        return;
    snprintf(prefix, sizeof prefix, "%s/%s", part, t->task.head[head].column->name);
    snprintf(tag, sizeof tag, "%s/loss", prefix);
    eh_event_scalar(values, tag, s->loss);
    snprintf(tag, sizeof tag, "%s/%s", prefix, metric);
    eh_event_scalar(values, tag, s->overall);
    snprintf(tag, sizeof tag, "%s/%s/mean of groups", prefix, metric);
    eh_event_scalar(values, tag, s->group_mean);
    snprintf(tag, sizeof tag, "%s/%s/worst", prefix, metric);
    eh_event_scalar(values, tag, s->worst);
    for (size_t g = 0; g < s->groups; g++) {
        snprintf(tag, sizeof tag, "%s/%s/group %s", prefix, metric, t->data.groups->name[g]);
        eh_event_scalar(values, tag, s->group_value[g]);
    }
}

eh_status eh_trainer_events_scores(eh_trainer *t, eh_part part, const eh_score *scores, eh_error *err)
{
    eh_str values = { 0 };
    if (!t->events.stream)
        return EH_OK;
    for (size_t k = 0; k < t->task.heads; k++)
        add_score(&values, t, k, eh_part_name(part), &scores[k]);
    return write_values(t, &values, err);
}

eh_status eh_trainer_events_epoch(eh_trainer *t, const eh_score *valid, eh_error *err)
{
    const eh_position *p = &t->position;
    double steps = (double)p->steps_in_epoch, seconds = p->epoch_seconds;
    char tag[256];
    eh_str values = { 0 };
    if (!t->events.stream)
        return EH_OK;
    eh_event_scalar(&values, "epoch", (double)p->epochs_done + 1);
    eh_event_scalar(&values, "train/loss", p->loss_sum / steps);
    eh_event_scalar(&values, "images_per_second", seconds > 0 ? steps * (double)p->batch / seconds : NAN);
    for (size_t i = 0; i < t->training.tensors.shown_count; i++) {
        snprintf(tag, sizeof tag, "train/%s", t->training.tensors.shown[i].name);
        eh_event_scalar(&values, tag, p->shown_sum[i] / steps);
    }
    for (size_t k = 0; k < t->task.heads; k++)
        add_score(&values, t, k, eh_part_name(EH_PART_VALID), &valid[k]);
    return write_values(t, &values, err);
}

eh_status eh_trainer_events_table(eh_trainer *t, const char *name, const char *const *key,
                                  const double *value, size_t count, eh_error *err)
{
    char tag[512];
    eh_str values = { 0 };
    if (!t->events.stream)
        return EH_OK;
    for (size_t i = 0; i < count; i++) {
        snprintf(tag, sizeof tag, "%s/%s", name, key[i]);
        eh_event_scalar(&values, tag, value[i]);
    }
    return write_values(t, &values, err);
}

eh_status eh_trainer_events_image(eh_trainer *t, const char *tag, const eh_image *image, eh_error *err)
{
    eh_str values = { 0 };
    if (!t->events.stream)
        return EH_OK;
    eh_status status = eh_event_image(&values, tag, image, err);
    if (status == EH_OK)
        return write_values(t, &values, err);
    eh_str_clear(&values);
    return status;
}

void eh_run_data_picture(const eh_run_data *d, const float *values, eh_image *out)
{
    size_t plane = (size_t)d->width * (size_t)d->height;
    for (int c = 0; c < d->channels; c++)
        for (size_t i = 0; i < plane; i++) {
            float v = values[(size_t)c * plane + i] * d->std[c] + d->mean[c];
            out->data[i * (size_t)d->channels + (size_t)c] = (uint8_t)(v <= 0   ? 0
                                                                       : v >= 1 ? 255
                                                                                : lrintf(v * 255));
        }
}

eh_status eh_trainer_events_batch(eh_trainer *t, const eh_batch *batch, eh_error *err)
{
    static const uint8_t white[3] = { 255, 255, 255 };
    const eh_run_data *d = &t->data;
    eh_image picture[PICTURES] = { 0 }, sheet = { 0 };
    size_t count = batch->count < PICTURES ? batch->count : PICTURES,
           size = (size_t)d->width * (size_t)d->height * (size_t)d->channels;
    eh_status status = EH_OK;
    if (!t->events.stream)
        return EH_OK;
    for (size_t i = 0; i < count; i++) {
        EH_TRY_GOTO(status, eh_image_alloc(&picture[i], d->width, d->height, d->channels, err));
        eh_run_data_picture(d, batch->image + i * size, &picture[i]);
    }
    EH_TRY_GOTO(status, eh_contact_sheet(&sheet, picture, count, COLUMNS, 2, white, err));
    status = eh_trainer_events_image(t, "batch", &sheet, err);
done:
    for (size_t i = 0; i < count; i++)
        eh_image_clear(&picture[i]);
    eh_image_clear(&sheet);
    return status;
}
