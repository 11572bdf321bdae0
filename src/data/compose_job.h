/* compose_job.h - inside of a composition: the rules as shares, the plan, the writing. */
#ifndef EH_DATA_COMPOSE_JOB_H
#define EH_DATA_COMPOSE_JOB_H

#include "data/compose.h"
#include "evenhand/dataset.h"

/* Values of one planted attribute and, for each class of the first set, the share that each value gets. */
typedef struct eh_compose_attribute {
    const char *const *value; /* [values] names */
    size_t values;            /* 0: not planted */
    double *share;            /* [classes of the first * values], where the rules hold */
    double *asked;            /* [classes of the first * values] the ratio of the rule, NaN without one */
    int32_t *
        favoured; /* [classes of the first] the value that a rule makes more frequent than chance; -1: none */
} eh_compose_attribute;

/* One image to make. */
typedef struct eh_compose_row {
    uint32_t first, second; /* rows of the frames */
    uint8_t part;
    int8_t aligned;                  /* 1, 0, or -1 where nothing is planted for the class */
    int32_t value[EH_PLANTED_COUNT]; /* -1: not planted */
    eh_layout_box box;               /* known when it is drawn */
} eh_compose_row;

typedef struct eh_compose_job {
    const eh_compose_opts *opts;
    const eh_layout *layout;
    eh_arena *arena;
    eh_catalog *first, *second;
    eh_frame *first_frame, *second_frame;
    const eh_frame_column *first_label, *second_label;
    eh_compose_attribute attribute[EH_PLANTED_COUNT];
    int *position;     /* [positions used] the layout's number of each */
    uint8_t (*rgb)[3]; /* [colours used] */
    bool holds[4];     /* the rules hold in this part */
    bool parts;        /* the first set has parts */
    bool grey;         /* both sets are grey and nothing is coloured */
    eh_compose_row *row;
    size_t rows;
    uint64_t left_out, partners, most_used;
} eh_compose_job;

/* Fills job->attribute, position, rgb and holds from the options and the table. */
eh_status eh_compose_read_rules(eh_compose_job *job, eh_error *err);

/* Chooses the images and what each gets: job->row, and the three counters. */
eh_status eh_compose_plan(eh_compose_job *job, eh_error *err);

/* Draws all images and writes the folder with its catalog; job->grey and row[].box are set. `provenance` is written as compose.json and into the catalog.
 */
eh_status eh_compose_write(eh_compose_job *job, const char *folder, const char *provenance,
                           eh_progress *progress, eh_error *err);

#endif
