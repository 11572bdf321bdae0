/* contact_sheet.h - many pictures in one: galleries of a data set, of errors, of a drawn set. */
#ifndef EH_IMAGE_CONTACT_SHEET_H
#define EH_IMAGE_CONTACT_SHEET_H

#include "evenhand/image.h"

/* Lays `count` pictures out row by row, `columns` to a row, with `gap` pixels of `background` (RGB) between and around them. Cells are as
 * large as the largest picture; smaller ones stand in the middle. Grey and RGBA pictures are shown as RGB (alpha on the
 * background). Cleared pictures leave their cell empty. `out` is owned by the caller. */
eh_status eh_contact_sheet(eh_image *out, const eh_image *images, size_t count, int columns, int gap,
                           const uint8_t background[3], eh_error *err);

/* A cell for a contact sheet: the picture (NULL or cleared: an empty frame) brought into width x height, its shape kept, and below it lines of small
 * letters, cut where they are wider. Black on `background`. `out` is owned by the caller. */
eh_status eh_captioned(eh_image *out, const eh_image *image, int width, int height, const char *const *line,
                       size_t lines, const uint8_t background[3], eh_error *err);

#endif
