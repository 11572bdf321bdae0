/* run_data.h - the data of a run: rows, groups, pixels, and what is said about them before the training begins. */
#ifndef EH_TRAIN_RUN_DATA_H
#define EH_TRAIN_RUN_DATA_H

#include "evenhand/image.h"
#include "evenhand/loader.h"
#include "evenhand/train.h"

#include "base/str.h"

enum {
    EH_PARTS = 4, /* eh_part: none, train, valid, test */
    EH_HEADS = 64 /* most heads of one run */
};

/* Remarks about the data, one complete sentence each, in the order in which they were found. */
typedef struct eh_remarks {
    char **text;
    size_t count;
    bool failed; /* out of memory */
} eh_remarks;

void eh_remark(eh_remarks *remarks, const char *format, ...) EH_PRINTF(2, 3);
void eh_remarks_clear(eh_remarks *remarks);

typedef struct eh_run_data {
    eh_arena *arena;
    eh_catalog *catalog;
    eh_frame *frame;
    eh_groups *groups;
    const eh_frame_column *head[EH_HEADS]; /* columns that are learned; the first is the main one */
    size_t heads;
    uint32_t
        *row[EH_PARTS]; /* frame rows of each part that have a value of at least one of them, ascending */
    size_t rows[EH_PARTS];
    uint64_t *group_rows[EH_PARTS];       /* [groups] rows of each group in each part */
    uint64_t judged;                      /* rows of the validation part with a value of the first column */
    uint64_t without_label, without_part; /* rows left out */
    eh_split_info split;                  /* that made the parts */
    char hash[65];                        /* eh_catalog_hash */
    int width, height, channels;          /* of the pack */
    eh_pack *pack;                        /* NULL until eh_run_data_pixels */
    eh_pack *large, *large_masks;         /* of --presize, for the training; NULL without */
    eh_pack *masks; /* of the head that learns masks, with the rows and size of `pack`; NULL when none does */
    float mean[3],
        std[3]; /* by --normalise; of the training part's pack, in units of 0..1, std 1 where the images have no contrast */
    int normalise; /* eh_normalise */
    eh_remarks remarks;
} eh_run_data;

/* Loads labels, groups and parts and checks that a training makes sense. Errors: EH_ERR_USAGE (columns), EH_ERR_NOT_ENOUGH (nothing to learn from).
 * Release with eh_run_data_clear in every case. */
eh_status eh_run_data_load(eh_run_data *out, const eh_train_opts *opts, eh_error *err);

/* Opens (or makes) the pack and measures mean and standard deviation of the training images. */
eh_status eh_run_data_pixels(eh_run_data *data, eh_progress *progress, eh_error *err);

/* A picture from an image as the network sees it: [channels,height,width], normalised. `out` has the run's size and channels. */
void eh_run_data_picture(const eh_run_data *data, const float *values, eh_image *out);

/* Whether a row has a value of a column of classes, numbers or masks. */
bool eh_run_has_value(const eh_frame_column *column, size_t row);

void eh_run_data_clear(eh_run_data *data);

#endif
