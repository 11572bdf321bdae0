/* json_scan.h - large JSON read piece by piece: where the members of an object and the elements of an array lie, without building any of it.
 *
 * A file of a gigabyte becomes ten when it is built whole; here only the pieces that are wanted are given to jansson, one at a time. Brackets, strings and
 * separators are checked; what stands inside a piece that nobody builds is not.
 */
#ifndef EH_BASE_JSON_SCAN_H
#define EH_BASE_JSON_SCAN_H

#include "evenhand/error.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

/* A piece of the text. */
typedef struct eh_json_span {
    const char *text;
    size_t size;
} eh_json_span;

/* Where in an object or array the reading is. */
typedef struct eh_json_scan {
    const char *name; /* of the file, for messages */
    const char *begin, *end, *at;
    bool started;
} eh_json_scan;

/* Begins to read the object or array that `span` is. EH_ERR_INPUT when it is neither ('{' or '[' is `open`). */
eh_status eh_json_scan_begin(eh_json_scan *s, const char *name, eh_json_span span, char open, eh_error *err);

/* The next member of an object, its key without quotes and as written, or the next element of an array (key NULL). *more false: there is none. */
eh_status eh_json_scan_next(eh_json_scan *s, eh_json_span *key, eh_json_span *value, bool *more,
                            eh_error *err);

/* True when a key is `word`. */
bool eh_json_key_is(eh_json_span key, const char *word);

/* Builds a piece. *out is owned (json_decref). */
eh_status eh_json_span_load(json_t **out, const char *name, eh_json_span span, eh_error *err);

#endif
