/* compose.h - data sets with a planted bias, made of two others.
 *
 * Every image of the first set is used once. It gets a partner from the second, a position and a colour, each drawn according to the class
 * of the first: those are the planted attributes. What is drawn is exact: of n images of a class, the share that a rule asks for is met to one
 * image. compose_rules.c says what a rule means, compose_write.c what is written.
 */
#ifndef EH_DATA_COMPOSE_H
#define EH_DATA_COMPOSE_H

#include "evenhand/catalog.h"
#include "data/layout.h"

/* What is planted. */
typedef enum eh_planted {
    EH_PLANTED_PARTNER,
    EH_PLANTED_POSITION,
    EH_PLANTED_COLOUR,
    EH_PLANTED_COUNT
} eh_planted;

typedef struct eh_compose_opts {
    const char *first, *second;             /* paths of catalogs */
    const char *first_label, *second_label; /* class columns; NULL: the only one that there is */
    eh_thing_spec layout;                   /* kind "layout" */
    eh_str_list pairs; /* "Trouser=3:0.95": class of the first, class of the second, ratio */
    double diagonal;   /* > 0: class k of the first with class k of the second (modulo) at this ratio */
    eh_str_list positions,
        position_pairs;                /* names of the layout's positions to use; "Trouser=top-left:0.9" */
    eh_str_list colours, colour_pairs; /* words or #rrggbb; "Trouser=red:0.9" */
    int tint;                          /* 0: the second picture gets the colour, 1: the first */
    const char *table;                 /* CSV of rules; NULL: none */
    eh_str_list biased;                /* parts that the rules hold in; elsewhere everything is even */
    int64_t limit;                     /* images per part; 0: all */
    bool container;                    /* one IDX file in place of PNG files */
    uint64_t seed;
} eh_compose_opts;

/* One rule and what became of it in one part. */
typedef struct eh_compose_rule_result {
    eh_part part;
    eh_planted planted;
    const char *cls, *value;
    double asked;          /* share */
    uint64_t images, with; /* images of the class, and how many of them have the value */
} eh_compose_rule_result;

typedef struct eh_compose_report {
    eh_arena *arena; /* owns everything below */
    uint64_t images, of_part[4], aligned[4], conflicting[4];
    uint64_t left_out; /* images of the first set without a label or, where others have one, without a part */
    uint64_t partners,
        most_used; /* different images of the second set that were used, and how often the one used most */
    const char *first_hash, *second_hash;
    const char *catalog; /* path of the catalog that was written */
    eh_compose_rule_result *rule;
    size_t rules;
} eh_compose_report;

/* Composes into the new folder `folder`, whole or not at all. Release the report with eh_compose_report_clear. */
eh_status eh_compose(eh_compose_report *report, const char *folder, const eh_compose_opts *opts,
                     eh_progress *progress, eh_error *err);
void eh_compose_report_clear(eh_compose_report *report);

/* "partner", "position", "colour". */
const char *eh_planted_name(eh_planted planted);

#endif
