/* image_look.h - what an image looks like: perceptual hashes, quality, a hash of its pixels. Measured in the pass that decodes it, kept in the
 * table `look`, and never changed by anything.
 *
 * SHA-256 of the pixels takes nearly as long as decoding a JPEG, so it is not part of that pass: images whose perceptual hashes all agree are asked
 * for it later (eh_catalog_pixel_hashes), which finds the same copies.
 */
#ifndef EH_DATA_IMAGE_LOOK_H
#define EH_DATA_IMAGE_LOOK_H

#include "evenhand/catalog.h"
#include "image/phash.h"
#include "image/quality.h"

/* All of the picture as seen (EXIF orientation applied), at full size. */
typedef struct eh_image_look {
    uint64_t phash[EH_PHASH_VARIANTS]; /* [0] is the picture's own; see phash.h */
    eh_image_quality_measures quality;
    uint8_t pixels[32]; /* SHA-256 of size and samples: equal for the same picture in another file */
    bool known;         /* phash and quality */
    bool pixels_known;
} eh_image_look;

/* SHA-256 over width, height and channels (little-endian, 4 bytes each) and the SHA-256 of the samples. */
void eh_hash_pixels(uint8_t out[32], const eh_image *image);

/* Hashers for as many threads as come. */
typedef struct eh_look_pool eh_look_pool;
eh_status eh_look_pool_new(eh_look_pool **out, eh_error *err);
void eh_look_pool_free(eh_look_pool *pool);

/* Measures one decoded picture; its pixels are not hashed. Safe from several threads at once. */
eh_status eh_look_measure(eh_image_look *out, eh_look_pool *pool, const eh_image *image, eh_error *err);

/* The statements that make the table, and that insert one row of it (image, then what eh_look_bind binds). */
extern const char *const eh_look_schema;
extern const char *const eh_look_insert;
struct sqlite3_stmt;
void eh_look_bind(struct sqlite3_stmt *stmt, int64_t image, const eh_image_look *look);

/* What the catalog holds about `count` images (ids ascending); known is false where it holds nothing. */
eh_status eh_catalog_read_looks(eh_catalog *catalog, const int64_t *id, size_t count, eh_image_look *out,
                                eh_error *err);

/* As eh_catalog_read_looks, and what is not known yet (an import without decoding, a catalog of version 1) is measured now, on all threads, and
 * stored, all or nothing. Images that can no longer be decoded stay unknown. */
eh_status eh_catalog_looks(eh_catalog *catalog, const int64_t *id, size_t count, eh_image_look *out,
                           eh_progress *progress, eh_error *err);

/* Hashes the pixels of the images row[0 .. rows) (indices of id and look) where that is not known yet, on all threads, and stores the hashes, all or
 * nothing. Images that can no longer be decoded stay unknown. */
eh_status eh_catalog_pixel_hashes(eh_catalog *catalog, const int64_t *id, eh_image_look *look,
                                  const size_t *row, size_t rows, eh_progress *progress, eh_error *err);

#endif
