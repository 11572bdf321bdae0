/* finding.h - what a check found out about an image: kept in memory while checks run, then in the catalog's table `finding`. */
#ifndef EH_CLEAN_FINDING_H
#define EH_CLEAN_FINDING_H

#include "evenhand/catalog.h"
#include "evenhand/memory.h"

#include <jansson.h>

/* How sure it is that something is wrong. Stored as "note", "warning", "error". */
typedef enum eh_severity {
    EH_SEVERITY_NOTE,    /* worth a look; often nothing is wrong */
    EH_SEVERITY_WARNING, /* likely a defect */
    EH_SEVERITY_ERROR    /* certainly a defect: the same bytes twice, a broken file */
} eh_severity;

/* What to do about it. Stored as "keep", "quarantine", "relabel", "look". Only `quarantine` and `relabel` change a catalog, and only
 * when the user applies a plan. */
typedef enum eh_action {
    EH_ACTION_KEEP, /* nothing: the image is named because others were found beside it (the keeper of a cluster) */
    EH_ACTION_QUARANTINE, /* take it out */
    EH_ACTION_RELABEL,    /* give `column` the value `suggestion` */
    EH_ACTION_LOOK        /* a person must decide */
} eh_action;

/* "note" ..., "keep" ... ; and back: false for another word. */
const char *eh_severity_name(eh_severity severity);
const char *eh_action_name(eh_action action);
bool eh_severity_parse(eh_severity *out, const char *word);
bool eh_action_parse(eh_action *out, const char *word);

typedef struct eh_finding {
    int64_t image; /* catalog id */
    int64_t other; /* another image that it is about: the keeper of a copy; 0: none */
    int64_t
        cluster; /* number of the group of images that belong together, from 1 within its check; 0: none */
    const char *check;
    eh_severity severity;
    eh_action action;
    double score;           /* 0 .. 1: findings are ranked by it, the highest first, also across checks */
    const char *column;     /* name of the data column that it is about (a wrong label); NULL: none */
    const char *suggestion; /* EH_ACTION_RELABEL: the value that the column should have, as text */
    const char *evidence;   /* one small JSON object: {"distance": 3, "by": "phash"} */
} eh_finding;

/* A growing list. Owns all texts. */
typedef struct eh_findings {
    eh_arena *arena;
    eh_finding *item;
    size_t count, capacity;
} eh_findings;

/* NULL when out of memory. */
eh_findings *eh_findings_new(void);
void eh_findings_free(eh_findings *findings);

/* Appends a copy. `evidence` is taken over, also on failure (NULL: an empty object) and stands for finding->evidence. A score outside
 * 0 .. 1 or NaN is a mistake of the check and asserted. */
eh_status eh_findings_add(eh_findings *findings, const eh_finding *finding, json_t *evidence, eh_error *err);

/* Sorts by score (highest first), then check, image, other, column: the order in which they are shown and stored. */
void eh_findings_rank(eh_findings *findings);

/* Writes the findings of the checks named in `check` to the catalog in place of all that these checks had found before; in one
 * transaction. Findings of other checks stay. A catalog of version 1 is brought to the present version first. */
eh_status eh_findings_store(eh_catalog *catalog, const eh_findings *findings, const char *const *check,
                            size_t checks, eh_error *err);

/* The stored findings about usable images, of one check or (NULL) of all, ranked. Empty for a catalog that was never checked. */
eh_status eh_findings_load(eh_findings **out, eh_catalog *catalog, const char *check, eh_error *err);

/* The same for all checks, with the findings about images that were taken out of use since. */
eh_status eh_findings_load_all(eh_findings **out, eh_catalog *catalog, eh_error *err);

#endif
