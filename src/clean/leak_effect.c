/* leak_effect.c - leaks counted by group; see leak_effect.h. */
#include "clean/leak_effect.h"

#include <string.h>

/* Row of image `id`, or the number of rows. */
static size_t find_row(const eh_frame *frame, int64_t id)
{
    size_t low = 0, high = frame->rows;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frame->image[middle] < id)
            low = middle + 1;
        else
            high = middle;
    }
    return low < frame->rows && frame->image[low] == id ? low : frame->rows;
}

static void add_row(eh_leak_group *g, bool held_out, bool leaking, int right)
{
    g->held_out += held_out;
    g->leaking += leaking;
    g->judged += right >= 0;
    g->right += right > 0;
    g->leaking_judged += leaking && right >= 0;
    g->leaking_right += leaking && right > 0;
}

eh_status eh_leak_effect(eh_leak_group *out, const eh_findings *findings, const eh_frame *frame,
                         const eh_groups *groups, const int8_t *right, eh_error *err)
{
    bool *leaking = eh_alloc(frame->rows, sizeof *leaking);
    if (!leaking)
        return eh_fail_memory(err, "leaks", frame->rows, sizeof *leaking);
    memset(out, 0, (groups->count + 1) * sizeof *out);
    for (size_t i = 0; i < findings->count; i++) {
        size_t row = find_row(frame, findings->item[i].image);
        if (row < frame->rows && strcmp(findings->item[i].check, "leaks") == 0)
            leaking[row] = true;
    }
    for (size_t row = 0; row < frame->rows; row++) {
        bool held_out = frame->part[row] == EH_PART_VALID || frame->part[row] == EH_PART_TEST;
        int judged = right ? right[row] : -1;
        add_row(&out[groups->of_row[row]], held_out, held_out && leaking[row], judged);
        add_row(&out[groups->count], held_out, held_out && leaking[row], judged);
    }
    eh_free(leaking);
    return EH_OK;
}
