/* masks_folder.c - which mask belongs to which picture; see masks_folder.h.
 *
 * Idea    A path is cut into folders. A folder whose name is a word for masks makes it a mask, one whose name is a word for pictures a picture; these
 *         folders are left out, and what remains, without the file's ending and a known suffix, is the key by which the two find each other.
 * Easy to get wrong: in a set with parts the folder of masks may be called "trainannot": a part and the word in one.
 */
#include "data/masks_folder.h"

#include "base/file.h"
#include "base/str.h"
#include "base/threads.h"
#include "data/text_index.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

static bool same_word(const char *a, size_t size, const char *word)
{
    if (strlen(word) != size)
        return false;
    for (size_t i = 0; i < size; i++) {
        char c = a[i] >= 'A' && a[i] <= 'Z' ? (char)(a[i] + 32) : a[i];
        if (c != word[i])
            return false;
    }
    return true;
}

static bool is_word(const char *a, size_t size, const char *const *words)
{
    for (; *words; words++)
        if (same_word(a, size, *words))
            return true;
    return false;
}

static const char *const mask_words[] = { "masks",
                                          "mask",
                                          "annotations",
                                          "annotation",
                                          "annot",
                                          "labels",
                                          "label",
                                          "gt",
                                          "gtfine",
                                          "segmentationclass",
                                          "segmentation",
                                          "segmentations",
                                          "segmentationmasks",
                                          "groundtruth",
                                          "ground_truth",
                                          "trimaps",
                                          "targets",
                                          NULL };
static const char *const image_words[] = { "images", "image",    "imgs",   "img", "jpegimages", "leftimg8bit",
                                           "photos", "pictures", "inputs", "rgb", NULL };

/* What a mask's name may have more than its picture's; and a picture's more than its mask's. */
static const char *const mask_suffixes[] = {
    "_mask", "_masks",           "_L",        "_P", "_label", "_labels", "_seg", "_segmentation", "_gt",
    "_GT",   "_gtFine_labelIds", "_labelIds", NULL
};
static const char *const image_suffixes[] = { "_leftImg8bit", "_image", NULL };

typedef enum side { SIDE_NONE, SIDE_IMAGE, SIDE_MASK } side;

/* A path looked at. */
typedef struct looked {
    side side;
    eh_part part;
    char key[1024]; /* folders that mean nothing, and the stem */
} looked;

/* "trainannot": a part and the word for masks in one. */
static bool part_and_annot(const char *folder, size_t size, eh_part *part)
{
    char word[32];
    if (size <= 5 || size >= sizeof word || !same_word(folder + size - 5, 5, "annot"))
        return false;
    memcpy(word, folder, size - 5);
    word[size - 5] = '\0';
    return eh_part_parse(part, word) && *part != EH_PART_NONE;
}

/* Looks at a path's folders; false when the key is too long. */
static bool look_at(looked *out, const char *path)
{
    size_t used = 0;
    const char *name = eh_path_name(path), *dot = strrchr(name, '.');
    *out = (looked){ 0 };
    for (const char *at = path; at < name;) {
        size_t size = strcspn(at, "/");
        char word[64];
        eh_part part = EH_PART_NONE;
        bool is_part = false;
        if (size < sizeof word) {
            memcpy(word, at, size);
            word[size] = '\0';
            is_part = eh_part_parse(&part, word) && part != EH_PART_NONE;
        }
        bool annot = part_and_annot(at, size, &part);
        if (is_part || annot) {
            out->part = part;
            out->side = annot ? SIDE_MASK : out->side;
            used += (size_t)snprintf(out->key + used, sizeof out->key - used, "%s/", eh_part_name(part));
        } else if (is_word(at, size, mask_words)) {
            out->side = SIDE_MASK;
        } else if (is_word(at, size, image_words)) {
            out->side = out->side == SIDE_MASK ? SIDE_MASK : SIDE_IMAGE;
        } else {
            if (used + size + 2 > sizeof out->key)
                return false;
            memcpy(out->key + used, at, size + 1);
            used += size + 1;
        }
        at += size + 1;
        if (used >= sizeof out->key)
            return false;
    }
    size_t stem = (size_t)(dot - name);
    if (used + stem + 1 > sizeof out->key)
        return false;
    memcpy(out->key + used, name, stem);
    out->key[used + stem] = '\0';
    return true;
}

static bool is_mask_path(const char *path)
{
    looked l;
    return eh_is_image_name(path) && !eh_ends_with(path, ".jpg") && !eh_ends_with(path, ".jpeg") &&
           look_at(&l, path) && l.side == SIDE_MASK;
}

static bool is_image_path(const char *path)
{
    looked l;
    return eh_is_image_name(path) && look_at(&l, path) && l.side == SIDE_IMAGE;
}

/* SegNet's folders train, trainannot: the masks say so, the pictures only lie in a part. */
static bool is_annot_path(const char *path)
{
    eh_part part;
    size_t size = strcspn(path, "/");
    return path[size] == '/' && part_and_annot(path, size, &part) && eh_is_image_name(path);
}

bool eh_masks_in_source(const eh_source *source)
{
    return (eh_source_any(source, is_mask_path) && eh_source_any(source, is_image_path)) ||
           eh_source_any(source, is_annot_path);
}

/* Takes a suffix off the key; false when it has none of them. */
static bool cut_suffix(char *key, const char *const *suffixes)
{
    for (; *suffixes; suffixes++) {
        size_t size = strlen(key), cut = strlen(*suffixes);
        if (size > cut && strcmp(key + size - cut, *suffixes) == 0 && key[size - cut - 1] != '/') {
            key[size - cut] = '\0';
            return true;
        }
    }
    return false;
}

/* ---------------------------------------------------------------- finding */

/* Lists of what was found, while it is put together. */
typedef struct finder {
    eh_masks_folder *out;
    eh_arena *arena;
    eh_source *source;
    const eh_masks_names *names;
    eh_text_index keys; /* of the images */
    const char **mask;  /* [masks] paths, and their keys */
    const char **mask_key;
    size_t masks;
} finder;

static bool lies_in(const char *path, const char *folder)
{
    size_t size = strlen(folder);
    while (size > 0 && folder[size - 1] == '/')
        size--;
    return strncmp(path, folder, size) == 0 && path[size] == '/';
}

/* Which side a path is on, and its key without the folder that the user named. */
static bool place(finder *f, looked *l, const char *path)
{
    const char *folders[] = { f->names->images, f->names->masks };
    for (int i = 0; i < 2; i++)
        if (folders[i] && lies_in(path, folders[i])) {
            size_t size = strlen(folders[i]);
            while (size > 0 && folders[i][size - 1] == '/')
                size--;
            if (!look_at(l, path + size + 1))
                return false;
            l->side = i == 0 ? SIDE_IMAGE : SIDE_MASK;
            return true;
        }
    if (!look_at(l, path))
        return false;
    /* Where the user named a folder, no other counts for that side. */
    if ((l->side == SIDE_IMAGE && f->names->images) || (l->side == SIDE_MASK && f->names->masks))
        l->side = SIDE_NONE;
    return true;
}

static eh_status add_image(finder *f, const char *path, const looked *l, eh_error *err)
{
    uint32_t number;
    bool added;
    char key[sizeof l->key];
    memcpy(key, l->key, sizeof key);
    cut_suffix(key, image_suffixes);
    const char *kept = eh_arena_strdup(f->arena, key);
    if (!kept)
        return eh_fail_memory(err, "a list of masks", 1, strlen(key));
    EH_TRY(eh_text_index_add(&f->keys, kept, &number, &added, err));
    eh_masks_image *image = &f->out->image[f->out->images];
    *image = (eh_masks_image){ .path = path, .part = (uint8_t)l->part };
    f->out->images += added; /* a.jpg and a.png: the first counts */
    return EH_OK;
}

/* Number of the image that a mask's key belongs to, or -1. */
static int64_t find_image(finder *f, const char *key)
{
    char cut[sizeof((looked *)0)->key];
    int64_t at = eh_text_index_find(&f->keys, key);
    const char *const own[] = { f->names->suffix, NULL };
    snprintf(cut, sizeof cut, "%s", key);
    if (f->names->suffix)
        return cut_suffix(cut, own) ? eh_text_index_find(&f->keys, cut) : -1;
    if (at < 0 && cut_suffix(cut, mask_suffixes))
        at = eh_text_index_find(&f->keys, cut);
    return at;
}

/* Pictures and masks lie side by side: whatever has a mask's suffix, and a picture without it beside it, is a mask. */
static void split_side_by_side(finder *f)
{
    eh_masks_folder *out = f->out;
    size_t kept = 0;
    for (size_t i = 0; i < out->images; i++) {
        assert(f->keys.key);
        int64_t owner = -1;
        char cut[sizeof((looked *)0)->key];
        const char *const own[] = { f->names->suffix, NULL };
        snprintf(cut, sizeof cut, "%s", f->keys.key[i]);
        if (cut_suffix(cut, f->names->suffix ? own : mask_suffixes))
            owner = eh_text_index_find(&f->keys, cut);
        if (owner >= 0 && owner != (int64_t)i) {
            f->mask[f->masks] = out->image[i].path;
            f->mask_key[f->masks++] = f->keys.key[i];
        } else {
            f->keys.key[kept] = f->keys.key[i];
            out->image[kept++] = out->image[i];
        }
    }
    out->images = kept;
}

static eh_status rebuild_keys(finder *f, eh_error *err)
{
    eh_text_index keys = { 0 };
    for (size_t i = 0; i < f->out->images; i++) {
        uint32_t number;
        eh_status status = eh_text_index_add(&keys, f->keys.key[i], &number, NULL, err);
        if (status != EH_OK) {
            eh_text_index_clear(&keys);
            return status;
        }
    }
    eh_text_index_clear(&f->keys);
    f->keys = keys;
    return EH_OK;
}

static eh_status sort_files(finder *f, size_t count, eh_error *err)
{
    bool image_folders = f->names->images != NULL;
    looked l;
    for (size_t i = 0; i < count && !image_folders; i++)
        image_folders = is_image_path(eh_source_at(f->source, i).path);
    for (size_t i = 0; i < count; i++) {
        const char *path = eh_source_at(f->source, i).path;
        if (!eh_is_image_name(path) || !place(f, &l, path))
            continue;
        if (l.side == SIDE_MASK) {
            f->mask[f->masks] = path;
            f->mask_key[f->masks] = eh_arena_strdup(f->arena, l.key);
            if (!f->mask_key[f->masks++])
                return eh_fail_memory(err, "a list of masks", count, sizeof *f->mask);
        } else if (l.side == SIDE_IMAGE || !image_folders) {
            EH_TRY(add_image(f, path, &l, err));
        }
    }
    if (f->masks == 0 && !f->names->masks) {
        split_side_by_side(f);
        return rebuild_keys(f, err);
    }
    return EH_OK;
}

/* Gives every image its mask. */
static eh_status join(finder *f, eh_error *err)
{
    eh_masks_folder *out = f->out;
    out->twice = eh_arena_alloc(f->arena, f->masks, sizeof *out->twice);
    if (!out->twice)
        return eh_fail_memory(err, "a list of masks", f->masks, sizeof *out->twice);
    for (size_t i = 0; i < f->masks; i++) {
        int64_t at = find_image(f, f->mask_key[i]);
        eh_masks_image *image = at >= 0 ? &out->image[at] : NULL;
        if (!image) {
            out->masks_without_image++;
        } else if (image->mask) {
            out->twice[out->doubles++] =
                (eh_masks_double){ .path = f->mask[i], .image = image->path, .taken = image->mask };
        } else {
            image->mask = f->mask[i];
            out->pairs++;
        }
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- parts */

/* Gives the part to the images that a list names, by stem or by file name. */
static eh_status read_part_list(finder *f, const char *path, eh_part part, const eh_text_index *stems,
                                size_t *named, eh_error *err)
{
    uint8_t *bytes;
    size_t size;
    EH_TRY(eh_source_read(&bytes, &size, f->source, path, (size_t)64 << 20, err));
    for (char *at = (char *)bytes, *end = at + size; at < end;) {
        size_t length = strcspn(at, "\r\n"), word = strcspn(at, " \t\r\n");
        char stem[512];
        const char *begin = at;
        for (size_t i = 0; i < word; i++)
            if (at[i] == '/')
                begin = at + i + 1;
        size_t name = (size_t)(at + word - begin);
        if (name > 0 && name < sizeof stem) {
            memcpy(stem, begin, name);
            stem[name] = '\0';
            char *dot = strrchr(stem, '.');
            if (dot && eh_is_image_name(stem))
                *dot = '\0';
            int64_t image = eh_text_index_find(stems, stem);
            if (image >= 0) {
                f->out->image[image].part = (uint8_t)part;
                ++*named;
            }
        }
        at += length + 1;
    }
    eh_free(bytes);
    return EH_OK;
}

/* train.txt, val.txt ... in the root or in ImageSets/Segmentation. With a list of validation images alone the others are for training. */
static eh_status read_part_lists(finder *f, eh_error *err)
{
    static const char *const folders[] = { "", "ImageSets/Segmentation/" };
    static const char *const words[] = { "train", "val", "valid", "validation", "test" };
    eh_text_index stems = { 0 };
    eh_status status = EH_OK;
    size_t named = 0, trained = 0;
    for (size_t i = 0; i < f->out->images && status == EH_OK; i++) {
        uint32_t number;
        assert(f->keys.key);
        const char *slash = strrchr(f->keys.key[i], '/');
        if (f->out->image[i].part != EH_PART_NONE)
            goto done; /* the folders say it */
        status = eh_text_index_add(&stems, slash ? slash + 1 : f->keys.key[i], &number, NULL, err);
        if (number != i)
            goto done; /* stems are not unique, so no list can name them */
    }
    for (size_t d = 0; d < 2 && named == 0 && status == EH_OK; d++)
        for (size_t w = 0; w < sizeof words / sizeof *words && status == EH_OK; w++) {
            char path[64];
            eh_part part;
            snprintf(path, sizeof path, "%s%s.txt", folders[d], words[w]);
            if (!eh_source_has(f->source, path))
                continue;
            eh_part_parse(&part, words[w]);
            size_t before = named;
            status = read_part_list(f, path, part, &stems, &named, err);
            trained += part == EH_PART_TRAIN ? named - before : 0;
        }
    for (size_t i = 0; i < f->out->images && named > 0 && trained == 0; i++)
        if (f->out->image[i].part == EH_PART_NONE)
            f->out->image[i].part = EH_PART_TRAIN;
done:
    eh_text_index_clear(&stems);
    return status;
}

eh_status eh_masks_find(eh_masks_folder *out, eh_arena *arena, eh_source *source, const eh_masks_names *names,
                        eh_error *err)
{
    finder f = { .out = out, .arena = arena, .source = source, .names = names };
    size_t count;
    eh_status status;
    *out = (eh_masks_folder){ 0 };
    EH_TRY(eh_source_list(source, &count, err));
    out->image = eh_arena_alloc(arena, count + 1, sizeof *out->image);
    f.mask = eh_arena_alloc(arena, count + 1, sizeof *f.mask);
    f.mask_key = eh_arena_alloc(arena, count + 1, sizeof *f.mask_key);
    if (!out->image || !f.mask || !f.mask_key)
        return eh_fail_memory(err, "a list of masks", count, sizeof *out->image);
    EH_TRY_GOTO(status, sort_files(&f, count, err));
    EH_TRY_GOTO(status, join(&f, err));
    status = read_part_lists(&f, err);
done:
    eh_text_index_clear(&f.keys);
    return status;
}

/* ---------------------------------------------------------------- values */

typedef struct scanner {
    const eh_source *source;
    const eh_masks_folder *folder;
    pthread_mutex_t lock; /* guards the rest */
    eh_masks_values *out;
    bool too_many, coloured;
} scanner;

/* Adds a colour to the ascending list. The caller holds the lock. */
static void add_colour(scanner *s, uint32_t colour)
{
    eh_masks_values *v = s->out;
    size_t at = 0;
    while (at < v->colours && v->colour[at] < colour)
        at++;
    if (at < v->colours && v->colour[at] == colour)
        return;
    if (v->colours == 255) {
        s->too_many = true;
        return;
    }
    memmove(v->colour + at + 1, v->colour + at, (v->colours - at) * sizeof *v->colour);
    v->colour[at] = colour;
    v->colours++;
}

static void scan_one(void *user, size_t index)
{
    scanner *s = user;
    const char *path = s->folder->image[index].mask;
    uint8_t *bytes;
    size_t size;
    eh_image image;
    const eh_decode_opts indices = { .indices = 1 };
    if (!path || s->too_many || eh_source_read(&bytes, &size, s->source, path, 0, NULL) != EH_OK)
        return;
    bool is_index = eh_image_decode(&image, bytes, size, &indices, NULL) == EH_OK;
    if (is_index || eh_image_decode(&image, bytes, size, NULL, NULL) == EH_OK) {
        size_t pixels = (size_t)image.width * (size_t)image.height;
        pthread_mutex_lock(&s->lock);
        uint32_t last = UINT32_MAX;
        for (size_t i = 0; i < pixels && !s->too_many; i++) {
            const uint8_t *c = image.data + i * (size_t)image.channels;
            if (is_index) {
                s->out->index[*c] = true;
                continue;
            }
            uint32_t colour = (uint32_t)c[0] << 16 | (uint32_t)c[1] << 8 | c[2];
            if (colour == last)
                continue;
            last = colour;
            s->coloured |= c[0] != c[1] || c[1] != c[2];
            if (c[0] == c[1] && c[1] == c[2])
                s->out->index[c[0]] = true;
            add_colour(s, colour);
        }
        pthread_mutex_unlock(&s->lock);
        eh_image_clear(&image);
    }
    eh_free(bytes);
}

eh_status eh_masks_find_values(eh_masks_values *out, const eh_source *source, const eh_masks_folder *folder,
                               eh_progress *progress, eh_error *err)
{
    enum { PIECE = 256 };
    scanner s = { .source = source, .folder = folder, .out = out };
    eh_masks_folder piece = *folder;
    eh_status status = EH_OK;
    *out = (eh_masks_values){ 0 };
    pthread_mutex_init(&s.lock, NULL);
    s.folder = &piece;
    eh_progress_begin(progress, "look at masks", folder->images, "images");
    for (size_t first = 0; first < folder->images && status == EH_OK && !s.too_many; first += PIECE) {
        piece.image = folder->image + first;
        eh_parallel_for(folder->images - first < PIECE ? folder->images - first : PIECE, scan_one, &s);
        eh_progress_update(progress, first, NULL);
        if (eh_progress_stop(progress))
            status = eh_fail(err, EH_ERR_INTERRUPTED, "the import was stopped; nothing was written");
    }
    eh_progress_end(progress, NULL);
    pthread_mutex_destroy(&s.lock);
    if (s.too_many)
        status = eh_fail(err, EH_ERR_INPUT,
                         "%s: its masks have more than 255 colours, as photographs have; name the folder of "
                         "the masks with "
                         "masks=FOLDER",
                         eh_source_name(source));
    if (!s.coloured)
        out->colours = 0; /* indices that were saved as RGB */
    return status;
}
