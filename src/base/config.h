/* config.h - a recipe: YAML read into a tree that knows its lines, and the way from the tree to option structs and back. */
#ifndef EH_BASE_CONFIG_H
#define EH_BASE_CONFIG_H

#include "evenhand/error.h"
#include "evenhand/memory.h"
#include "evenhand/option.h"
#include "base/str.h"

typedef enum eh_config_type {
    EH_CONFIG_NULL,
    EH_CONFIG_SCALAR,
    EH_CONFIG_SEQUENCE,
    EH_CONFIG_MAPPING
} eh_config_type;

typedef struct eh_config eh_config;
struct eh_config {
    eh_config_type type;
    const char *file; /* for messages */
    int line;         /* from 1 */
    const char *key;  /* set on members of a mapping */
    const char *text; /* scalar */
    eh_config **item; /* members in file order */
    size_t count;
};

/* Parses YAML (no anchors, no tags, one document; depth <= 16) into the arena. */
eh_status eh_config_read(eh_config **out, eh_arena *arena, const char *path, eh_error *err);
eh_status eh_config_parse(eh_config **out, eh_arena *arena, const char *name, const char *text, size_t size,
                          eh_error *err);

/* Member of a mapping, or NULL. */
const eh_config *eh_config_get(const eh_config *mapping, const char *key);

/* Sets all members of a mapping. */
eh_status eh_opts_from_config(const eh_opt *table, void *opts, const eh_config *mapping, eh_arena *arena,
                              eh_error *err);

/* Sets options from "key=value,key=value"; inside a value a comma is written "\,". The value of a list takes what follows without an equals sign
 * too ("groups=gender,skin,label=hair"), and a boolean alone means yes ("near"). `owner` is what the pairs belong to, for the error sentence. */
eh_status eh_opts_set_pairs(const eh_opt *table, void *opts, const char *owner, const char *pairs,
                            const char *where, eh_arena *arena, eh_error *err);

/* True when the last of such pairs sets a list, so that more may follow. */
bool eh_opts_end_in_list(const eh_opt *table, const char *pairs);

/* Required options that still have no value: EH_ERR_USAGE naming the first. */
eh_status eh_opts_check_required(const eh_opt *table, const void *opts, const char *where, eh_error *err);

/* Appends a value for a list or a set of options: commas and backslashes are escaped as eh_opts_set reads them. */
void eh_opt_append_escaped(eh_str *out, const char *text);

/* Value of an option as text that eh_opts_set would read back (things as "name:key=value,..."), in the arena. */
const char *eh_opt_text(const eh_opt *opt, const void *opts, eh_arena *arena);

/* Writes the whole option struct as YAML lines, indented by `indent` spaces; things as nested mappings with every option. This is the
 * resolved recipe; reading it back gives the same struct. */
void eh_opts_write_yaml(eh_str *out, const eh_opt *table, const void *opts, int indent);

#endif
