/* fetch.c - getting the files of a public data set; see fetch.h. How one file is downloaded stands in base/download.c. */
#include "data/fetch.h"

#include "base/file.h"
#include "base/str.h"

#include <assert.h>

/* The addresses of one file: the set's mirrors, or the user's, with the file's name. NULL when out of memory. */
static const char *const *addresses(eh_arena *arena, const eh_fetch *set, const char *mirror,
                                    const char *name)
{
    const char *const own[] = { mirror, NULL };
    const char *const *base = mirror ? own : set->mirror;
    size_t count = 0;
    while (base[count])
        count++;
    const char **url = eh_arena_alloc(arena, count + 1, sizeof *url);
    for (size_t i = 0; url && i < count; i++) {
        url[i] = eh_arena_printf(arena, "%s%s%s", base[i], eh_ends_with(base[i], "/") ? "" : "/", name);
        if (!url[i])
            return NULL;
    }
    return url;
}

eh_status eh_fetch_run(const eh_fetch *set, const char *folder, const char *mirror, eh_fetch_report *report,
                       eh_progress *progress, eh_error *err)
{
    *report = (eh_fetch_report){ 0 };
    if (!set->mirror)
        return eh_fail(err, EH_ERR_USAGE,
                       "%s cannot be fetched by a program, because its terms must be accepted first; "
                       "'evenhand fetch %s' "
                       "shows how to get it",
                       set->entry.name, set->entry.name);
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, folder, 1, 4096);
    eh_status status;
    EH_TRY_GOTO(status, eh_make_folder(folder, err));
    for (const eh_fetch_file *file = set->file; file->name; file++) {
        assert(report->files < sizeof report->file / sizeof *report->file);
        eh_download wanted = { .url = addresses(arena, set, mirror, file->name),
                               .path = eh_path_join(arena, folder, file->name),
                               .bytes = file->bytes,
                               .sha256 = file->sha256 };
        if (!wanted.url || !wanted.path) {
            status = eh_fail_memory(err, folder, 1, 4096);
            goto done;
        }
        EH_TRY_GOTO(status, eh_download_file(&wanted, &report->file[report->files], progress, err));
        report->files++;
    }
done:
    eh_arena_free(arena);
    return status;
}
