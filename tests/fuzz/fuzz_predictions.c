/* fuzz_predictions.c - any bytes are a table of predictions, every class among the classes, or give a reason. */
#include "fuzz/fuzz_target.h"

#include "report/predictions.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    eh_predictions *p = NULL;
    eh_error err = { 0 };
    const char *group = "group";
    eh_predictions_opts opts = { .allow_duplicates = size % 2 };
    if (size % 3 == 0)
        opts.groups = (eh_str_list){ &group, 1 };
    if (eh_predictions_read(&p, fuzz_file(bytes, size, ".csv"), &opts, NULL, &err) == EH_OK) {
        for (size_t i = 0; i < p->rows; i++) {
            if (p->truth[i] >= (int64_t)p->classes || p->predicted[i] >= (int64_t)p->classes)
                abort();
            if (p->group && (p->group[i] < 0 || (size_t)p->group[i] >= p->groups))
                abort();
        }
    } else if (err.message[0] == 0) {
        abort();
    }
    eh_predictions_free(p);
    return 0;
}
