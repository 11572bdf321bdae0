/* pixel_audit.c - counts pixels; see pixel_audit.h.
 *
 * Idea      A confusion matrix of pixels per group gives accuracy, IoU and Dice. For average precision each class's probabilities are counted in a fine
 *           histogram, once over the pixels of the class and once over all.
 * Equation  IoU = both / (truth + predicted - both), Dice = 2 both / (truth + predicted);
 *           AP = sum over thresholds of (R_n - R_(n-1)) P_n, from the highest probability down, with precision P and recall R at or above it.
 * Source    Everingham et al. 2015 (IoU of segmentations over the pixels of all images); AP as scikit-learn's average_precision_score.
 * Cost      O(classes) per pixel; memory 16 bytes a bin, class and group.
 * Deviates  Probabilities of one bin are taken for equal. Bins are as wide as the probability's (or its complement's) last kept bits, 1/512 of it where memory allows; what
 *           the order within a bin could change at most is measured along (ap_error): all right ones of a bin first, or all wrong ones.
 * Easy to get wrong: means are over classes that occur in the truth. One that is only predicted already counts against those it was taken for; as a class of
 *           its own it would make the mean of an image without it 0.
 */
#include "metric/pixel_audit.h"
#include "metric/pixel_histogram.h"

#include <math.h>
#include <string.h>

#define DEFAULT_FEW   30
#define DEFAULT_LEVEL 0.95

eh_status eh_pixel_audit_new(eh_pixel_audit **out, const eh_pixel_input *in, eh_error *err)
{
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    eh_pixel_audit *a = arena ? eh_arena_alloc(arena, 1, sizeof *a) : NULL;
    if (!a) {
        eh_arena_free(arena);
        return eh_fail_memory(err, "the measures of masks", 1, sizeof *a);
    }
    a->arena = arena;
    a->classes = in->classes;
    a->groups = in->groups;
    a->columns = in->group_columns;
    a->level = in->level > 0 ? in->level : DEFAULT_LEVEL;
    a->few = in->few ? in->few : DEFAULT_FEW;
    eh_status status;
    EH_TRY_GOTO(status, eh_pixel_names(&a->class_name, arena, in->class_name, in->classes, err));
    EH_TRY_GOTO(status, eh_pixel_names(&a->group_name, arena, in->group_name, in->groups, err));
    EH_TRY_GOTO(status,
                eh_pixel_names(&a->group_value, arena, in->group_value, in->groups * in->group_columns, err));
    EH_TRY_GOTO(status, eh_pixel_names(&a->group_column, arena, in->group_column, in->group_columns, err));
    a->group = eh_arena_alloc(arena, in->groups, sizeof *a->group);
    a->cell = eh_arena_alloc(arena, in->groups * in->classes * in->classes, sizeof *a->cell);
    a->own = eh_arena_alloc(arena, in->classes * in->classes, sizeof *a->own);
    if (!a->group || !a->cell || !a->own) {
        status = eh_fail_memory(err, "the measures of masks", in->groups * in->classes * in->classes,
                                sizeof *a->cell);
        goto done;
    }
    if (in->precision)
        EH_TRY_GOTO(status, eh_pixel_histogram_make(a, err));
    *out = a;
done:
    if (status != EH_OK)
        eh_pixel_audit_free(a);
    return status;
}

eh_status eh_pixel_names(const char *const **out, eh_arena *arena, const char *const *name, size_t count,
                         eh_error *err)
{
    const char **copy = eh_arena_alloc(arena, count + 1, sizeof *copy);
    for (size_t i = 0; copy && i < count; i++)
        if (!(copy[i] = eh_arena_strdup(arena, name[i])))
            copy = NULL;
    *out = copy;
    return copy ? EH_OK : eh_fail_memory(err, "names", count, sizeof *copy);
}

void eh_pixel_audit_free(eh_pixel_audit *audit)
{
    if (!audit)
        return;
    eh_free(audit->all);
    eh_free(audit->positive);
    eh_arena_free(audit->arena);
}

/* Truth, prediction and both of a class. */
typedef struct overlap {
    uint64_t truth, predicted, both;
} overlap;

static overlap overlap_of(const uint64_t *cell, size_t classes, size_t k)
{
    overlap o = { .both = cell[k * classes + k] };
    for (size_t i = 0; i < classes; i++) {
        o.truth += cell[k * classes + i];
        o.predicted += cell[i * classes + k];
    }
    return o;
}

static double iou_of(overlap o)
{
    return o.truth ? (double)o.both / (double)(o.truth + o.predicted - o.both) : (double)NAN;
}

/* Mean IoU over the classes that occur; NaN when none does. */
static double mean_iou(const uint64_t *cell, size_t classes)
{
    double sum = 0;
    size_t occur = 0;
    for (size_t k = 0; k < classes; k++) {
        overlap o = overlap_of(cell, classes, k);
        occur += o.truth > 0;
        sum += o.truth ? iou_of(o) : 0;
    }
    return occur ? sum / (double)occur : (double)NAN;
}

eh_status eh_pixel_audit_add(eh_pixel_audit *a, size_t group, const uint8_t *truth, const uint8_t *predicted,
                             const float *probability, size_t pixels, eh_pixel_image *image, eh_error *err)
{
    size_t classes = a->classes;
    *image = (eh_pixel_image){ .miou = NAN };
    memset(a->own, 0, classes * classes * sizeof *a->own);
    for (size_t i = 0; i < pixels; i++) {
        if (truth[i] == EH_PIXEL_UNJUDGED)
            continue;
        if (truth[i] >= classes || predicted[i] >= classes)
            return eh_fail(err, EH_ERR_INPUT, "a mask holds the class %d, but there are %zu, counted from 0",
                           truth[i] >= classes ? truth[i] : predicted[i], classes);
        a->own[(size_t)truth[i] * classes + predicted[i]]++;
    }
    uint64_t *cell = a->cell + group * classes * classes;
    for (size_t i = 0; i < classes * classes; i++) {
        cell[i] += a->own[i];
        image->judged += a->own[i];
        image->correct += i % (classes + 1) == 0 ? a->own[i] : 0;
    }
    if (image->judged == 0)
        return EH_OK;
    image->miou = mean_iou(a->own, classes);
    eh_pixel_group *g = &a->group[group];
    g->images++;
    double before = image->miou - g->mean;
    g->mean += before / (double)g->images;
    g->squares += before * (image->miou - g->mean);
    if (a->all && probability)
        eh_pixel_histogram_add(a, group, truth, probability, pixels);
    return EH_OK;
}

/* Counts of a group, or of all: into cells [classes^2], and the mean over images. */
static void gather(const eh_pixel_audit *a, int64_t group, eh_pixel_result *out)
{
    size_t cells = a->classes * a->classes;
    double mean = 0, squares = 0;
    for (size_t g = 0; g < a->groups; g++) {
        const eh_pixel_group *from = &a->group[g];
        if ((group >= 0 && (size_t)group != g) || from->images == 0)
            continue;
        for (size_t i = 0; i < cells; i++)
            out->confusion[i] += a->cell[g * cells + i];
        /* Chan, Golub and LeVeque 1979: means and squares of two sets together. */
        double n = (double)out->images, m = (double)from->images, apart = from->mean - mean;
        mean += apart * m / (n + m);
        squares += from->squares + apart * apart * n * m / (n + m);
        out->images += from->images;
    }
    out->image_miou = eh_mean_estimate_of(mean, squares, out->images, a->level);
    if (out->image_miou.low < 0) /* few images can bring Student out of what an IoU can be */
        out->image_miou.low = 0;
    if (out->image_miou.high > 1)
        out->image_miou.high = 1;
}

eh_status eh_pixel_audit_measure(eh_pixel_result *out, const eh_pixel_audit *a, int64_t group,
                                 eh_arena *arena, eh_error *err)
{
    size_t classes = a->classes, occur = 0;
    *out = (eh_pixel_result){
        .worst = -1, .worst_value = NAN, .accuracy = NAN, .miou = NAN, .mean_dice = NAN, .map = NAN
    };
    out->cls = eh_arena_alloc(arena, classes, sizeof *out->cls);
    out->confusion = eh_arena_alloc(arena, classes * classes, sizeof *out->confusion);
    if (!out->cls || !out->confusion)
        return eh_fail_memory(err, "the measures of masks", classes * classes, sizeof *out->confusion);
    gather(a, group, out);
    double iou = 0, dice = 0, ap = 0;
    uint64_t correct = 0;
    for (size_t k = 0; k < classes; k++) {
        eh_pixel_class *c = &out->cls[k];
        overlap o = overlap_of(out->confusion, classes, k);
        *c = (eh_pixel_class){
            .truth = o.truth, .predicted = o.predicted, .ap = NAN, .iou = NAN, .dice = NAN
        };
        out->judged += o.truth;
        correct += o.both;
        if (o.truth == 0)
            continue;
        c->iou = iou_of(o);
        c->dice = 2 * (double)o.both / (double)(o.truth + o.predicted);
        if (a->all)
            eh_pixel_histogram_ap(&c->ap, &c->ap_error, a, group, k);
        occur++;
        iou += c->iou;
        dice += c->dice;
        ap += c->ap;
        double value = a->all ? c->ap : c->iou;
        if (out->worst < 0 || value < out->worst_value) {
            out->worst = (int64_t)k;
            out->worst_value = value;
        }
        out->ap_error = fmax(out->ap_error, c->ap_error);
    }
    if (occur == 0)
        return EH_OK;
    out->accuracy = (double)correct / (double)out->judged;
    out->miou = iou / (double)occur;
    out->mean_dice = dice / (double)occur;
    out->map = a->all ? ap / (double)occur : (double)NAN;
    return EH_OK;
}
