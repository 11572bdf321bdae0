/* contact_sheet.h - many pictures in one: galleries of a data set, of errors, of a drawn set. */
#ifndef EH_IMAGE_CONTACT_SHEET_H
#define EH_IMAGE_CONTACT_SHEET_H

#include "evenhand/image.h"

/* Lays `count` pictures out row by row, `columns` to a row, with `gap` pixels of `background` (RGB) between and around them. Cells are as
 * large as the largest picture; smaller ones stand in the middle. Grey and RGBA pictures are shown as RGB (alpha on the
 * background). Cleared pictures leave their cell empty. `out` is owned by the caller. */
eh_status eh_contact_sheet(eh_image *out, const eh_image *images, size_t count, int columns, int gap,
                           const uint8_t background[3], eh_error *err);

#endif
