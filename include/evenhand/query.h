/* query.h - which rows are meant: "age in 10..14 and gender=male".
 *
 * One language for every command that takes a part of the rows (docs/queries.md):
 *
 *     query = and { "or" and }
 *     and   = not { "and" not }
 *     not   = "not" not | "(" query ")" | test
 *     test  = name ( "=" | "!=" | "<" | "<=" | ">" | ">=" ) value
 *           | name ( "~" | "!~" ) pattern                          shell pattern: * ? [a-z]
 *           | name [ "not" ] "in" set
 *           | name [ "is" ] [ "not" ] "missing"
 *     set   = value ".." value | "(" item { "," item } ")"         item = value | value ".." value; both ends belong to a range
 *
 * Every test is true or false: a missing value passes "missing" and the negated tests (!=, !~, not ...), no other. Names and values that hold
 * blanks, signs or words of the language stand in quotes.
 */
#ifndef EVENHAND_QUERY_H
#define EVENHAND_QUERY_H

#include "evenhand/dataset.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct eh_query eh_query;

/* Reads a query. EH_ERR_USAGE quotes it and names the character where it is wrong. Which columns there are is asked later. */
EH_API eh_status eh_query_parse(eh_query **out, const char *text, eh_error *err);
EH_API void eh_query_free(eh_query *query); /* NULL is fine */

/* As it was written. Borrowed. */
EH_API const char *eh_query_text(const eh_query *query);

/* The names in it, each once, in order of appearance. Borrowed. */
EH_API size_t eh_query_names(const eh_query *query);
EH_API const char *eh_query_name(const eh_query *query, size_t i);

/* keep[rows] becomes 1 where the query holds and else 0, over columns in memory; `kept` (NULL allowed) counts them. EH_ERR_USAGE names the character,
 * the column or class that does not exist, and the nearest. */
EH_API eh_status eh_query_rows(const eh_query *query, const eh_frame_column *column, size_t columns,
                               size_t rows, uint8_t *keep, size_t *kept, eh_error *err);

/* The i-th property that every image of a catalog has besides its columns ("width", "part", "path" ...), and what it is (`help`, NULL allowed); NULL behind
 * the last. "image.width" is the property also where a column is called "width". */
EH_API const char *eh_property_name(size_t i, const char **help);

/* Ids of the images for which it holds, ascending; NULL selects all. Names are the catalog's columns and the properties of its images
 * (eh_property_name). A query that names `status` is asked of every image, another of the usable ones. Release with eh_free.
 * EH_ERR_NOT_ENOUGH when there is none. */
EH_API eh_status eh_catalog_select(int64_t **out, size_t *count, eh_catalog *catalog, const eh_query *where,
                                   eh_error *err);

/* As eh_frame_load, with only the rows for which the query holds (NULL: all). Which images are asked, and errors: as eh_catalog_select. */
EH_API eh_status eh_frame_load_where(eh_frame **out, eh_catalog *catalog, const char *const *names,
                                     size_t count, const eh_query *where, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
