/* predict_input.h - the images that are to be predicted: a catalog, a folder or archive, a list of files, or one picture. */
#ifndef EH_TRAIN_PREDICT_INPUT_H
#define EH_TRAIN_PREDICT_INPUT_H

#include "evenhand/dataset.h"
#include "evenhand/progress.h"
#include "train/task.h"

struct eh_source;

typedef struct eh_predict_input {
    eh_arena *arena;
    const char *path;
    size_t count;
    /* a catalog; else NULL */
    eh_catalog *catalog;
    eh_frame *frame;                        /* its rows are the images */
    eh_groups *groups;                      /* NULL: none of the group columns is there */
    const eh_frame_column *truth[EH_HEADS]; /* of each head; NULL where the catalog has no such column */
    /* everything else */
    struct eh_source *source; /* NULL: files by path */
    const char **file;        /* [count] members, or paths */
    const char **shown;       /* [count] as the user knows them */
    size_t passed_over;       /* files that are no pictures by their names */
} eh_predict_input;

typedef struct eh_predict_input_opts {
    const char *where;         /* query over a catalog; NULL: all */
    const char *column;        /* of a CSV: with file names; NULL: "file", "path", ... or the only one */
    const eh_str_list *groups; /* columns of a catalog whose values go with the predictions */
    bool
        must_have_groups; /* each of them must be a column of classes; else those that are not are passed over */
} eh_predict_input_opts;

/* Opens and lists. Errors: EH_ERR_INPUT, EH_ERR_USAGE (a query over what is no catalog), EH_ERR_NOT_ENOUGH without images. Release with
 * eh_predict_input_clear in every case. */
eh_status eh_predict_input_open(eh_predict_input *out, const char *path, const eh_task *task,
                                const eh_predict_input_opts *opts, eh_progress *progress, eh_error *err);
void eh_predict_input_clear(eh_predict_input *input);

/* Name of image i, into out. */
eh_status eh_predict_input_name(const eh_predict_input *input, size_t i, char *out, size_t size,
                                eh_error *err);

/* Decodes image i. Safe from several threads at once. */
eh_status eh_predict_input_read(const eh_predict_input *input, size_t i, const eh_decode_opts *opts,
                                eh_image *out, eh_error *err);

#endif
