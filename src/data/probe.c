/* probe.c - which format a source is in, and where in it the data set begins.
 *
 * An archive often holds one folder that holds the data set, and sometimes one more around it; beside it a README, a licence, or what a system left there
 * (__MACOSX). Such folders are looked through: of the source and the single folders inside it, the one counts that a format is surest of. A folder of images is a matter of opinion (the single folder might be
 * the only class), so for that format the outermost one counts, unless the single folder's name is no part's and it holds no images itself, but
 * several folders: then those are the classes.
 */
#include "data/format.h"

#include "base/file.h"
#include "base/str.h"

#include <string.h>
#include <strings.h>

#define DEEPEST 3

/* The format that is surest of `source`; 0 when none is. */
static int best_format(const eh_format **out, const eh_source *source, const eh_format *wanted)
{
    int best = 0;
    for (const eh_entry *const *e = eh_format_list; *e; e++) {
        const eh_format *format = (const eh_format *)*e;
        int score = !wanted || format == wanted ? format->probe(source) : 0;
        if (score > best) {
            best = score;
            *out = format;
        }
    }
    return best;
}

/* What lies directly in a source, as far as it matters here. */
typedef struct top {
    const char *only_folder; /* NULL: there are files or several folders */
    size_t folders;
    bool images;
} top;

/* True for files that go with a data set and say nothing about its images. */
static bool is_companion(const char *name)
{
    static const char *const begins[] = { "readme",    "license",   "licence",    "citation",
                                          "changelog", "thumbs.db", "desktop.ini" };
    static const char *const ends[] = { ".md", ".pdf", ".html", ".bib" };
    for (size_t i = 0; i < sizeof begins / sizeof *begins; i++)
        if (strncasecmp(name, begins[i], strlen(begins[i])) == 0)
            return true;
    for (size_t i = 0; i < sizeof ends / sizeof *ends; i++)
        if (eh_ends_with(name, ends[i]))
            return true;
    return false;
}

static eh_status look_at_top(top *t, const eh_source *source, eh_arena *arena, eh_error *err)
{
    const char **file, **folder;
    size_t files, folders, others = 0;
    *t = (top){ 0 };
    EH_TRY(eh_source_top(source, arena, false, &file, &files, err));
    EH_TRY(eh_source_top(source, arena, true, &folder, &folders, err));
    for (size_t i = 0; i < files; i++) {
        t->images |= eh_is_image_name(file[i]);
        others += !is_companion(file[i]);
    }
    for (size_t i = 0; i < folders; i++)
        if (strcmp(folder[i], "__MACOSX") != 0) {
            t->folders++;
            t->only_folder = folder[i];
        }
    if (others || t->folders != 1)
        t->only_folder = NULL;
    return EH_OK;
}

/* Follows single folders from `source` inward; level[0] is `source` itself, *levels counts it. */
static eh_status follow_single_folders(eh_source *level[DEEPEST + 1], top at[DEEPEST + 1], size_t *levels,
                                       eh_arena *arena, eh_error *err)
{
    *levels = 1;
    EH_TRY(look_at_top(&at[0], level[0], arena, err));
    while (*levels <= DEEPEST && at[*levels - 1].only_folder && !eh_source_named(level[0])) {
        EH_TRY(eh_source_below(&level[*levels], level[*levels - 1], at[*levels - 1].only_folder, err));
        EH_TRY(look_at_top(&at[*levels], level[*levels], arena, err));
        ++*levels;
    }
    return EH_OK;
}

static eh_status fail_unknown(const eh_source *source, eh_error *err)
{
    eh_str list = { 0 };
    for (const eh_entry *const *e = eh_format_list; *e; e++)
        eh_str_appendf(&list, "%s%s", list.size ? ", " : "", (*e)->name);
    const char *name = eh_source_name(source), *named = eh_source_named(source);
    eh_status status =
        named ? eh_fail(err, EH_ERR_INPUT,
                        "%s is in no format that evenhand recognises; name one with --format (%s)", named,
                        eh_str_text(&list))
              : eh_fail(err, EH_ERR_INPUT, "%s is %s without images; name the folder that holds them", name,
                        eh_source_is_archive(source) ? "an archive" : "a folder");
    eh_str_clear(&list);
    return status;
}

eh_status eh_format_probe(const eh_format **out, eh_source **source, const eh_format *wanted, eh_error *err)
{
    eh_source *level[DEEPEST + 1] = { *source };
    top at[DEEPEST + 1];
    size_t levels = 1, chosen = 0;
    int best = 0;
    eh_status status;
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "a list of folders", 1, 4096);
    EH_TRY_GOTO(status, follow_single_folders(level, at, &levels, arena, err));
    for (size_t i = 0; i < levels && !(wanted && levels == 1); i++) {
        const eh_format *format = NULL;
        int score = best_format(&format, level[i], wanted);
        eh_part part;
        bool classes_inside =
            i > 0 && !at[i].images && at[i].folders > 1 && !eh_part_parse(&part, at[i - 1].only_folder);
        if (score > best || (score == best && score > 0 && format == *out && classes_inside)) {
            best = score;
            chosen = i;
            *out = format;
        }
    }
    if (!*out && wanted)
        *out = wanted; /* it will say what it misses */
    else if (!*out)
        status = fail_unknown(*source, err);
    *source = level[chosen];
done:
    for (size_t i = 0; i <= DEEPEST; i++)
        if (level[i] != *source)
            eh_source_close(level[i]);
    eh_arena_free(arena);
    return status;
}
