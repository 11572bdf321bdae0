/* coco_file.h - an annotations file of COCO: its images, its categories, and where in it the objects of each image stand. */
#ifndef EH_DATA_COCO_FILE_H
#define EH_DATA_COCO_FILE_H

#include "base/json_scan.h"
#include "data/source.h"

typedef struct eh_coco_image {
    int64_t id;
    const char *file_name; /* tidied */
    int width, height;
    size_t first, objects; /* among the objects of the file */
} eh_coco_image;

typedef struct eh_coco_category {
    int64_t id;
    const char *name;
} eh_coco_category;

/* Pieces of the file stay where they are; the rest is in the arena. Zero-initialise; release with eh_coco_close. */
typedef struct eh_coco {
    const char *name; /* for messages */
    eh_source_bytes bytes;
    eh_coco_image *image; /* in the order of the file */
    size_t images;
    eh_coco_category *category; /* by id, ascending */
    size_t categories;
    eh_json_span *object;   /* [objects] those of one image follow each other, in the order of the file */
    size_t objects, strays; /* strays: objects of images that are not in the file */
} eh_coco;

/* True when a member looks like such a file: an object in whose first 64 KiB a list of images, annotations or categories begins. Never fails. */
bool eh_coco_is_file(const eh_source *source, const char *path);

/* Reads the lists, not the outlines. Memory: 40 bytes an image and 24 an object, besides the names; the file itself is mapped where it lies on the disk. */
eh_status eh_coco_open(eh_coco *out, eh_arena *arena, const eh_source *source, const char *path,
                       eh_progress *progress, eh_error *err);
void eh_coco_close(eh_coco *coco);

#endif
