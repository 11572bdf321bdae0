/* coco_file.c - see coco_file.h.
 *
 * The three lists of the file are walked with json_scan.h; of an annotation only the image's number is read here, so a file of any size takes little
 * memory. The objects are then sorted by image, by counting.
 */
#include "data/coco_file.h"

#include "base/file.h"
#include "base/str.h"

#include <stdlib.h>
#include <string.h>

#define MOST_IMAGES ((size_t)1 << 28)

bool eh_coco_is_file(const eh_source *source, const char *path)
{
    enum { HEAD = 65536 };
    static const char *const keys[] = { "\"images\"", "\"annotations\"", "\"categories\"" };
    size_t size = HEAD, start;
    bool found = false;
    char *head = eh_alloc(HEAD + 1, 1);
    if (head && eh_source_head((uint8_t *)head, &size, source, path, NULL) == EH_OK) {
        head[size] = '\0';
        start = strncmp(head, "\xef\xbb\xbf", 3) == 0 ? 3 : 0;
        bool object = head[start + strspn(head + start, " \t\r\n")] == '{';
        for (size_t i = 0; i < sizeof keys / sizeof *keys && object; i++) {
            const char *at = strstr(head, keys[i]);
            at = at ? at + strlen(keys[i]) : NULL;
            at = at ? at + strspn(at, " \t\r\n") : NULL;
            at = at && *at == ':' ? at + 1 + strspn(at + 1, " \t\r\n") : NULL;
            found |= at && *at == '[';
        }
    }
    eh_free(head);
    return found;
}

typedef struct reader {
    eh_coco *out;
    eh_arena *arena;
    eh_json_span images, annotations, categories;
    eh_progress *progress;
    eh_error *err;
} reader;

/* ---------------------------------------------------------------- lists */

static eh_status find_lists(reader *r)
{
    eh_json_scan scan;
    eh_json_span key, value;
    bool more;
    const eh_json_span whole = { (const char *)r->out->bytes.data, r->out->bytes.size };
    EH_TRY(eh_json_scan_begin(&scan, r->out->name, whole, '{', r->err));
    for (;;) {
        EH_TRY(eh_json_scan_next(&scan, &key, &value, &more, r->err));
        if (!more)
            break;
        if (eh_json_key_is(key, "images"))
            r->images = value;
        else if (eh_json_key_is(key, "annotations"))
            r->annotations = value;
        else if (eh_json_key_is(key, "categories"))
            r->categories = value;
    }
    const char *missing = !r->images.text        ? "images"
                          : !r->annotations.text ? "annotations"
                          : !r->categories.text  ? "categories"
                                                 : NULL;
    return missing ? eh_fail(r->err, EH_ERR_INPUT, "%s has no list of %s; is it a file of COCO annotations?",
                             r->out->name, missing)
                   : EH_OK;
}

/* Counts the elements of a list, which have to be objects. */
static eh_status count_elements(const reader *r, eh_json_span list, size_t *count)
{
    eh_json_scan scan;
    eh_json_span value;
    bool more;
    *count = 0;
    EH_TRY(eh_json_scan_begin(&scan, r->out->name, list, '[', r->err));
    for (;;) {
        EH_TRY(eh_json_scan_next(&scan, NULL, &value, &more, r->err));
        if (!more)
            return EH_OK;
        if (++*count > MOST_IMAGES)
            return eh_fail(r->err, EH_ERR_LIMIT, "%s: a list is longer than 2^28", r->out->name);
    }
}

/* A whole number of an element that was built. */
static eh_status get_id(const reader *r, int64_t *out, const json_t *element, const char *key,
                        const char *what)
{
    const json_t *value = json_object_get(element, key);
    *out = json_integer_value(value);
    return json_is_integer(value) ? EH_OK
                                  : eh_fail(r->err, EH_ERR_INPUT, "%s: %s has no whole number as its %s",
                                            r->out->name, what, key);
}

static eh_status read_image(reader *r, eh_coco_image *image, const json_t *element)
{
    int64_t width, height;
    EH_TRY(get_id(r, &image->id, element, "id", "an image"));
    EH_TRY(get_id(r, &width, element, "width", "an image"));
    EH_TRY(get_id(r, &height, element, "height", "an image"));
    const char *name = json_string_value(json_object_get(element, "file_name"));
    if (!name)
        return eh_fail(r->err, EH_ERR_INPUT, "%s: the image %lld has no file_name", r->out->name,
                       (long long)image->id);
    image->width = width > 0 && width <= INT32_MAX ? (int)width : 0;
    image->height = height > 0 && height <= INT32_MAX ? (int)height : 0;
    image->file_name = eh_path_tidy(r->arena, name);
    return image->file_name ? EH_OK : eh_fail_memory(r->err, r->out->name, 1, strlen(name));
}

static eh_status read_category(reader *r, eh_coco_category *category, const json_t *element)
{
    EH_TRY(get_id(r, &category->id, element, "id", "a category"));
    const char *name = json_string_value(json_object_get(element, "name"));
    if (!name || !*name)
        return eh_fail(r->err, EH_ERR_INPUT, "%s: the category %lld has no name", r->out->name,
                       (long long)category->id);
    category->name = eh_arena_strdup(r->arena, name);
    return category->name ? EH_OK : eh_fail_memory(r->err, r->out->name, 1, strlen(name));
}

static int by_category(const void *a, const void *b)
{
    const eh_coco_category *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

/* Builds the elements of a list one by one: of images, or of categories. */
static eh_status read_list(reader *r, eh_json_span list, size_t count, bool images)
{
    eh_json_scan scan;
    eh_json_span value;
    bool more;
    EH_TRY(eh_json_scan_begin(&scan, r->out->name, list, '[', r->err));
    for (size_t i = 0; i < count; i++) {
        json_t *element;
        EH_TRY(eh_json_scan_next(&scan, NULL, &value, &more, r->err));
        EH_TRY(eh_json_span_load(&element, r->out->name, value, r->err));
        eh_status status = images ? read_image(r, &r->out->image[i], element)
                                  : read_category(r, &r->out->category[i], element);
        json_decref(element);
        if (status != EH_OK)
            return status;
        if (i % 65536 == 65535 && eh_progress_stop(r->progress))
            return eh_fail(r->err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- objects */

/* An image's number and place, sorted by number. */
typedef struct place {
    int64_t id;
    size_t image;
} place;

static int by_id(const void *a, const void *b)
{
    const place *x = a, *y = b;
    return x->id < y->id ? -1 : x->id > y->id;
}

static eh_status sort_places(const reader *r, place **out)
{
    const eh_coco *c = r->out;
    place *at = eh_alloc(c->images + 1, sizeof *at);
    *out = at;
    if (!at)
        return eh_fail_memory(r->err, c->name, c->images, sizeof *at);
    for (size_t i = 0; i < c->images; i++)
        at[i] = (place){ c->image[i].id, i };
    qsort(at, c->images, sizeof *at, by_id);
    for (size_t i = 1; i < c->images; i++)
        if (at[i].id == at[i - 1].id)
            return eh_fail(r->err, EH_ERR_INPUT, "%s: two images have the id %lld", c->name,
                           (long long)at[i].id);
    return EH_OK;
}

/* The image of an annotation, SIZE_MAX when there is none of that number. */
static eh_status image_of(const reader *r, const place *at, eh_json_span annotation, size_t *image)
{
    eh_json_scan scan;
    eh_json_span key, value;
    bool more, known = false;
    place wanted = { 0 };
    EH_TRY(eh_json_scan_begin(&scan, r->out->name, annotation, '{', r->err));
    while (!known) {
        EH_TRY(eh_json_scan_next(&scan, &key, &value, &more, r->err));
        if (!more)
            break;
        char number[24];
        if (!eh_json_key_is(key, "image_id") || value.size >= sizeof number)
            continue;
        memcpy(number, value.text, value.size);
        number[value.size] = '\0';
        known = eh_parse_int(&wanted.id, number);
    }
    if (!known)
        return eh_fail(r->err, EH_ERR_INPUT, "%s: an annotation has no whole number as its image_id: %.*s",
                       r->out->name, (int)(annotation.size < 60 ? annotation.size : 60), annotation.text);
    const place *found = bsearch(&wanted, at, r->out->images, sizeof *at, by_id);
    *image = found ? found->image : SIZE_MAX;
    return EH_OK;
}

/* Calls for every annotation: with `place_it` false it is counted, else written to its place. */
static eh_status walk_objects(reader *r, const place *at, size_t count, bool place_it)
{
    eh_coco *c = r->out;
    eh_json_scan scan;
    eh_json_span value;
    bool more;
    EH_TRY(eh_json_scan_begin(&scan, c->name, r->annotations, '[', r->err));
    for (size_t i = 0; i < count; i++) {
        size_t image = SIZE_MAX;
        EH_TRY(eh_json_scan_next(&scan, NULL, &value, &more, r->err));
        EH_TRY(image_of(r, at, value, &image));
        if (image == SIZE_MAX)
            c->strays += !place_it;
        else if (place_it)
            c->object[c->image[image].first + c->image[image].objects++] = value;
        else
            c->image[image].objects++;
        if (i % 65536 == 65535) {
            eh_progress_update(r->progress, i, NULL);
            if (eh_progress_stop(r->progress))
                return eh_fail(r->err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
        }
    }
    return EH_OK;
}

static eh_status sort_objects(reader *r)
{
    eh_coco *c = r->out;
    place *at = NULL;
    size_t count;
    eh_status status;
    EH_TRY_GOTO(status, sort_places(r, &at));
    EH_TRY_GOTO(status, count_elements(r, r->annotations, &count));
    EH_TRY_GOTO(status, walk_objects(r, at, count, false));
    c->objects = count - c->strays;
    c->object = eh_arena_alloc(r->arena, c->objects + 1, sizeof *c->object);
    if (!c->object) {
        status = eh_fail_memory(r->err, c->name, c->objects, sizeof *c->object);
        goto done;
    }
    for (size_t i = 0, first = 0; i < c->images; i++) {
        c->image[i].first = first;
        first += c->image[i].objects;
        c->image[i].objects = 0;
    }
    status = walk_objects(r, at, count, true);
done:
    eh_free(at);
    return status;
}

eh_status eh_coco_open(eh_coco *out, eh_arena *arena, const eh_source *source, const char *path,
                       eh_progress *progress, eh_error *err)
{
    reader r = { .out = out, .arena = arena, .progress = progress, .err = err };
    *out = (eh_coco){ .name = eh_source_path(source, arena, path) };
    if (!out->name)
        return eh_fail_memory(err, "a path", 1, strlen(path));
    EH_TRY(eh_source_view(&out->bytes, source, path, 0, err));
    EH_TRY(find_lists(&r));
    EH_TRY(count_elements(&r, r.images, &out->images));
    EH_TRY(count_elements(&r, r.categories, &out->categories));
    out->image = eh_arena_alloc(arena, out->images + 1, sizeof *out->image);
    out->category = eh_arena_alloc(arena, out->categories + 1, sizeof *out->category);
    if (!out->image || !out->category)
        return eh_fail_memory(err, out->name, out->images + out->categories, sizeof *out->image);
    EH_TRY(read_list(&r, r.images, out->images, true));
    EH_TRY(read_list(&r, r.categories, out->categories, false));
    qsort(out->category, out->categories, sizeof *out->category, by_category);
    for (size_t i = 1; i < out->categories; i++)
        if (out->category[i].id == out->category[i - 1].id)
            return eh_fail(err, EH_ERR_INPUT, "%s: two categories have the id %lld", out->name,
                           (long long)out->category[i].id);
    return sort_objects(&r);
}

void eh_coco_close(eh_coco *coco)
{
    eh_source_unview(&coco->bytes);
    coco->images = coco->categories = coco->objects = 0;
}
