/* group_counts.c - uses the installed library: draws a small set of faces, imports it into a catalog, and counts who is in it.
 *
 *     cc group_counts.c $(pkg-config --cflags --libs evenhand) -o group_counts
 *     ./group_counts faces faces.eh
 *
 * Prints one line per group, "Blond Male: 12 train, 20 valid, 20 test". Every function that can fail returns a status and
 * writes a sentence into an eh_error; that is all there is to error handling.
 */
#include <evenhand/catalog.h>
#include <evenhand/dataset.h>
#include <evenhand/faces.h>

#include <stdio.h>

/* Draws the faces: options come from the same table as everywhere else, so a name and a text set one. */
static eh_status draw(const char *folder, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "the options", 1, sizeof(eh_faces_opts));
    eh_faces_opts opts;
    eh_status status = eh_opts_defaults(eh_faces_options, &opts, arena, err);
    opts.train = 400;
    opts.valid = opts.test = 80;
    opts.valid_min = opts.test_min = 20;
    if (status == EH_OK)
        status = eh_opts_set(eh_faces_options, &opts, "size", "32", "group_counts", arena, err);
    if (status == EH_OK)
        status = eh_faces_write(NULL, folder, &opts, NULL, err);
    eh_arena_free(arena);
    return status;
}

/* Counts the crossing of the columns blond and gender in every part of the catalog. */
static eh_status count(const char *path, eh_error *err)
{
    static const char *const columns[] = { "blond", "gender" };
    static const eh_part parts[] = { EH_PART_TRAIN, EH_PART_VALID, EH_PART_TEST };
    eh_catalog *catalog = NULL;
    eh_frame *frame = NULL;
    eh_groups *groups = NULL;
    eh_status status;
    EH_TRY_GOTO(status, eh_catalog_open(&catalog, path, err));
    EH_TRY_GOTO(status, eh_frame_load(&frame, catalog, columns, 2, err));
    EH_TRY_GOTO(status, eh_groups_make(&groups, frame, columns, 2, err));
    for (size_t g = 0; g < groups->count; g++) {
        printf("%s:", groups->name[g]);
        for (size_t p = 0; p < 3; p++) {
            uint64_t counts[16];
            if (groups->count > 16) {
                status = eh_fail(err, EH_ERR_LIMIT, "%s has more groups than this example expects.", path);
                goto done;
            }
            eh_groups_counts(groups, frame, parts[p], counts);
            printf("%s %llu %s", p ? "," : "", (unsigned long long)counts[g], eh_part_name(parts[p]));
        }
        printf("\n");
    }
done:
    eh_groups_free(groups);
    eh_frame_free(frame);
    eh_catalog_close(catalog);
    return status;
}

int main(int argc, char **argv)
{
    if (argc != 3) {
        fprintf(stderr, "usage: group_counts FOLDER CATALOG\n");
        return 2;
    }
    eh_error err = { 0 };
    eh_import_opts import = { .check_pixels = true, .overwrite = true };
    eh_import_report report;
    eh_status status = draw(argv[1], &err);
    if (status == EH_OK)
        status = eh_catalog_import(argv[2], argv[1], &import, &report, NULL, &err);
    if (status == EH_OK)
        status = count(argv[2], &err);
    if (status != EH_OK)
        fprintf(stderr, "group_counts: %s\n", err.message);
    return eh_exit_code(status);
}
