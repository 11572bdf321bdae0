/* check.h - what a check is: it looks for one kind of defect in a catalog and says about which image, how sure it is, and why.
 *
 * To add a check "x": src/clean/check_x.c with `const eh_check eh_check_x`, a row in check_list.c, tests/unit/test_check_x.c.
 * check_copies.c is the template to copy. `evenhand clean --checks x`, `evenhand list checks`, the table `finding`, plan, undo and
 * the report know it then.
 *
 * A check reads; it never changes a catalog. What is done about its findings is decided in plan.h.
 */
#ifndef EH_CLEAN_CHECK_H
#define EH_CLEAN_CHECK_H

#include "clean/finding.h"
#include "data/image_look.h"
#include "evenhand/dataset.h"
#include "evenhand/option.h"

/* What a check works on. All borrowed. */
typedef struct eh_check_context {
    const char *name; /* of the check that runs */
    eh_catalog *catalog;
    const eh_frame *frame; /* every usable image with all columns and its part, in id order */
    /* [frame->rows] hashes and quality of every image, where the check asks for them, else NULL. An image that can no longer be decoded is not
     * `known`. */
    eh_image_look *look; /* checks may complete it with eh_catalog_pixel_hashes */
    eh_progress *
        progress; /* for the check's own steps; it ends with EH_ERR_INTERRUPTED when eh_progress_stop says so */
    eh_arena *arena; /* for the check's own memory; lives until all checks are done */
    uint64_t seed;
    eh_findings *findings; /* what it finds; eh_check_add is the short way */
    json_t *summary; /* an object of the check's own counts, for --json: {"pairs": 390, "clusters": 375} */
} eh_check_context;

typedef struct eh_check {
    eh_entry entry;
    bool looks;      /* asks for context->look: what the catalog does not hold is measured before */
    bool by_default; /* runs when the user names no checks: those that take seconds, not minutes */
    /* `opts`: the check's own option struct. Threads: eh_parallel_for and OpenMP within eh_threads(). */
    eh_status (*run)(eh_check_context *context, const void *opts, eh_error *err);
} eh_check;

/* All checks, NULL-terminated, in the order in which they run; every row is an eh_check. */
extern const eh_entry *const eh_check_list[];

/* Adds a finding of the check that runs (its name is filled in). As eh_findings_add: `evidence` is taken over, for instance
 * json_pack("{s:f}", "brightness", 3.5). */
eh_status eh_check_add(eh_check_context *context, eh_finding finding, json_t *evidence, eh_error *err);

/* The checks that a list of words names: "copies:distance=4,mirrored=no", "quality" ... ; the command line splits at every comma, so a word
 * such as "mirrored=no" belongs to the check before it. An empty list: all checks with by_default. Out and options in the arena.
 * EH_ERR_USAGE for unknown names, and for a check that is named twice. */
eh_status eh_check_specs(eh_thing_spec **out, size_t *count, const eh_str_list *words, eh_arena *arena,
                         eh_error *err);

/* What one check did. */
typedef struct eh_check_result {
    const eh_check *check;
    double seconds;
    uint64_t findings[3]; /* by severity */
    uint64_t images;      /* different images with a finding whose action is not `keep` */
    json_t *summary;      /* the check's own counts */
} eh_check_result;

/* What a run of checks gave. */
typedef struct eh_clean_result {
    eh_arena *arena;
    eh_frame *frame;        /* what was checked */
    eh_image_look *look;    /* [frame->rows] when a check asked for it, else NULL */
    eh_findings *findings;  /* of all checks, ranked */
    eh_check_result *check; /* [checks] in the order of eh_check_list */
    size_t checks;
} eh_clean_result;

/* Runs the checks over the catalog and stores their findings in it, all or nothing. Release with eh_clean_result_free. */
eh_status eh_clean_run(eh_clean_result **out, eh_catalog *catalog, const eh_thing_spec *specs, size_t count,
                       uint64_t seed, eh_progress *progress, eh_error *err);
void eh_clean_result_free(eh_clean_result *result);

/* Leaves of a result only what is about some of the images: id[count], ascending. What the catalog holds stays. */
eh_status eh_clean_limit(eh_clean_result *result, const int64_t *id, size_t count, eh_error *err);

#endif
