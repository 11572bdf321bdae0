/* command_words.c - see command_words.h. */
#include "cli/command_words.h"
#include "base/config.h"

#include <string.h>

typedef struct words {
    const char **word;
    size_t count, capacity;
    eh_arena *arena;
    bool failed;
} words;

static void push(words *w, const char *word)
{
    if (!word || w->count == w->capacity)
        w->failed = true;
    else
        w->word[w->count++] = word;
}

static void push_option(words *w, const eh_opt *opt, const void *opts, const void *untouched, bool named)
{
    const char *text = eh_opt_text(opt, opts, w->arena), *normal = eh_opt_text(opt, untouched, w->arena);
    if (!text || !*text || (named && normal && strcmp(text, normal) == 0))
        return;
    if (!named && opt->type == EH_OPT_LIST) {
        const eh_str_list *list = (const void *)((const char *)opts + opt->offset);
        for (size_t i = 0; i < list->count; i++)
            push(w, list->item[i]);
        return;
    }
    if (named && opt->type == EH_OPT_BOOL) {
        push(w, eh_arena_printf(w->arena, "--%s%s", strcmp(text, "true") == 0 ? "" : "no-", opt->name));
        return;
    }
    if (named)
        push(w, eh_arena_printf(w->arena, "--%s", opt->name));
    push(w, text);
}

static size_t count_words(const eh_opt *table, const void *opts)
{
    size_t count = 0;
    for (; table && table->name; table++) {
        const eh_str_list *list = (const void *)((const char *)opts + table->offset);
        count += 2 + (table->type == EH_OPT_LIST ? list->count : 0);
    }
    return count;
}

eh_status eh_command_words(const char *const **out, size_t *count, const eh_command *command,
                           const void *opts, eh_arena *arena, eh_error *err)
{
    const eh_entry *entry = &command->entry;
    words w = { .arena = arena };
    w.capacity = 2 + count_words(command->positionals, opts) + count_words(entry->opts, opts);
    w.word = eh_arena_alloc(arena, w.capacity, sizeof *w.word);
    void *untouched = eh_arena_alloc(arena, entry->opts_size ? entry->opts_size : 1, 1);
    if (!w.word || !untouched)
        return eh_fail_memory(err, "the words of the command line", w.capacity, sizeof *w.word);
    EH_TRY(eh_opts_defaults(entry->opts, untouched, arena, err));
    push(&w, "evenhand");
    push(&w, entry->name);
    for (const eh_opt *opt = command->positionals; opt && opt->name; opt++)
        push_option(&w, opt, opts, untouched, false);
    for (const eh_opt *opt = entry->opts; opt && opt->name; opt++)
        push_option(&w, opt, opts, untouched, true);
    if (w.failed)
        return eh_fail_memory(err, "the words of the command line", w.capacity, sizeof *w.word);
    *out = w.word;
    *count = w.count;
    return EH_OK;
}
