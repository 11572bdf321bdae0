/* phash.h - perceptual hashes: 64 bits that stay nearly the same when a picture is scaled, re-encoded or slightly changed.
 *
 * All are bit-equal with the Python package imagehash (hash_size 8) on the same decoded pixels: grey as Pillow's convert("L") (alpha is dropped), Lanczos
 * resize as Pillow's. The first bit, top left, is the highest; printed as 16 hexadecimal digits it is imagehash's text.
 */
#ifndef EH_IMAGE_PHASH_H
#define EH_IMAGE_PHASH_H

#include "evenhand/image.h"

/* The eight ways to turn and mirror a picture: variant v is the picture transposed if v & 4, then mirrored left-right if v & 1, then
 * upside down if v & 2. */
enum { EH_PHASH_UPRIGHT = 0, EH_PHASH_MIRRORED = 1, EH_PHASH_VARIANTS = 8 };

/* Number of bits in which two hashes differ, 0 .. 64. */
static inline int eh_hash_distance(uint64_t a, uint64_t b)
{
    return __builtin_popcountll(a ^ b);
}

/* What hashing needs beside the picture, kept from one to the next: tables of weights for pictures of one size, and buffers. One thread
 * uses one. */
typedef struct eh_hasher eh_hasher;
eh_status eh_hasher_new(eh_hasher **out, eh_error *err);
void eh_hasher_free(eh_hasher *hasher);

/* The DCT hash (imagehash.phash) of the picture in all variants: out[v] is the hash of variant v, up to rounding at resize that may differ
 * where a picture is really turned first. The picture is read once. Errors: EH_ERR_MEMORY. */
eh_status eh_phash(eh_hasher *hasher, uint64_t out[EH_PHASH_VARIANTS], const eh_image *image, eh_error *err);

/* The picture that was hashed last, in grey: what eh_grey_pixels makes of its pixels. Valid until the next is hashed. */
const uint8_t *eh_hasher_grey(const eh_hasher *hasher);

/* imagehash.average_hash, dhash, and whash with mode "haar". */
eh_status eh_average_hash(eh_hasher *hasher, uint64_t *out, const eh_image *image, eh_error *err);
eh_status eh_difference_hash(eh_hasher *hasher, uint64_t *out, const eh_image *image, eh_error *err);
eh_status eh_wavelet_hash(eh_hasher *hasher, uint64_t *out, const eh_image *image, eh_error *err);

#endif
