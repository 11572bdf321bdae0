/* registry.c - looking things up in the tables of kinds; see evenhand/option.h. */
#include "evenhand/option.h"

#include "evenhand/memory.h"
#include "base/str.h"

#include <string.h>

const eh_kind *eh_kind_find(const char *name)
{
    for (const eh_kind *const *kind = eh_kinds(); *kind; kind++)
        if (strcmp((*kind)->name, name) == 0 || strcmp((*kind)->plural, name) == 0)
            return *kind;
    return NULL;
}

/* Writes the sentence for an unknown name: the nearest one and the whole list. */
static eh_status fail_unknown(const eh_kind *kind, const char *name, eh_error *err)
{
    size_t count = 0;
    while (kind->list[count])
        count++;
    eh_str list = { 0 };
    const char **names = eh_alloc(count + 1, sizeof *names);
    const char *nearest = NULL;
    for (size_t i = 0; i < count; i++)
        eh_str_appendf(&list, "%s%s", i ? ", " : "", kind->list[i]->name);
    if (names) {
        for (size_t i = 0; i < count; i++)
            names[i] = kind->list[i]->name;
        nearest = eh_nearest(name, names);
    }
    if (nearest)
        eh_fail(err, EH_ERR_USAGE, "There is no %s \"%s\"; did you mean \"%s\"? The %s are: %s.", kind->name,
                name, nearest, kind->plural, eh_str_text(&list));
    else
        eh_fail(err, EH_ERR_USAGE, "There is no %s \"%s\". The %s are: %s.", kind->name, name, kind->plural,
                eh_str_text(&list));
    eh_free(names);
    eh_str_clear(&list);
    return EH_ERR_USAGE;
}

eh_status eh_thing_find(const eh_entry **out, const char *kind, const char *name, eh_error *err)
{
    *out = NULL;
    const eh_kind *found = eh_kind_find(kind);
    if (!found)
        return eh_fail(err, EH_ERR_USAGE, "There is no kind of thing called \"%s\".", kind);
    for (const eh_entry *const *entry = found->list; *entry; entry++) {
        if (strcmp((*entry)->name, name) == 0) {
            *out = *entry;
            return EH_OK;
        }
    }
    return fail_unknown(found, name, err);
}
