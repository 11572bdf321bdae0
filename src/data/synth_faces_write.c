/* synth_faces_write.c - writes a drawn data set as ordinary files and a CSV.
 *
 * Idea    First a plan: every part gets its number of images of every group, the groups are shuffled over the part's rows, and defects are chosen.
 *         Then the rows are drawn on all threads; a row's face depends on the seed and its number alone. Everything goes into a
 *         temporary folder beside the target, which is renamed at the very end.
 * Cost    About a millisecond per image and core, most of it drawing.
 * Easy to get wrong: rounding the groups' shares must keep the sum; a minimum per group takes from the larger groups.
 */
#include "data/synth_faces_write.h"

#include "base/csv.h"
#include "base/file.h"
#include "base/rng.h"
#include "base/threads.h"

#include <stdio.h>
#include <string.h>

enum { CHUNK = 128 };

const char *eh_faces_part_name(unsigned part)
{
    static const char *const names[EH_PART_COUNT] = { "train", "valid", "test" };
    return names[part];
}

void eh_faces_file_name(char out[EH_FACES_NAME_SIZE], const eh_faces_opts *opts, size_t row)
{
    snprintf(out, EH_FACES_NAME_SIZE, "images/%06zu.%s", row + 1, opts->quality == 0 ? "png" : "jpg");
}

/* Shares `count` among the groups that are not yet `fixed`, by largest remainder (ties: the earlier group). */
static void share_out(uint64_t out[4], const double weight[4], const bool fixed[4], uint64_t count)
{
    double sum = 0, rest[4] = { 0 };
    uint64_t given = 0;
    for (int g = 0; g < 4; g++)
        sum += fixed[g] ? 0 : weight[g];
    for (int g = 0; g < 4; g++) {
        if (fixed[g])
            continue;
        double exact = sum > 0 ? (double)count * weight[g] / sum : 0;
        out[g] = (uint64_t)exact;
        rest[g] = exact - (double)out[g];
        given += out[g];
    }
    while (sum > 0 && given < count) {
        int best = -1;
        for (int g = 0; g < 4; g++)
            if (!fixed[g] && weight[g] > 0 && (best < 0 || rest[g] > rest[best]))
                best = g;
        out[best]++;
        rest[best] -= 1;
        given++;
    }
}

eh_status eh_faces_group_counts(uint64_t out[2][2], const eh_faces_opts *opts, uint64_t count, uint64_t least,
                                const char *part, eh_error *err)
{
    const double weight[4] = { opts->other_female, opts->other_male, opts->blond_female, opts->blond_male };
    uint64_t share[4] = { 0 };
    bool fixed[4] = { false };
    if (weight[0] + weight[1] + weight[2] + weight[3] <= 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "all four group weights are 0: give at least one of other-female, other-male, "
                       "blond-female, blond-male");
    if (count > 0 && count < 4 * least)
        return eh_fail(err, EH_ERR_USAGE,
                       "%s=%llu is too few for %s-min=%llu images of each of four groups; %s-min=%llu is "
                       "possible",
                       part, (unsigned long long)count, part, (unsigned long long)least, part,
                       (unsigned long long)count / 4);
    if (count == 0)
        least = 0;
    uint64_t left = count;
    for (bool again = true;
         again;) { /* groups that fall short are set to the minimum; the others share what is left */
        again = false;
        share_out(share, weight, fixed, left);
        for (int g = 0; g < 4; g++) {
            if (!fixed[g] && share[g] < least) {
                fixed[g] = again = true;
                share[g] = least;
                left -= least;
            }
        }
    }
    /* Where only groups of weight 0 lie above the minimum, the remainder goes to the first. */
    uint64_t total = share[0] + share[1] + share[2] + share[3];
    if (total < count)
        share[0] += count - total;
    memcpy(out, share, sizeof share);
    return EH_OK;
}

/* Assigns parts and groups to the drawn rows. */
static eh_status plan_rows(eh_faces_plan *plan, eh_faces_summary *summary, eh_error *err)
{
    const eh_faces_opts *opts = plan->opts;
    const uint64_t count[EH_PART_COUNT] = { (uint64_t)opts->train, (uint64_t)opts->valid,
                                            (uint64_t)opts->test };
    const uint64_t least[EH_PART_COUNT] = { 0, (uint64_t)opts->valid_min, (uint64_t)opts->test_min };
    uint32_t *order = eh_alloc_raw(plan->drawn, sizeof *order);
    if (!order)
        return eh_fail_memory(err, "the plan of a drawn data set", plan->drawn, sizeof *order);
    eh_status status = EH_OK;
    size_t first = 0;
    for (unsigned part = 0; part < EH_PART_COUNT; first += count[part], part++) {
        EH_TRY_GOTO(status, eh_faces_group_counts(summary->group[part], opts, count[part], least[part],
                                                  eh_faces_part_name(part), err));
        for (size_t i = 0; i < count[part]; i++)
            order[i] = (uint32_t)i;
        eh_rng rng = eh_rng_at((uint64_t)opts->seed, EH_DRAW_FACES, UINT64_MAX, part);
        eh_rng_shuffle(&rng, order, count[part]);
        size_t next = 0;
        for (int group = 0; group < 4; group++) {
            for (uint64_t n = 0; n < summary->group[part][group >> 1][group & 1]; n++) {
                eh_faces_row *row = &plan->row[first + order[next++]];
                *row = (eh_faces_row){ .part = (uint8_t)part,
                                       .blond = group >> 1 != 0,
                                       .label_blond = group >> 1 != 0,
                                       .label_gender = (uint8_t)(group & 1),
                                       .gender = (uint8_t)(group & 1) };
            }
        }
    }
done:
    eh_free(order);
    return status;
}

/* Draws and writes one row, and notes its attributes. */
static eh_status draw_row(eh_faces_plan *plan, size_t index, eh_error *err)
{
    eh_faces_row *row = &plan->row[index];
    eh_face face;
    eh_image image = { 0 };
    uint8_t *bytes = NULL;
    size_t size = 0;
    char name[EH_FACES_NAME_SIZE];
    eh_status status;
    EH_TRY(eh_faces_sample(&face, plan->opts, index, row->blond, (eh_face_gender)row->gender, err));
    row->hair = (uint8_t)face.hair;
    row->style = (uint8_t)face.style;
    row->skin_type = (uint8_t)face.skin_type;
    row->age = (uint8_t)face.age;
    row->glasses = (uint8_t)face.glasses;
    row->hat = (uint8_t)face.hat;
    row->expression = (uint8_t)face.expression;
    EH_TRY_GOTO(status, eh_faces_render(&image, &face, err));
    if (plan->opts->quality == 0)
        status = eh_image_encode_png(&bytes, &size, &image, err);
    else
        status = eh_image_encode_jpeg(&bytes, &size, &image, (int)plan->opts->quality, err);
    if (status != EH_OK)
        goto done;
    eh_faces_file_name(name, plan->opts, index);
    EH_TRY_GOTO(status, eh_atomic_folder_write(&plan->folder, name, bytes, size, err));
done:
    eh_free(bytes);
    eh_image_clear(&image);
    return status;
}

/* Work on a chunk of rows or of plants; each item has its own error, so that the first in order is reported, on any number of threads. */
typedef struct chunk_work {
    eh_faces_plan *plan;
    size_t first;
    bool plants;
    eh_error error[CHUNK];
} chunk_work;

static void work_on(void *user, size_t index)
{
    chunk_work *work = user;
    size_t at = work->first + index;
    if (!work->plants)
        draw_row(work->plan, at, &work->error[index]);
    else
        eh_faces_write_plant(work->plan, &work->plan->plant[at], &work->error[index]);
}

static eh_status run_chunks(eh_faces_plan *plan, bool plants, size_t count, const char *step,
                            eh_progress *progress, eh_error *err)
{
    chunk_work *work = eh_alloc(1, sizeof *work);
    if (!work)
        return eh_fail_memory(err, "a step of drawing faces", 1, sizeof *work);
    eh_status status = EH_OK;
    work->plan = plan;
    work->plants = plants;
    eh_progress_begin(progress, step, count, "images");
    for (size_t first = 0; first < count && status == EH_OK; first += CHUNK) {
        size_t items = count - first < CHUNK ? count - first : CHUNK;
        work->first = first;
        eh_parallel_for(items, work_on, work);
        for (size_t i = 0; i < items && status == EH_OK; i++)
            if (work->error[i].status != EH_OK)
                status = eh_fail(err, work->error[i].status, "%s", work->error[i].message);
        eh_progress_update(progress, first + items, NULL);
        if (status == EH_OK && eh_progress_stop(progress))
            status = eh_fail(err, EH_ERR_INTERRUPTED, "drawing faces was stopped; nothing was kept");
    }
    eh_progress_end(progress, NULL);
    eh_free(work);
    return status;
}

static eh_status write_csv(const eh_faces_plan *plan, eh_error *err)
{
    static const char *const header[] = { "file",      "split", "blond",   "gender", "hair",      "style",
                                          "skin_type", "age",   "glasses", "hat",    "expression" };
    enum { COLUMNS = sizeof header / sizeof *header };
    eh_str text = { 0 };
    eh_csv_row(&text, header, COLUMNS);
    for (size_t i = 0; i < plan->rows; i++) {
        const eh_faces_row *r = &plan->row[i];
        char name[EH_FACES_NAME_SIZE], skin[8], age[8];
        eh_faces_file_name(name, plan->opts, i);
        snprintf(skin, sizeof skin, "%d", r->skin_type);
        snprintf(age, sizeof age, "%d", r->age);
        /* A wrong label is wrong in both columns, or the hair colour would give it away. */
        eh_face_hair hair = (eh_face_hair)r->hair;
        if (r->label_blond != r->blond)
            hair = r->label_blond ? EH_HAIR_BLOND : EH_HAIR_BROWN;
        const char *field[COLUMNS] = { name,
                                       eh_faces_part_name(r->part),
                                       r->label_blond ? "Blond" : "Not blond",
                                       eh_face_gender_name((eh_face_gender)r->label_gender),
                                       eh_face_hair_name(hair),
                                       eh_face_style_name((eh_face_style)r->style),
                                       skin,
                                       age,
                                       eh_face_glasses_name((eh_face_glasses)r->glasses),
                                       eh_face_hat_name((eh_face_hat)r->hat),
                                       eh_face_expression_name((eh_face_expression)r->expression) };
        eh_csv_row(&text, field, COLUMNS);
    }
    eh_status status = eh_str_check(&text, err);
    if (status == EH_OK)
        status = eh_atomic_folder_write(&plan->folder, "faces.csv", text.data, text.size, err);
    eh_str_clear(&text);
    if (status != EH_OK || plan->plants == 0)
        return status;
    eh_faces_plants_csv(&text, plan);
    status = eh_str_check(&text, err);
    if (status == EH_OK)
        status = eh_atomic_folder_write(&plan->folder, "planted.csv", text.data, text.size, err);
    eh_str_clear(&text);
    return status;
}

/* Fills the temporary folder and gives it its name. */
static eh_status write_all(eh_faces_plan *plan, eh_progress *progress, eh_error *err)
{
    EH_TRY(eh_atomic_folder_make(&plan->folder, "images", err));
    EH_TRY(run_chunks(plan, false, plan->drawn, "drawing faces", progress, err));
    EH_TRY(eh_faces_plan_plants(plan, err));
    if (plan->plants > 0)
        EH_TRY(run_chunks(plan, true, plan->plants, "planting defects", progress, err));
    EH_TRY(write_csv(plan, err));
    return eh_atomic_folder_commit(&plan->folder, err);
}

eh_status eh_faces_write(eh_faces_summary *out, const char *folder, const eh_faces_opts *opts,
                         eh_progress *progress, eh_error *err)
{
    eh_faces_plan plan = { .opts = opts, .drawn = (size_t)(opts->train + opts->valid + opts->test) };
    eh_faces_summary summary = { 0 };
    int64_t count[EH_PLANT_KINDS];
    size_t plants = 0;
    eh_status status;
    if (plan.drawn == 0)
        return eh_fail(err, EH_ERR_USAGE, "train, valid and test are all 0: there is no face to draw");
    EH_TRY(eh_atomic_folder_open(&plan.folder, folder, err));
    plan.rows = plan.drawn;
    eh_faces_plant_counts(count, opts);
    for (unsigned kind = 0; kind < EH_PLANT_KINDS; kind++) {
        plants += (size_t)count[kind];
        plan.rows += eh_faces_plant_adds(kind) ? (size_t)count[kind] : 0;
    }
    plan.row = eh_alloc(plan.rows, sizeof *plan.row);
    plan.plant = eh_alloc(plants, sizeof *plan.plant);
    if (!plan.row || !plan.plant) {
        status = eh_fail_memory(err, "the plan of a drawn data set", plan.rows, sizeof *plan.row);
        goto done;
    }
    EH_TRY_GOTO(status, plan_rows(&plan, &summary, err));
    EH_TRY_GOTO(status, write_all(&plan, progress, err));
    summary.images = plan.rows;
    summary.planted = plan.plants;
    if (out)
        *out = summary;
done:
    eh_atomic_folder_abandon(&plan.folder);
    eh_free(plan.row);
    eh_free(plan.plant);
    return status;
}
