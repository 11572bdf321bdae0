/* planted.h - findings counted against defects whose truth is known: planted in drawn faces, or listed by anybody. */
#ifndef EH_CLEAN_PLANTED_H
#define EH_CLEAN_PLANTED_H

#include "clean/finding.h"

/* What became of one kind of planted defects. "Reported" are findings that are more than a note. */
typedef struct eh_planted_kind {
    const char *defect; /* "exact copy", "leak", "wrong label" ... */
    uint64_t planted;   /* of images that were imported, broken files apart */
    uint64_t reported;  /* findings of that kind */
    uint64_t found; /* planted defects among them: recall is found / planted, precision found / reported */
    double
        average_precision; /* area under the precision-recall curve of all the findings of that kind by score, notes too; what is no finding counts
                                 as missed, so it is a lower bound where a check does not rank every image */
} eh_planted_kind;

typedef struct eh_planted {
    eh_arena *arena;
    eh_planted_kind *kind; /* [kinds] */
    size_t kinds;
} eh_planted;

/* Reads the truth, a CSV with the columns file (a path as the catalog has it), kind, and of copies original, leaks_into (empty: no leak), of wrong
 * labels column; others are ignored. The kinds: those of `evenhand demo --faces plant-...` (exact copy, near copy, wrong label, wrong group, poor
 * image, broken file), and the name of any check. A row with leaks_into is a leak too. Counts the findings, which must be ranked, against it; kinds
 * whose check is not among the `checks` names are left out (NULL: those whose check found nothing at all).
 * EH_ERR_INPUT for a file without these columns, an unknown kind, and when none of its files is in the catalog. Release with eh_planted_free. */
eh_status eh_planted_count(eh_planted **out, const char *path, eh_catalog *catalog,
                           const eh_findings *findings, const char *const *check, size_t checks,
                           eh_error *err);
void eh_planted_free(eh_planted *planted);

#endif
