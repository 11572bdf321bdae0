/* coco_masks.c - see coco_masks.h.
 *
 * Every object is filled by itself (coco_shapes.c) and laid onto the picture; beside the class of a pixel stands the area of the object that it belongs
 * to, so that one pass is enough whatever the order. Memory: eight bytes a pixel while one picture is drawn.
 */
#include "data/coco_masks.h"

#include "base/file.h"
#include "data/coco_shapes.h"
#include "evenhand/image.h"

#include <stdlib.h>
#include <string.h>

#define MOST_PIXELS  64000000 /* the default limit of pictures */
#define LONGEST_SIDE 65535

/* The picture while it is drawn; all arrays are column by column, as in coco_shapes.h. */
typedef struct canvas {
    const eh_coco *coco;
    const eh_coco_rules *rules;
    eh_coco_buffers b;
    size_t pixels;
    uint8_t *cls, *crowd;
    uint32_t *area; /* of the object that a pixel belongs to; 0: of none */
} canvas;

static void lay(canvas *c, uint8_t cls, uint32_t area)
{
    const eh_coco_overlap rule = c->rules->overlap;
    for (size_t p = c->b.first; p < c->b.last; p++) {
        if (!c->b.inside[p] || (rule == EH_COCO_SMALL && c->area[p] && c->area[p] < area))
            continue;
        c->cls[p] = rule == EH_COCO_NEITHER && c->area[p] ? EH_MASK_IGNORE : cls;
        c->area[p] = area;
    }
}

static int by_category(const void *key, const void *category)
{
    const int64_t *id = key;
    const eh_coco_category *c = category;
    return *id < c->id ? -1 : *id > c->id;
}

static eh_status draw(canvas *c, const json_t *object, eh_error *err)
{
    const json_t *category = json_object_get(object, "category_id");
    int64_t id = json_integer_value(category);
    size_t area = 0;
    const eh_coco_category *found =
        bsearch(&id, c->coco->category, c->coco->categories, sizeof *c->coco->category, by_category);
    if (!json_is_integer(category) || !found)
        return eh_fail(err, EH_ERR_INPUT, "its category_id is none of the categories");
    size_t k = (size_t)(found - c->coco->category);
    if (!c->rules->wanted[k])
        return EH_OK;
    EH_TRY(eh_coco_fill(&c->b, &area, json_object_get(object, "segmentation"), err));
    const json_t *crowd = json_object_get(object, "iscrowd");
    if (json_is_true(crowd) || json_integer_value(crowd) != 0)
        for (size_t p = c->b.first; p < c->b.last; p++)
            c->crowd[p] |= c->b.inside[p];
    else
        lay(c, c->rules->cls[k], (uint32_t)area);
    return EH_OK;
}

static eh_status draw_objects(canvas *c, const eh_coco_image *image, eh_error *err)
{
    for (size_t i = 0; i < image->objects; i++) {
        json_t *object;
        eh_error why = { 0 };
        EH_TRY(eh_json_span_load(&object, c->coco->name, c->coco->object[image->first + i], err));
        const json_t *id = json_object_get(object, "id");
        eh_status status = draw(c, object, &why);
        eh_coco_empty(&c->b);
        if (status != EH_OK)
            eh_fail(err, status, "annotation %lld: %s", (long long)json_integer_value(id), why.message);
        json_decref(object);
        if (status != EH_OK)
            return status;
    }
    return EH_OK;
}

/* The canvas as rows. */
static eh_status encode(const canvas *c, uint8_t **png, size_t *size, eh_error *err)
{
    eh_image mask;
    EH_TRY(eh_image_alloc(&mask, c->b.width, c->b.height, 1, err));
    for (int x = 0; x < c->b.width; x++)
        for (int y = 0; y < c->b.height; y++) {
            size_t p = (size_t)x * (size_t)c->b.height + (size_t)y;
            mask.data[(size_t)y * (size_t)c->b.width + (size_t)x] = c->area[p]    ? c->cls[p]
                                                                    : c->crowd[p] ? EH_MASK_IGNORE
                                                                                  : c->rules->ground;
        }
    eh_status status = eh_image_encode_png(png, size, &mask, err);
    eh_image_clear(&mask);
    return status;
}

eh_status eh_coco_mask(uint8_t **png, size_t *size, const eh_coco *coco, const eh_coco_image *image,
                       const eh_coco_rules *rules, eh_error *err)
{
    canvas c = { .coco = coco, .rules = rules, .b = { .width = image->width, .height = image->height } };
    eh_status status;
    *png = NULL;
    if (image->width < 1 || image->height < 1)
        return eh_fail(err, EH_ERR_INPUT, "%s gives it no width and height", coco->name);
    if (image->width > LONGEST_SIDE || image->height > LONGEST_SIDE ||
        (int64_t)image->width * image->height > MOST_PIXELS)
        return eh_fail(err, EH_ERR_LIMIT, "%s says it has %d x %d pixels, over the limit of 64 million",
                       coco->name, image->width, image->height);
    c.pixels = (size_t)image->width * (size_t)image->height;
    c.cls = eh_alloc(c.pixels * 4 + 1, 1);
    c.area = eh_alloc(c.pixels, sizeof *c.area);
    if (!c.cls || !c.area) {
        status = eh_fail_memory(err, "a mask", c.pixels, 8);
        goto done;
    }
    c.crowd = c.cls + c.pixels;
    c.b.inside = c.crowd + c.pixels;
    c.b.scratch = c.b.inside + c.pixels;
    EH_TRY_GOTO(status, draw_objects(&c, image, err));
    status = encode(&c, png, size, err);
done:
    eh_free(c.cls);
    eh_free(c.area);
    return status;
}
