/* mask_classes.h - the list of classes that lies beside folders of masks. */
#ifndef EH_DATA_MASK_CLASSES_H
#define EH_DATA_MASK_CLASSES_H

#include "evenhand/error.h"
#include "evenhand/memory.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct eh_mask_class {
    const char *name;
    uint32_t index; /* the pixel's number: as the line says, else the line's place */
    bool has_colour;
    uint8_t rgb[3];
} eh_mask_class;

typedef struct eh_mask_class_list {
    eh_mask_class *item;
    size_t count;
    bool colours; /* every class has one */
} eh_mask_class_list;

/* Reads a list of classes, one a line, in any of the usual forms; `where` is the file's name for messages. Texts are in the arena.
 *     sky                      the name alone; the number is the line's place, from 0
 *     0 sky   or   0,sky       number and name
 *     128 128 128 sky          colour and name (label_colors.txt of CamVid)
 *     sky,128,128,128          name and colour (class_dict.csv), with or without its header
 *     0 sky 128 128 128        all three
 * Separators are commas, semicolons, tabs, colons and spaces. Empty lines and lines that begin with # are passed over. EH_ERR_INPUT names the line:
 * a line without a name, a colour beyond 255, a name, number or colour that comes twice, colours for some lines only. */
eh_status eh_mask_classes_parse(eh_mask_class_list *out, eh_arena *arena, const char *where,
                                const uint8_t *bytes, size_t size, eh_error *err);

/* True for names of classes that mean "no class": void, unlabelled, unlabeled, ignore, ignored, ignore_label, unknown label and the like. */
bool eh_mask_class_is_void(const char *name);

#endif
