/* option.h - registered things and their option tables.
 *
 * Every registered kind (format, model, op, loss, optimiser, schedule, method, metric, report section,
 * command) has a `const` struct whose first member is an eh_entry. One table of options per thing drives
 * the command line, the recipe (YAML), --help, the man page and shell completion.
 *
 * To add a thing: one new file `<kind>_<name>.c` that exports `eh_<kind>_<name>`, and one row in
 * `<kind>_list.c`. Nothing else.
 */
#ifndef EVENHAND_OPTION_H
#define EVENHAND_OPTION_H

#include "evenhand/error.h"
#include "evenhand/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

/* C type behind an option, at `offset` in the thing's own option struct. */
typedef enum eh_opt_type {
    EH_OPT_BOOL, /* bool;         "true/false/yes/no/on/off/1/0"; on the command line `--x` and `--no-x` too */
    EH_OPT_INT,  /* int64_t;      min..max apply */
    EH_OPT_FLOAT,  /* double;       min..max apply; NaN and infinity are refused */
    EH_OPT_STRING, /* const char *; in the arena; NULL when the default is NULL */
    EH_OPT_CHOICE, /* int;          index into `choices` */
    EH_OPT_LIST,   /* eh_str_list;  comma separated on the command line, a sequence (or such text) in YAML */
    EH_OPT_SETS, /* eh_str_list; sets of options "key=value,key=value", separated by ';' on the command line (";" inside is "\\;"), a
                      sequence of mappings (or of such texts) in YAML */
    EH_OPT_THING /* eh_thing_spec; the name of a registered thing of kind `kind` with its own options:
                      "gdro:step-size=0.02,adjust=1" on the command line, a name or a mapping
                      {name: gdro, step-size: 0.02} in YAML; a thing has no option called "name" */
} eh_opt_type;

/* A list of strings; memory belongs to the arena that the options were parsed into. */
typedef struct eh_str_list {
    const char **item;
    size_t count;
} eh_str_list;

typedef struct eh_entry eh_entry;

/* A chosen thing and its option struct, filled with defaults and the user's values. */
typedef struct eh_thing_spec {
    const eh_entry *entry; /* NULL when no thing was chosen */
    void *opts;            /* entry->opts_size bytes in the arena; NULL when opts_size is 0 */
} eh_thing_spec;

/* One option. A table ends with an element whose name is NULL. Names are kebab-case. */
typedef struct eh_opt {
    const char *name;
    const char *help; /* one line, no full stop */
    eh_opt_type type;
    size_t offset;
    const char *def;            /* default as text; NULL: false, 0, NULL string, empty list, no thing */
    double min, max;            /* numbers: both 0 means unlimited */
    const char *const *choices; /* EH_OPT_CHOICE: NULL-terminated */
    const char *kind;           /* EH_OPT_THING: the registry's kind word, "model" */
    const char *metavar;        /* shown in help: "N", "FILE"; NULL: derived from the type */
    char short_name;            /* command line only: 'o' for -o; 0 for none */
    bool required;              /* strings, lists and things only: no value is an error */
} eh_opt;

/* First member of every registered thing. */
struct eh_entry {
    const char *name;    /* "gdro": the word the user types, the recipe's section, the file's suffix */
    const char *summary; /* one line for --help, `evenhand list`, the report */
    const char *source;  /* paper or specification; NULL where there is none (commands) */
    const eh_opt *opts;  /* option table over the thing's own struct; NULL for none */
    size_t opts_size;    /* sizeof that struct */
};

/* A kind of thing: its word, its plural for `evenhand list`, and its NULL-terminated table. */
typedef struct eh_kind {
    const char *name;   /* "model" */
    const char *plural; /* "models" */
    const char *summary;
    const eh_entry *const *list;
} eh_kind;

/* All kinds, NULL-terminated, in the order `evenhand list` shows them. */
EH_API const eh_kind *const *eh_kinds(void);

/* The kind of that name or plural, or NULL. */
EH_API const eh_kind *eh_kind_find(const char *name);

/* The thing `name` of kind `kind`. Unknown names give EH_ERR_USAGE with the nearest valid name and the list. */
EH_API eh_status eh_thing_find(const eh_entry **out, const char *kind, const char *name, eh_error *err);

/* Fills `opts` (zeroed by this call) with the table's defaults; strings, lists and things live in the arena. A NULL table is fine. */
EH_API eh_status eh_opts_defaults(const eh_opt *table, void *opts, eh_arena *arena, eh_error *err);

/* Sets one option from text; NULL text: no value. `where` ("recipe.yaml:12", "--lr") begins the error sentence. Unknown keys name the
 * nearest. */
EH_API eh_status eh_opts_set(const eh_opt *table, void *opts, const char *key, const char *text,
                             const char *where, eh_arena *arena, eh_error *err);

/* Parses "name" or "name:key=value,key=value" into a thing of `kind`; empty text gives no thing. Inside a value a comma is written "\,". */
EH_API eh_status eh_thing_parse(eh_thing_spec *out, const char *kind, const char *text, const char *where,
                                eh_arena *arena, eh_error *err);

#ifdef __cplusplus
}
#endif
#endif
