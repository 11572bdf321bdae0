/* synth_faces_write.h - the plan of a drawn data set: which image has which group, part, label and file. */
#ifndef EH_DATA_SYNTH_FACES_WRITE_H
#define EH_DATA_SYNTH_FACES_WRITE_H

#include "base/folder.h"
#include "base/str.h"
#include "evenhand/faces.h"
#include "evenhand/memory.h"

typedef enum eh_faces_part { EH_PART_TRAIN, EH_PART_VALID, EH_PART_TEST, EH_PART_COUNT } eh_faces_part;

/* One row of faces.csv; images that are drawn come first, planted files after them. */
typedef struct eh_faces_row {
    uint8_t part, gender, hair, style, skin_type, age, glasses, hat, expression;
    uint8_t blond, label_blond; /* as drawn, and as written */
    uint8_t label_gender;       /* as written; `gender` is as drawn */
} eh_faces_row;

/* A planted defect. */
typedef struct eh_faces_plant {
    uint32_t row;      /* the row that is wrong, or that was added */
    uint32_t original; /* the drawn image that it comes from */
    uint8_t kind;      /* EH_PLANT_COPY ... */
    uint8_t variant;
} eh_faces_plant;

enum {
    EH_PLANT_COPY,
    EH_PLANT_NEAR,
    EH_PLANT_WRONG,
    EH_PLANT_GROUP,
    EH_PLANT_POOR,
    EH_PLANT_BROKEN,
    EH_PLANT_KINDS
};

/* How many of each kind the options ask for. */
void eh_faces_plant_counts(int64_t out[EH_PLANT_KINDS], const eh_faces_opts *opts);

/* True for kinds that add a row and a file; the others change what was drawn. */
bool eh_faces_plant_adds(unsigned kind);

typedef struct eh_faces_plan {
    const eh_faces_opts *opts;
    eh_faces_row *row; /* rows */
    size_t drawn, rows;
    eh_faces_plant *plant; /* plants */
    size_t plants;
    eh_atomic_folder folder; /* where files are written */
} eh_faces_plan;

enum { EH_FACES_NAME_SIZE = 64 };

/* "images/000001.jpg" of a row (counted from 0). */
void eh_faces_file_name(char out[EH_FACES_NAME_SIZE], const eh_faces_opts *opts, size_t row);

/* The word of a part: "train", "valid", "test". */
const char *eh_faces_part_name(unsigned part);

/* How many images of each group [blond][gender] a part of `count` has: in proportion to the weights, at least `least` each. */
eh_status eh_faces_group_counts(uint64_t out[2][2], const eh_faces_opts *opts, uint64_t count, uint64_t least,
                                const char *part, eh_error *err);

/* Chooses the defects: fills plan->plant, sets label_blond and label_gender of rows with wrong labels, and fills the rows of added files. plan->row
 * and plan->plant have room. */
eh_status eh_faces_plan_plants(eh_faces_plan *plan, eh_error *err);

/* Writes the file of a plant that has one. Reads the original's bytes from the folder. */
eh_status eh_faces_write_plant(const eh_faces_plan *plan, const eh_faces_plant *plant, eh_error *err);

/* The text of planted.csv. */
void eh_faces_plants_csv(eh_str *out, const eh_faces_plan *plan);

#endif
