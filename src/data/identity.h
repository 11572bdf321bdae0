/* identity.h - who is in which image: the values of a column as numbers. */
#ifndef EH_DATA_IDENTITY_H
#define EH_DATA_IDENTITY_H

#include "evenhand/dataset.h"

/* identity[rows] becomes 0 .. *identities-1, equal where the column's values are equal; a missing value is somebody of its own. */
eh_status eh_number_identities(const eh_frame_column *column, size_t rows, int32_t *identity,
                               size_t *identities, eh_error *err);

/* identity[rows] becomes 0 .. *identities-1, equal for rows that hang together: that have an equal value in any of the columns, or both with a
 * third. Components are numbered in the order of their first rows. */
eh_status eh_join_rows(const eh_frame_column *column, size_t columns, size_t rows, int32_t *identity,
                       size_t *identities, eh_error *err);

/* The value of a row as text, into out; "(missing)" where there is none. */
void eh_identity_name(char *out, size_t size, const eh_frame_column *column, size_t row);

#endif
