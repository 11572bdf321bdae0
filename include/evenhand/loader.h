/* loader.h - pixels for training: the pack, the order of samples, augmentation, and the ring of batches.
 *
 * A pack is a memory-mapped file of equally sized 8-bit images, decoded and resized once, in the cache folder under a name
 * derived from content (image hashes, size, channels, filter). The loader fills batches on its own threads ahead of the consumer;
 * what it puts into a batch depends only on (seed, epoch, sample), never on threads.
 */
#ifndef EVENHAND_LOADER_H
#define EVENHAND_LOADER_H

#include "evenhand/dataset.h"
#include "evenhand/image.h"
#include "evenhand/option.h"
#include "evenhand/progress.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- pack ---- */

typedef struct eh_pack eh_pack;

typedef struct eh_pack_opts {
    int width, height;  /* of every image in the pack */
    int channels;       /* 1 or 3; of masks it does not count */
    const char *folder; /* NULL: the cache folder */
    bool
        stretch; /* true: resize to width x height; false: largest centred crop of that aspect, then resize */
    const char *
        mask_column; /* NULL: the images. Else their masks in this column: one byte a pixel, the class or EH_MASK_IGNORE, cut and resized
                                as the images are, by EH_RESIZE_NEAREST. A row without a mask is EH_MASK_IGNORE everywhere */
} eh_pack_opts;

/* Opens the pack for all rows of the frame, making it when it is not there. Images that cannot be decoded now, or have
 * other contents than at the import, end it with an error that names the first. Resizing is EH_RESIZE_ANTIALIAS; images of the right size are copied. */
EH_API eh_status eh_pack_open(eh_pack **out, eh_catalog *catalog, const eh_frame *frame,
                              const eh_pack_opts *opts, eh_progress *progress, eh_error *err);
EH_API void eh_pack_close(eh_pack *pack);

/* Image (or mask) of a frame row: height * width * channels bytes, interleaved. Borrowed. */
EH_API const uint8_t *eh_pack_image(const eh_pack *pack, size_t row);
EH_API eh_image eh_pack_shape(const eh_pack *pack); /* width, height, channels; data NULL */
EH_API size_t eh_pack_rows(const eh_pack *pack);    /* number of images */

/* ---- samplers: a registered kind. Which rows an epoch visits, in which order ---- */

typedef struct eh_sampler_input {
    const uint32_t *row; /* [rows] candidates (the training part) */
    size_t rows;
    const int32_t *group; /* [frame rows] group of a frame row; NULL when no groups are known */
    size_t groups;
    const float
        *weight; /* [rows] for `weighted`: weight of each candidate; NULL = by group, 1 / size of its group */
    uint64_t seed, epoch;
} eh_sampler_input;

/* To add a sampler "x": src/data/sampler_x.c with `const eh_sampler eh_sampler_x`, a row in sampler_list.c. */
typedef struct eh_sampler {
    eh_entry entry;
    bool needs_groups;
    /* *order: eh_alloc'ed array of frame rows, owned by the caller; any length > 0. */
    eh_status (*order)(const void *opts, const eh_sampler_input *in, uint32_t **order, size_t *count,
                       eh_error *err);
} eh_sampler;

extern EH_API const eh_sampler eh_sampler_uniform; /* every row once, shuffled */
extern EH_API const eh_sampler
    eh_sampler_weighted; /* `rows` draws with replacement in proportion to weight */
extern EH_API const eh_sampler
    eh_sampler_balanced; /* every group equally often: rows draws, groups in turn, each group reshuffled when used up */
extern EH_API const eh_sampler
    eh_sampler_capped; /* at most `cap` rows of each group (0 = size of the smallest), another choice each epoch if `redraw` */
EH_API extern const eh_entry *const eh_sampler_list[];

/* ---- augmentation: a registered kind ---- */

struct eh_rng;

/* One image on its way into a batch. */
typedef struct eh_sample {
    uint8_t *pixels; /* [height, width, channels] interleaved */
    uint8_t *mask;   /* [height, width] classes or EH_MASK_IGNORE; NULL: there is no mask */
    int width, height, channels;
    uint8_t mean[3]; /* the colour that becomes 0 in the batch */
    double map[9];   /* pixel of the result -> pixel of the source: see augment_map.h */
    eh_fill fill;    /* beyond the source's edges; of a mask always EH_MASK_IGNORE */
    struct eh_rng *rng;
} eh_sample;

/* A batch that is mixed: sample i with sample partner[i]. */
typedef struct eh_mix {
    float *image;        /* [count, channels, height, width], to be changed */
    const float *before; /* as it was */
    uint8_t *mask;       /* [count, height, width], or NULL */
    const uint8_t *mask_before;
    const uint32_t *partner; /* [count], a permutation */
    float *lambda;           /* [count] in: 1. Share of the sample's own label; the rest is its partner's */
    size_t count;
    int width, height, channels;
    struct eh_rng *rng;
} eh_mix;

/* To add one: src/data/augment_x.c, a row in augment_list.c; fill one of the functions. Whatever the order in which they are named, those that place are
 * applied first, composed to one resampling of image and mask. */
typedef struct eh_augment {
    eh_entry entry;
    void (*place)(const void *opts, eh_sample *sample); /* moves what is seen: multiplies into map */
    void (*apply)(const void *opts, eh_sample *sample); /* changes pixels */
    void (*mix)(const void *opts,
                eh_mix *mix); /* mixes a whole batch; of several each batch takes one by chance */
    bool no_masks;            /* cannot be used with masks */
    /* (optional) Refuses options that are wrong together, with a sentence (EH_ERR_USAGE). */
    eh_status (*check)(const void *opts, eh_error *err);
} eh_augment;
EH_API extern const eh_entry *const eh_augment_list[]; /* `evenhand list augments` */

/* ---- loader ---- */

typedef struct eh_loader eh_loader;

typedef struct eh_loader_opts {
    size_t batch;
    int workers; /* threads that fill batches; 0 = one or two, by the thread budget */
    int ahead;   /* batches in the ring; 0 = 4 */
    int width,
        height; /* of the samples; 0: the pack's. Where they differ the whole image is scaled, or what is placed is taken from the larger one */
    const eh_thing_spec *augment; /* [augments], applied in this order; borrowed, must outlive the loader */
    size_t augments;
    float mean[3], std[3]; /* in units of 0..1; std 0 means 1. sample = (value / 255 - mean) / std */
    const eh_pack *masks;  /* masks of the same rows and size, moved as the images are; NULL: none */
    bool drop_last; /* training: an incomplete last batch is not delivered. Else it has count < batch */
    uint64_t seed;
} eh_loader_opts;

/* One batch; valid until the next eh_loader_next. Methods may change image and weight. */
typedef struct eh_batch {
    size_t count, capacity;
    const uint32_t *row; /* [count] frame rows */
    float *image;        /* [capacity, channels, height, width]; rows beyond count are zero */
    float *weight;       /* [capacity] 1 for real samples, 0 beyond count */
    uint8_t *
        mask; /* [capacity, height, width] classes or EH_MASK_IGNORE, which rows beyond count are; NULL without masks */
    const uint32_t *
        partner; /* [capacity] frame rows; with lambda [capacity] the label of sample i is lambda[i] times that of row[i] plus 1 - lambda[i] */
    const float *
        lambda; /* times that of partner[i]; masks are mixed already. Both NULL where nothing is mixed; lambda is 1 beyond count */
    uint64_t epoch, index;
} eh_batch;

EH_API eh_status eh_loader_new(eh_loader **out, const eh_pack *pack, const eh_loader_opts *opts,
                               eh_error *err);
EH_API void eh_loader_free(eh_loader *loader);

/* Begins an epoch over `order` (copied), skipping the first `skip` batches (resuming). */
EH_API eh_status eh_loader_begin(eh_loader *loader, const uint32_t *order, size_t count, uint64_t epoch,
                                 uint64_t skip, eh_error *err);

/* The next batch, or *out = NULL at the end of the epoch. */
EH_API eh_status eh_loader_next(eh_loader *loader, eh_batch **out, eh_error *err);

/* Seconds that the consumer waited for data since eh_loader_begin. */
EH_API double eh_loader_wait_seconds(const eh_loader *loader);

#ifdef __cplusplus
}
#endif
#endif
