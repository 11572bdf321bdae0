/* copies.h - which images of a catalog are copies of each other, exactly or nearly.
 *
 * Images are joined into nodes: those whose eight perceptual hashes all agree. Pairs are searched among nodes, so a data set with a
 * thousand times the same picture costs no more than one with a thousand pictures. The distance of two images is the number of bits
 * in which their hashes differ; with `mirrored` or `turned`, the smallest over those variants of either of them.
 *
 * A picture without structure (one colour) has no hash to speak of: fewer than EH_COPIES_FEWEST_BITS bits are set. It is a copy only of what has the
 * same pixels. So is an image that can no longer be decoded, by its bytes.
 */
#ifndef EH_CLEAN_COPIES_H
#define EH_CLEAN_COPIES_H

#include "data/image_look.h"
#include "evenhand/dataset.h"

enum { EH_COPIES_FEWEST_BITS = 8, EH_COPIES_MOST_DISTANCE = 16 };

typedef struct eh_copies_opts {
    int distance;  /* bits, 0 .. EH_COPIES_MOST_DISTANCE */
    bool exact;    /* only images with the same pixels: nodes are those, and there are no pairs of nodes */
    bool mirrored; /* mirrored left-right */
    bool turned;   /* turned by 90, 180, 270 degrees, and each of these mirrored */
} eh_copies_opts;

/* The same as options of the checks, which have a member `search` of this type. */
typedef struct eh_copies_search {
    int64_t distance;
    bool near, mirrored, turned;
} eh_copies_search;

/* Their four rows in the option table of a check whose option struct is `struct_type`. */
#define EH_COPIES_SEARCH_OPTIONS(struct_type)                                                              \
    { .name = "distance",                                                                                  \
      .help = "bits in which the hashes of near copies may differ",                                        \
      .type = EH_OPT_INT,                                                                                  \
      .offset = offsetof(struct_type, search.distance),                                                    \
      .def = "2",                                                                                          \
      .min = 0,                                                                                            \
      .max = EH_COPIES_MOST_DISTANCE },                                                                    \
        { .name = "near",                                                                                  \
          .help = "near copies too, not only those with the same bytes or pixels",                         \
          .type = EH_OPT_BOOL,                                                                             \
          .offset = offsetof(struct_type, search.near),                                                    \
          .def = "true" },                                                                                 \
        { .name = "mirrored",                                                                              \
          .help = "copies that are mirrored left to right too",                                            \
          .type = EH_OPT_BOOL,                                                                             \
          .offset = offsetof(struct_type, search.mirrored),                                                \
          .def = "true" },                                                                                 \
    {                                                                                                      \
        .name = "turned", .help = "copies that are turned by 90, 180 or 270 degrees too, mirrored or not", \
        .type = EH_OPT_BOOL, .offset = offsetof(struct_type, search.turned), .def = "true"                 \
    }

/* What they ask for. */
eh_copies_opts eh_copies_opts_of(const eh_copies_search *search);

/* Two nodes u < v. */
typedef struct eh_copy_pair {
    uint32_t u, v;
    uint8_t distance;
    uint8_t variant; /* of one that looks like the other: 0 upright, EH_PHASH_MIRRORED ... */
} eh_copy_pair;

typedef struct eh_copies {
    eh_arena *arena;
    eh_copies_opts opts;
    const eh_frame *frame; /* borrowed */
    const eh_image_look *look;
    uint8_t *sha256; /* [rows, 32] of the bytes */
    size_t rows, nodes;
    uint32_t *node;     /* [rows] */
    uint32_t *member;   /* [rows] rows by node, ascending within a node */
    uint32_t *start;    /* [nodes + 1] */
    eh_copy_pair *pair; /* [pairs] sorted by (u, v) */
    size_t pairs;
    size_t flat, unread; /* images without structure, and without hashes */
    eh_frame *own_frame; /* of eh_copies_of_catalog, else NULL */
    eh_image_look *own_look;
} eh_copies;

/* Finds the nodes and all pairs within opts->distance. `look` is completed with hashes of pixels where that is needed, which decodes images; frame and
 * look must outlive the result. Errors: EH_ERR_LIMIT when there are too many pairs, EH_ERR_INTERRUPTED. */
eh_status eh_copies_find(eh_copies **out, eh_catalog *catalog, const eh_frame *frame, eh_image_look *look,
                         const eh_copies_opts *opts, eh_progress *progress, eh_error *err);
void eh_copies_free(eh_copies *copies);

/* As eh_copies_find for a whole catalog with nothing loaded: the frame and what the images look like are loaded too, and belong to the result.
 * Columns: those named (count 0: all). */
eh_status eh_copies_of_catalog(eh_copies **out, eh_catalog *catalog, const char *const *columns, size_t count,
                               const eh_copies_opts *opts, eh_progress *progress, eh_error *err);

/* How two images are copies of each other, the strictest that holds. */
typedef enum eh_copy_kind {
    EH_COPY_BYTES,
    EH_COPY_PIXELS,
    EH_COPY_NEAR,
    EH_COPY_MIRRORED,
    EH_COPY_TURNED
} eh_copy_kind;
const char *eh_copy_kind_name(eh_copy_kind kind); /* "bytes", "pixels", "phash", "mirrored", "turned" */

/* Of two rows; *distance may be above opts.distance, and is 65 when there is nothing to compare. */
eh_copy_kind eh_copies_compare(const eh_copies *copies, size_t a, size_t b, int *distance);

/* Counts of images at one distance. */
typedef struct eh_copy_counts {
    uint64_t pairs;        /* pairs of images */
    uint64_t with_partner; /* images in at least one pair */
} eh_copy_counts;
eh_status eh_copies_count(eh_copy_counts *out, const eh_copies *copies, int distance, eh_error *err);

/* Clusters in which every pair of images is within `distance` (complete linkage): no chains. Rows of a cluster stand together, ascending; clusters
 * in order of their first row. Images in no cluster are left out: so may be one whose partner went to a cluster that it does not fit into. */
typedef struct eh_copy_clusters {
    size_t count;
    uint32_t *start; /* [count + 1] */
    uint32_t *row;   /* [start[count]] */
    uint8_t *worst;  /* [count] the largest distance of any two in it */
} eh_copy_clusters;
eh_status eh_copies_cluster(eh_copy_clusters *out, const eh_copies *copies, int distance, eh_error *err);

/* Clusters of images with the same bytes, or (by_pixels) the same pixels. */
eh_status eh_copies_cluster_exact(eh_copy_clusters *out, const eh_copies *copies, bool by_pixels,
                                  eh_error *err);
void eh_copy_clusters_clear(eh_copy_clusters *clusters);

/* For splitting by copies: of_row[rows] gets a number 0 .. *count - 1 such that images joined by a chain of copies within `distance` have the same one.
 * Chains are right here: were only one link of a chain in training and the next in test, the test image would leak. */
eh_status eh_copies_connected(int32_t *of_row, size_t *count, const eh_copies *copies, int distance,
                              eh_error *err);

#endif
