/* image_property.c - the table of properties, and names that are columns or properties. */
#include "data/image_property.h"

#include "base/str.h"
#include "data/catalog_store.h"
#include "evenhand/query.h"

#include <string.h>

const char *const eh_property_parts[] = { "none", "train", "valid", "test", NULL };
static const char *const statuses[] = { "ok", "broken", "quarantined", NULL };

#define NUMBER                .kind = EH_COLUMN_NUMBER
#define TEXT                  .kind = EH_COLUMN_TEXT
#define CLASSES(names, count) .kind = EH_COLUMN_CLASS, .class_name = (names), .classes = (count)
#define PART                  CLASSES(eh_property_parts, 4), .sql = "coalesce(s.part, 0)"

/* Measured when the image was decoded (image/quality.h); missing where it was not. */
#define LOOK(column) NUMBER, .since = 2, .sql = "(SELECT k." column " FROM look k WHERE k.image = i.id)"

/* A row is a property. */
/* clang-format off */
const eh_property eh_property_list[] = {
    { .name = "part", PART, .help = "none, train, valid or test" },
    { .name = "split", PART, .help = "the same as part" },
    { .name = "width", NUMBER, .sql = "i.width", .help = "pixels from left to right, as seen" },
    { .name = "height", NUMBER, .sql = "i.height", .help = "pixels from top to bottom, as seen" },
    { .name = "aspect", NUMBER, .sql = "1.0 * i.width / i.height", .help = "width divided by height" },
    { .name = "channels", NUMBER, .sql = "i.channels", .help = "1 grey, 3 colour, 4 with transparency" },
    { .name = "grey", NUMBER, .sql = "(i.channels = 1)", .help = "1 when the file has no colour, else 0" },
    { .name = "brightness", LOOK("brightness"), .help = "mean of luma, 0 black to 1 white" },
    { .name = "contrast", LOOK("contrast"), .help = "standard deviation of luma" },
    { .name = "blur", LOOK("blur"), .help = "how soft the sharpest edges are" },
    { .name = "colorfulness", LOOK("colorfulness"), .help = "0 grey, 0.18 averagely, 0.43 extremely colourful" },
    { .name = "entropy", LOOK("entropy"), .help = "of the histogram of luma, bits" },
    { .name = "bytes", NUMBER, .sql = "i.bytes", .help = "as stored" },
    { .name = "path", TEXT, .sql = "CASE i.container WHEN 'file' THEN i.path ELSE i.path || '#' || i.item END",
      .help = "the file, as the catalog has it" },
    { .name = "id", NUMBER, .sql = "i.id", .help = "number of the image in the catalog, from 1" },
    { .name = "status", CLASSES(statuses, 3), .sql = "CASE i.status WHEN 'ok' THEN 0 WHEN 'broken' THEN 1 ELSE 2 END",
      .help = "ok, broken or quarantined" },
    { .name = "cluster", NUMBER, .since = 2,
      .sql = "(SELECT json_extract(f.evidence, '$.joined') FROM finding f WHERE f.image = i.id AND f.\"check\" = 'copies' LIMIT 1)",
      .help = "the same number for images that `clean` found joined by copies, also over others; missing where there are none" },
    { .name = "finding", TEXT, .since = 2,
      .sql = "(SELECT group_concat(DISTINCT f.\"check\") FROM finding f WHERE f.image = i.id)",
      .help = "the checks of `clean` that found something about it: \"copies,quality\"" },
    { .name = NULL },
};
/* clang-format on */

const char *eh_property_name(size_t i, const char **help)
{
    size_t count = sizeof eh_property_list / sizeof *eh_property_list - 1;
    if (help)
        *help = i < count ? eh_property_list[i].help : NULL;
    return i < count ? eh_property_list[i].name : NULL;
}

const eh_property *eh_property_find(const char *name)
{
    static const char prefix[] = "image.";
    if (eh_starts_with(name, prefix))
        name += sizeof prefix - 1;
    for (const eh_property *p = eh_property_list; p->name; p++)
        if (strcmp(p->name, name) == 0)
            return p;
    return NULL;
}

/* Columns first, so that "did you mean" prefers them. */
static eh_status fail_unknown(const eh_catalog *catalog, const char *name, eh_error *err)
{
    const char *property;
    size_t count = 0, properties = 0;
    eh_str list = { 0 };
    while (eh_property_name(properties, NULL))
        properties++;
    const char **names = eh_alloc(catalog->columns + properties + 1, sizeof *names);
    if (!names)
        return eh_fail_memory(err, "column names", catalog->columns, sizeof *names);
    for (size_t i = 0; i < catalog->columns; i++) {
        names[count++] = catalog->column[i].name;
        eh_str_appendf(&list, "%s%s", i ? ", " : "", catalog->column[i].name);
    }
    eh_str_append(&list, catalog->columns ? "; and of every image " : "no columns, but of every image ");
    for (size_t i = 0; (property = eh_property_name(i, NULL)); i++) {
        names[count++] = property;
        eh_str_appendf(&list, "%s%s", i ? ", " : "", property);
    }
    const char *near = eh_nearest(name, names);
    eh_status status =
        eh_fail(err, EH_ERR_USAGE, "the catalog %s has no column '%s'%s%s%s It has: %s", catalog->path, name,
                near ? "; did you mean '" : ".", near ? near : "", near ? "'?" : "", eh_str_text(&list));
    eh_str_clear(&list);
    eh_free((void *)names);
    return status;
}

eh_status eh_catalog_resolve(eh_frame_column *out, const char **sql, eh_arena *arena,
                             const eh_catalog *catalog, const char *name, eh_error *err)
{
    const eh_property *property = eh_property_find(name);
    *out = (eh_frame_column){ .name = eh_arena_strdup(arena, name) };
    for (size_t i = 0; i < catalog->columns; i++) {
        const eh_column_info *column = &catalog->column[i];
        if (strcmp(column->name, name) != 0)
            continue;
        out->kind = column->kind;
        out->class_name = column->class_name;
        out->classes = column->classes;
        *sql = eh_arena_printf(arena, "l.c%zu", i);
        return *sql && out->name ? EH_OK : eh_fail_memory(err, "column names", 1, 64);
    }
    if (!property)
        return fail_unknown(catalog, name, err);
    out->kind = property->kind;
    out->class_name = property->class_name;
    out->classes = property->classes;
    *sql = catalog->version < property->since ? "NULL" : property->sql;
    return out->name ? EH_OK : eh_fail_memory(err, "column names", 1, 64);
}
