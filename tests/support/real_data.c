/* real_data.c - see real_data.h. */
#include "support/real_data.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool real_data_path(char *out, size_t size, const char *name)
{
    const char *folder = getenv("EVENHAND_DATA");
    int length = snprintf(out, size, "%s/%s", folder ? folder : "../shared/data", name);
    return length > 0 && (size_t)length < size && access(out, R_OK) == 0;
}
