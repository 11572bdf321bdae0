/* report.h - one self-contained HTML file from one or more results.json.
 *
 * The file is the embedded template (docs/report_template.md) with three things put in: a title, the key numbers as HTML that needs no
 * script, written by the registered sections, and the results as JSON for the page's script.
 *
 * To add a section "x" to the static part: src/report/section_x.c with `const eh_section eh_section_x`, a row in section_list.c,
 * tests/unit/test_section_x.c. section_groups.c is the template to copy. Order on the page is the order of the table.
 */
#ifndef EH_REPORT_REPORT_H
#define EH_REPORT_REPORT_H

#include "evenhand/memory.h"
#include "evenhand/option.h"
#include "evenhand/progress.h"
#include "base/str.h"

#include <jansson.h>

/* Results that differ by their seed alone. */
typedef struct eh_report_entry {
    const char *label;
    size_t *result; /* [count] indices into eh_report.result */
    size_t count;
} eh_report_entry;

/* What the sections write about. Everything is borrowed. */
typedef struct eh_report {
    eh_arena *arena;
    const char *title;
    json_t *const *result; /* [results] documents */
    size_t results;
    const json_t **
        split; /* [results] the split that the verdict is about: the first of the first head; NULL of a document about data alone */
    bool *comparable;       /* [results] same data, groups and heads as the baseline */
    eh_report_entry *entry; /* comparable results; entry 0 is the baseline */
    size_t entries;         /* 0: no head of classes was measured */
    bool measured;          /* some model was, of classes, numbers or masks */
    const json_t *
        data; /* the document whose data the sections describe: one about data alone, of the baseline's data set, else the baseline */
    int64_t best; /* the other entry with the highest worst-group accuracy; -1 = none */
} eh_report;

typedef struct eh_section {
    eh_entry entry; /* no options */
    const char *title;
    bool (*applies)(const eh_report *report);
    /* Appends the section's content below its heading. */
    void (*write)(eh_str *html, const eh_report *report);
} eh_section;

extern const eh_entry *const eh_section_list[];

typedef struct eh_report_opts {
    const char *title;          /* NULL: made from the data's name */
    bool no_images;             /* leave the thumbnails out */
    eh_str_list groups, labels; /* of catalogs: columns whose crossing makes groups, columns with classes */
    const char *planted;        /* of catalogs: a CSV with the truth about planted defects; NULL: none */
    uint64_t seed;              /* of the intervals of a catalog's associations */
} eh_report_opts;

/* Arranges results for the sections; borrows `result`. EH_ERR_INPUT when one of them is no result of this format. `name` (of each, may
 * be NULL) is for messages. */
eh_status eh_report_arrange(eh_report *out, eh_arena *arena, json_t *const *result, const char *const *name,
                            size_t results, const eh_report_opts *opts, eh_error *err);

/* The static part: every section that applies. */
void eh_report_static(eh_str *html, const eh_report *report);

/* The whole page. */
eh_status eh_report_html(eh_str *html, const eh_report *report, const eh_report_opts *opts, eh_error *err);

/* Makes a report from run folders, results.json files and catalogs and writes it, whole or not at all. A run's folder without results.json is measured
 * first. */
eh_status eh_report_write(const char *path, const char *const *inputs, size_t count,
                          const eh_report_opts *opts, eh_progress *progress, eh_error *err);

/* Mean, lowest and highest of a number over an entry's runs; of one run its value and interval. */
typedef struct eh_spread {
    double value, low, high;
    size_t runs;       /* that have the number */
    uint64_t count, n; /* of one run: the proportion; else 0 */
} eh_spread;

/* Accuracy of a group (-1: of each run's own worst group; -2: over all images) under an entry. */
eh_spread eh_report_accuracy(const eh_report *report, size_t entry, int64_t group);

/* Change from the baseline to the entry, of a group (-2: over all images). Of one run each an interval; else the range over the
 * seeds, each with the baseline's run of the same seed where there is one, else every pair. `paired` says which kind of interval. */
eh_spread eh_report_change(const eh_report *report, size_t entry, int64_t group, bool *paired);

/* The verdict as plain sentences, one paragraph each, the first the most important; what a person reads first. */
eh_status eh_report_verdict(eh_str *paragraphs, const eh_report *report, eh_error *err);

/* The same about heads of numbers, which eh_report_verdict calls: their errors, in which direction, which groups differ. */
void eh_report_number_verdict(eh_str *paragraphs, const eh_report *report);

#endif
