/* celeba_lists.h - CelebA's lists, as .txt (columns apart by spaces) or .csv, read into one form. */
#ifndef EH_DATA_CELEBA_LISTS_H
#define EH_DATA_CELEBA_LISTS_H

#include "evenhand/error.h"
#include "evenhand/memory.h"
#include "data/source.h"

/* A list with a name in front of every row. */
typedef struct eh_celeba_list {
    const char **title; /* [fields] attribute names; NULL for lists without a line of them */
    const char **name;  /* [rows] "000001.jpg" */
    const char **cell;  /* [rows * fields], NULL where the line is too short */
    size_t *line;       /* [rows] from 1 */
    size_t *extra;      /* [rows] fields too many */
    size_t fields, rows;
    long long claimed; /* what the count line says; -1 when there is none */
} eh_celeba_list;

/* Reads the member `path` of the source into the arena. `titled`: a text list has a line with a count and a line with titles (list_attr_celeba.txt); otherwise every
 * line is a row with one field (identity_CelebA.txt, list_eval_partition.txt). A .csv file has a header in both cases. */
eh_status eh_celeba_read(eh_celeba_list *out, eh_arena *arena, const eh_source *source, const char *path,
                         int titled, eh_error *err);

#endif
