/* mask_findings.c - see mask_findings.h.
 *
 * Idea    Along the edges of things annotators and models always differ, the more the smaller the pictures: which share of doubtful pixels is usual the masks
 *         themselves say. Far out is what lies 1.5 distances between the quartiles above the upper one.
 * Source  Tukey 1977, Exploratory data analysis.
 */
#include "clean/mask_findings.h"

#include "clean/label_probabilities.h"
#include "clean/mask_labels.h"

#include <math.h>
#include <stdlib.h>

enum { FEWEST_FOR_FENCE = 8 };

#define FENCE        1.5
#define LOWEST_SHARE 0.05

static eh_status add_finding(eh_check_context *context, const eh_frame_column *column, size_t row,
                             const eh_mask_issue *m, double share, bool flag, eh_error *err)
{
    const eh_finding finding = { .image = context->frame->image[row],
                                 .severity = flag ? EH_SEVERITY_WARNING : EH_SEVERITY_NOTE,
                                 .action = EH_ACTION_LOOK,
                                 .score = 1 - (double)m->quality,
                                 .column = column->name };
    json_t *evidence = json_pack("{s:f, s:s?, s:s?}", "share of pixels", share, "given",
                                 m->given < 0 ? NULL : column->class_name[m->given], "judged",
                                 m->guess < 0 ? NULL : column->class_name[m->guess]);
    return evidence ? eh_check_add(context, finding, evidence, err)
                    : eh_fail_memory(err, "a finding", 1, 256);
}

static int rising(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double wrong_share(const eh_mask_issue *m)
{
    return m->pixels ? (double)m->suspicious / (double)m->pixels : 0;
}

/* The share above which a mask is far from the others: Tukey's upper fence. */
static eh_status far_share(double *out, const eh_mask_issues *masks, eh_error *err)
{
    double *share = eh_alloc(masks->rows + 1, sizeof *share);
    size_t n = 0;
    if (!share)
        return eh_fail_memory(err, "masks", masks->rows, sizeof *share);
    for (size_t row = 0; row < masks->rows; row++)
        if (masks->issue[row].pixels)
            share[n++] = wrong_share(&masks->issue[row]);
    qsort(share, n, sizeof *share, rising);
    *out = LOWEST_SHARE;
    if (n >= FEWEST_FOR_FENCE) {
        double low = share[n / 4], high = share[n - 1 - n / 4];
        *out = fmax(high + FENCE * (high - low), LOWEST_SHARE);
    }
    eh_free(share);
    return EH_OK;
}

eh_status eh_mask_findings(json_t **summary, eh_check_context *context, const eh_frame_column *column,
                           const char *path, double share, double note_at, eh_error *err)
{
    eh_mask_issues *masks;
    eh_status status = EH_OK;
    json_int_t flagged = 0, judged = 0;
    *summary = NULL;
    EH_TRY(
        eh_mask_issues_find(&masks, path, context->catalog, context->frame, column, context->progress, err));
    if (share == 0)
        status = far_share(&share, masks, err);
    eh_label_gaps_warn(context->progress, path, masks->absent, masks->left_over);
    for (size_t row = 0; row < masks->rows && status == EH_OK; row++) {
        const eh_mask_issue *m = &masks->issue[row];
        double wrong = wrong_share(m);
        bool flag = m->suspicious > 0 && wrong >= share;
        bool note = m->pixels > 0 && note_at < 1 && 1 - (double)m->quality >= note_at;
        judged += m->pixels > 0;
        flagged += flag;
        if (flag || note)
            status = add_finding(context, column, row, m, wrong, flag, err);
    }
    if (status == EH_OK) {
        *summary =
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:f, s:I, s:I}", "column", column->name, "masks", judged,
                      "flagged", flagged, "pixels", (json_int_t)masks->pixels, "suspicious pixels",
                      (json_int_t)masks->suspicious, "share at which flagged", share, "not_in_file",
                      (json_int_t)masks->absent, "no_such_image", (json_int_t)masks->left_over);
        if (!*summary)
            status = eh_fail_memory(err, "the summary of a check", 1, 256);
    }
    eh_mask_issues_free(masks);
    return status;
}
