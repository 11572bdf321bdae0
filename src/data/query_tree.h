/* query_tree.h - inside of a query: what was read (query_parse.c), and what its tests mean for given columns (query_bind.c).
 *
 * A bound test is one of three shapes, whatever was written: a set of classes, a union of intervals, or a list of texts and patterns; each with or
 * without missing values, and perhaps negated. So query_rows.c and query_sql.c, which answer it, are short and agree.
 */
#ifndef EH_DATA_QUERY_TREE_H
#define EH_DATA_QUERY_TREE_H

#include "evenhand/query.h"
#include "base/str.h"

#define EH_QUERY_LONGEST    65536 /* bytes */
#define EH_QUERY_DEEPEST    16    /* brackets and "not" inside each other */
#define EH_QUERY_MOST_TESTS 500   /* SQLite takes 1,000 levels */

/* A name or value as written, and where. */
typedef struct eh_query_word {
    const char *text;
    size_t at; /* characters from 1 */
    bool quoted;
} eh_query_word;

typedef enum eh_query_item_kind {
    EH_QUERY_EQUAL,   /* low */
    EH_QUERY_RANGE,   /* low .. high; a text of NULL: no end on that side */
    EH_QUERY_PATTERN, /* low */
    EH_QUERY_MISSING
} eh_query_item_kind;

typedef struct eh_query_item {
    eh_query_item_kind kind;
    eh_query_word low, high;
    bool low_open, high_open; /* the end itself does not belong to the range */
    struct eh_query_item *next;
} eh_query_item;

typedef enum eh_query_node_kind { EH_QUERY_AND, EH_QUERY_OR, EH_QUERY_NOT, EH_QUERY_TEST } eh_query_node_kind;

typedef struct eh_query_node {
    eh_query_node_kind kind;
    struct eh_query_node *left, *right; /* EH_QUERY_NOT: left */
    size_t test;                        /* EH_QUERY_TEST: its number */
} eh_query_node;

/* One test: any of the items holds, or with `negated` none. */
typedef struct eh_query_test {
    eh_query_word name;
    bool negated;
    eh_query_item *item;
} eh_query_test;

struct eh_query {
    eh_arena *arena; /* owns everything */
    const char *text;
    eh_query_node *root;
    eh_query_test *test;
    size_t tests;
    const char **name; /* [names] */
    size_t names;
};

typedef struct eh_bound_interval {
    double low, high; /* infinite: no end */
    bool low_open, high_open;
} eh_bound_interval;

typedef struct eh_bound_text {
    const char *text;
    bool pattern;
} eh_bound_text;

/* A test that knows its column. */
typedef struct eh_bound_test {
    size_t column;
    bool negated, missing;
    uint8_t *cls; /* [classes] EH_COLUMN_CLASS: 1 in the set */
    eh_bound_interval *interval;
    eh_bound_text *text;
    size_t count; /* of intervals or texts */
} eh_bound_test;

/* Bound tests of a query, [query->tests], in the arena. The arrays of the columns are not looked at, only names, kinds and classes.
 * `what` says in errors what the columns belong to ("the catalog a.eh"); NULL says nothing. */
eh_status eh_query_bind(eh_bound_test **out, eh_arena *arena, const eh_query *query,
                        const eh_frame_column *column, size_t columns, const char *what, eh_error *err);

/* EH_ERR_USAGE: "the query 'text', character N: " and the sentence. */
eh_status eh_query_fail(const char *text, size_t at, eh_error *err, const char *format, ...) EH_PRINTF(4, 5);

#ifdef __clang_analyzer__ /* as in error.h */
#define eh_query_fail(text, at, err, ...) \
    ((void)(eh_query_fail)((text), (at), (err), __VA_ARGS__), EH_ERR_USAGE)
#endif

#endif
