/* json.h - the few things that jansson does not do. JSON itself is jansson's json_t everywhere. */
#ifndef EH_BASE_JSON_H
#define EH_BASE_JSON_H

#include "evenhand/error.h"
#include "base/str.h"

#include <jansson.h>
#include <stdbool.h>

/* Reads a file; messages name file, line and column. Depth and size limited (512 levels, 1 GiB). `*out` is owned (json_decref). */
eh_status eh_json_read(json_t **out, const char *path, eh_error *err);

/* Writes pretty-printed JSON, as eh_json_append does, atomically, with a final LF. */
eh_status eh_json_write(const json_t *json, const char *path, eh_error *err);

/* Appends the JSON text: indented by 2 when `pretty` (arrays of plain values stay on one line), else without any space; keys in insertion
 * order; the fewest digits that read back as the same number. No final LF. */
void eh_json_append(eh_str *out, const json_t *json, bool pretty);

/* A real number, or JSON null for NaN and infinities (which JSON cannot hold). New reference. */
json_t *eh_json_number(double value);

/* Appends, taking the reference over. A NULL member clears the array, so that the json_pack around it fails. */
void eh_json_push(json_t **array, json_t *member);

/* Sets `key` to `value` (reference taken over, also when it fails); false when out of memory. */
bool eh_json_set(json_t *object, const char *key, json_t *value);

/* Members with their type checked; EH_ERR_INPUT names `where` and the key. */
eh_status eh_json_get_string(const char **out, const json_t *object, const char *key, const char *where,
                             eh_error *err);
eh_status eh_json_get_number(double *out, const json_t *object, const char *key, const char *where,
                             eh_error *err);

#endif
