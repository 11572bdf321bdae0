/* image_look.c - measuring what an image looks like. The table is in look_table.c.
 *
 * Cost    Beside decoding: one pass for grey and hash, and one over the grey for quality; for a face of 200 x 200 pixels, a quarter of what decoding takes.
 */
#include "data/image_look.h"

#include "base/file.h"
#include "evenhand/memory.h"

#include <pthread.h>

typedef struct pooled {
    eh_hasher *hasher;
    struct pooled *next;
} pooled;

struct eh_look_pool {
    pthread_mutex_t lock;
    pooled *idle;
};

eh_status eh_look_pool_new(eh_look_pool **out, eh_error *err)
{
    *out = eh_alloc(1, sizeof **out);
    if (!*out)
        return eh_fail_memory(err, "image hashes", 1, sizeof **out);
    pthread_mutex_init(&(*out)->lock, NULL);
    return EH_OK;
}

void eh_look_pool_free(eh_look_pool *pool)
{
    if (!pool)
        return;
    for (pooled *p = pool->idle, *next; p; p = next) {
        next = p->next;
        eh_hasher_free(p->hasher);
        eh_free(p);
    }
    pthread_mutex_destroy(&pool->lock);
    eh_free(pool);
}

static eh_status take(pooled **out, eh_look_pool *pool, eh_error *err)
{
    *out = NULL;
    pthread_mutex_lock(&pool->lock);
    pooled *p = pool->idle;
    if (p)
        pool->idle = p->next;
    pthread_mutex_unlock(&pool->lock);
    if (!p) {
        p = eh_alloc(1, sizeof *p);
        if (!p)
            return eh_fail_memory(err, "image hashes", 1, sizeof *p);
        eh_status status = eh_hasher_new(&p->hasher, err);
        if (status != EH_OK) {
            eh_free(p);
            return status;
        }
    }
    *out = p;
    return EH_OK;
}

static void give_back(eh_look_pool *pool, pooled *p)
{
    pthread_mutex_lock(&pool->lock);
    p->next = pool->idle;
    pool->idle = p;
    pthread_mutex_unlock(&pool->lock);
}

void eh_hash_pixels(uint8_t out[32], const eh_image *image)
{
    uint8_t head[12 + 32];
    uint32_t shape[3] = { (uint32_t)image->width, (uint32_t)image->height, (uint32_t)image->channels };
    for (int i = 0; i < 12; i++)
        head[i] = (uint8_t)(shape[i / 4] >> (8 * (i % 4)));
    eh_sha256(head + 12, image->data, (size_t)image->width * (size_t)image->height * (size_t)image->channels);
    eh_sha256(out, head, sizeof head);
}

eh_status eh_look_measure(eh_image_look *out, eh_look_pool *pool, const eh_image *image, eh_error *err)
{
    pooled *p = NULL;
    EH_TRY(take(&p, pool, err));
    eh_status status = eh_phash(p->hasher, out->phash, image, err);
    if (status == EH_OK)
        status = eh_image_quality(&out->quality, image, eh_hasher_grey(p->hasher), err);
    give_back(pool, p);
    out->known = status == EH_OK;
    return status;
}
