/* split.c - eh_catalog_split: reads what the split depends on, assigns, has the new parts written in one transaction.
 *
 * A split that came with the source stays in the catalog as the scheme "given"; one that is made here is the scheme "made", or the schemes "fold-1" ...,
 * replaced each time. meta.scheme says which of them counts.
 */
#include "data/catalog_store.h"
#include "data/identity.h"
#include "data/split_assign.h"
#include "data/split_scheme.h"
#include "evenhand/query.h"

#include "base/str.h"

#include <math.h>
#include <string.h>

static eh_status check_shares(const eh_split_opts *o, eh_error *err)
{
    const double share[3] = { o->train, o->valid, o->test };
    double sum = 0;
    for (int p = 0; p < 3; p++) {
        if (!isfinite(share[p]) || share[p] < 0 || share[p] > 1)
            return eh_fail(err, EH_ERR_USAGE, "a share of a split must lie between 0 and 1 (%g does not)",
                           share[p]);
        sum += share[p];
    }
    if (fabs(sum - 1) > 1e-6)
        return eh_fail(err, EH_ERR_USAGE,
                       "the shares of training, validation and test must sum to 1, not to %g (%g + %g + %g)",
                       sum, o->train, o->valid, o->test);
    if (o->train <= 0)
        return eh_fail(err, EH_ERR_USAGE, "the training part needs a share above 0");
    if (o->keep_test && o->train + o->valid <= 0)
        return eh_fail(err, EH_ERR_USAGE,
                       "when the test part is kept, training and validation share the rest; give them "
                       "shares");
    return EH_OK;
}

static eh_status check_options(const eh_split_opts *o, eh_error *err)
{
    if (o->where)
        for (size_t i = 0; i < eh_query_names(o->where); i++)
            if (strcmp(eh_query_name(o->where, i), "status") == 0 ||
                strcmp(eh_query_name(o->where, i), "image.status") == 0)
                return eh_fail(err, EH_ERR_USAGE,
                               "a split takes usable images only; leave status out of the query");
    if (o->folds == 0)
        return check_shares(o, err);
    if (o->folds < 2 || o->folds > EH_MOST_FOLDS)
        return eh_fail(err, EH_ERR_USAGE, "there can be 2 to %d folds, not %lld", EH_MOST_FOLDS,
                       (long long)o->folds);
    return EH_OK;
}

/* The frame with the stratification columns and behind them the columns that keep images together. */
static eh_status load_frame(eh_frame **out, eh_catalog *c, const eh_split_opts *o, eh_error *err)
{
    size_t count = 0;
    const char **names = eh_alloc(o->stratify.count + o->by.count + 1, sizeof *names);
    if (!names)
        return eh_fail_memory(err, "column names", o->stratify.count + o->by.count, sizeof *names);
    for (size_t i = 0; i < o->stratify.count; i++)
        names[count++] = o->stratify.item[i];
    for (size_t i = 0; i < o->by.count; i++)
        names[count++] = o->by.item[i];
    if (count == 0) /* a count of 0 would load every column */
        names[count++] = "part";
    eh_status status = eh_frame_load_where(out, c, names, count, o->where, err);
    eh_free((void *)names);
    return status;
}

/* Parts that the scheme `name` gives to the frame's rows; *found false when there is no such scheme. */
static eh_status load_parts(eh_catalog *c, const char *name, const eh_frame *frame, uint8_t *part,
                            bool *found, eh_error *err)
{
    sqlite3_stmt *stmt;
    *found = false;
    EH_TRY(eh_sql_prepare(&stmt, c->db, c->path,
                          "SELECT p.image, p.part FROM scheme s JOIN split p ON p.scheme = s.id WHERE s.name "
                          "= ? ORDER BY p.image",
                          err));
    sqlite3_bind_text(stmt, 1, name, -1, SQLITE_STATIC);
    size_t row = 0;
    int code;
    while ((code = sqlite3_step(stmt)) == SQLITE_ROW) {
        sqlite3_int64 id = sqlite3_column_int64(stmt, 0);
        *found = true;
        while (row < frame->rows && frame->image[row] < id)
            part[row++] = EH_PART_NONE;
        if (row < frame->rows && frame->image[row] == id)
            part[row++] = (uint8_t)sqlite3_column_int(stmt, 1);
    }
    eh_status status = code == SQLITE_DONE ? EH_OK : eh_sql_fail(c->db, c->path, err);
    sqlite3_finalize(stmt);
    return status;
}

/* Which rows keep their place in the test part: the given test part, else the one that counts now. */
static eh_status find_kept(eh_catalog *c, const eh_frame *frame, uint8_t *kept, size_t *count, eh_error *err)
{
    bool given = false;
    pthread_mutex_lock(&c->lock);
    eh_status status = load_parts(c, "given", frame, kept, &given, err);
    pthread_mutex_unlock(&c->lock);
    EH_TRY(status);
    size_t tests = 0;
    for (size_t row = 0; row < frame->rows; row++)
        tests += given && kept[row] == EH_PART_TEST;
    if (tests == 0)
        memcpy(kept, frame->part, frame->rows);
    *count = 0;
    for (size_t row = 0; row < frame->rows; row++) {
        kept[row] = kept[row] == EH_PART_TEST;
        *count += kept[row];
    }
    if (*count == 0)
        return eh_fail(err, EH_ERR_USAGE, "the catalog %s has no test part to keep; leave --keep-test away",
                       c->path);
    if (*count == frame->rows)
        return eh_fail(err, EH_ERR_NOT_ENOUGH,
                       "every image of %s is in the test part that is to be kept; nothing is left to train "
                       "on",
                       c->path);
    return EH_OK;
}

/* What is read from the catalog and handed to eh_split_assign. */
typedef struct plan {
    eh_frame *frame;
    eh_groups *strata;
    int32_t *identity; /* [rows]; NULL without */
    uint8_t *kept;     /* [rows] */
    uint8_t *block;    /* [rows] the result: 0 .. parts-1 */
    size_t identities;
} plan;

static void free_plan(plan *p)
{
    eh_frame_free(p->frame);
    eh_groups_free(p->strata);
    eh_free(p->identity);
    eh_free(p->kept);
    eh_free(p->block);
}

/* Nobody may be in the kept test part and elsewhere. */
static eh_status check_kept_identities(const plan *p, const eh_split_opts *o, eh_error *err)
{
    uint8_t *seen = eh_alloc(p->identities, 1);
    size_t both = 0;
    if (!seen)
        return eh_fail_memory(err, "identities", p->identities, 1);
    for (size_t row = 0; row < p->frame->rows; row++)
        seen[p->identity[row]] |= p->kept[row] ? 1 : 2;
    for (size_t k = 0; k < p->identities; k++)
        both += seen[k] == 3;
    eh_free(seen);
    if (both)
        return eh_fail(err, EH_ERR_INPUT,
                       "%zu of %zu values of '%s' have images in the test part that is to be kept and "
                       "outside it, so they cannot be kept "
                       "together; leave --keep-test away to make a new test part",
                       both, p->identities, o->by.item[0]);
    return EH_OK;
}

/* ---------------------------------------------------------------- assigning */

/* The shares and names of what is dealt: three parts, or blocks for folds. */
static void describe_parts(eh_split_input *in, double share[EH_MOST_FOLDS], const char *name[EH_MOST_FOLDS],
                           char text[EH_MOST_FOLDS][32], const eh_split_opts *o)
{
    static const char *const part[] = { "the training part", "the validation part", "the test part" };
    in->share = share;
    in->part_name = name;
    in->parts = o->folds ? (size_t)o->folds : 3;
    const double wanted[3] = { o->train, o->valid, o->test };
    for (size_t p = 0; p < in->parts; p++) {
        snprintf(text[p], sizeof text[p], "fold %zu", p + 1);
        name[p] = o->folds ? text[p] : part[p];
        share[p] = o->folds ? 1 / (double)o->folds : wanted[p];
    }
    if (o->folds || !o->keep_test)
        return;
    share[0] = o->train / (o->train + o->valid);
    share[1] = o->valid / (o->train + o->valid);
    share[2] = 0;
}

/* Says which strata are too small for every part to get an image. */
static eh_status warn_small_strata(const plan *p, const eh_split_input *in, eh_progress *progress,
                                   eh_error *err)
{
    size_t small = 0, wanted = 0;
    eh_str list = { 0 };
    uint64_t *count = eh_alloc(p->strata->count, sizeof *count);
    if (!count)
        return eh_fail_memory(err, "counts", p->strata->count, sizeof *count);
    for (size_t k = 0; k < in->parts; k++)
        wanted += in->share[k] > 0;
    for (size_t i = 0; i < in->rows; i++)
        count[in->stratum[i]]++;
    for (size_t g = 0; g < p->strata->count; g++) {
        if (count[g] == 0 || count[g] >= wanted)
            continue;
        if (small++ < 5)
            eh_str_appendf(&list, "%s%s (%llu)", small > 1 ? ", " : "", p->strata->name[g],
                           (unsigned long long)count[g]);
    }
    if (small)
        eh_progress_warn(progress,
                         "%zu of %zu groups have fewer images than there are parts, so some parts have none "
                         "of them: %s%s",
                         small, p->strata->count, eh_str_text(&list), small > 5 ? " ..." : "");
    eh_status status = eh_str_check(&list, err);
    eh_str_clear(&list);
    eh_free(count);
    return status;
}

/* Assigns the rows that are not kept. */
static eh_status assign_rest(plan *p, const eh_split_opts *o, eh_progress *progress, eh_error *err)
{
    size_t rows = p->frame->rows, n = 0;
    int64_t *key = eh_alloc(rows, sizeof *key);
    int32_t *stratum = eh_alloc(rows, sizeof *stratum), *identity = eh_alloc(rows, sizeof *identity);
    int32_t *number = eh_alloc(p->identities, sizeof *number);
    uint8_t *block = eh_alloc(rows, 1);
    double share[EH_MOST_FOLDS];
    const char *name[EH_MOST_FOLDS];
    char text[EH_MOST_FOLDS][32];
    eh_status status = EH_OK;
    if (!key || !stratum || !identity || !block || !number) {
        status = eh_fail_memory(err, "a split", rows, 32);
        goto done;
    }
    size_t identities = 0;
    for (size_t row = 0; row < rows; row++) {
        if (p->kept[row])
            continue;
        key[n] = p->frame->image[row];
        stratum[n] = p->strata->of_row[row];
        if (p->identity) {
            int32_t *mine =
                &number[p->identity[row]]; /* numbered anew, from 1, without those that are kept */
            if (*mine == 0)
                *mine = (int32_t)++identities;
            identity[n] = *mine - 1;
        }
        n++;
    }
    eh_split_input in = { .rows = n,
                          .key = key,
                          .stratum = stratum,
                          .strata = p->strata->count,
                          .seed = o->seed,
                          .identity = p->identity ? identity : NULL,
                          .identities = identities };
    describe_parts(&in, share, name, text, o);
    EH_TRY_GOTO(status, eh_split_assign(&in, block, err));
    if (o->stratify.count)
        EH_TRY_GOTO(status, warn_small_strata(p, &in, progress, err));
    n = 0;
    for (size_t row = 0; row < rows; row++)
        p->block[row] = p->kept[row] ? 0 : block[n++];
done:
    eh_free(key);
    eh_free(stratum);
    eh_free(identity);
    eh_free(number);
    eh_free(block);
    return status;
}

eh_status eh_catalog_split(eh_catalog *catalog, const eh_split_opts *opts, eh_progress *progress,
                           eh_error *err)
{
    plan p = { 0 };
    size_t kept = 0;
    eh_status status;
    EH_TRY(check_options(opts, err));
    eh_progress_begin(progress, "split", eh_catalog_images(catalog), "images");
    EH_TRY_GOTO(status, load_frame(&p.frame, catalog, opts, err));
    size_t rows = p.frame->rows;
    EH_TRY_GOTO(status, eh_groups_make(&p.strata, p.frame, opts->stratify.item, opts->stratify.count, err));
    p.kept = eh_alloc(rows, 1);
    p.block = eh_alloc(rows, 1);
    if (!p.kept || !p.block) {
        status = eh_fail_memory(err, "a split", rows, 2);
        goto done;
    }
    if (opts->by.count) {
        p.identity = eh_alloc(rows, sizeof *p.identity);
        if (!p.identity) {
            status = eh_fail_memory(err, "identities", rows, sizeof *p.identity);
            goto done;
        }
        EH_TRY_GOTO(status, eh_join_rows(p.frame->column + opts->stratify.count, opts->by.count, rows,
                                         p.identity, &p.identities, err));
    }
    if (opts->keep_test)
        EH_TRY_GOTO(status, find_kept(catalog, p.frame, p.kept, &kept, err));
    if (opts->keep_test && p.identity)
        EH_TRY_GOTO(status, check_kept_identities(&p, opts, err));
    EH_TRY_GOTO(status, assign_rest(&p, opts, progress, err));
    const eh_split_rows written = { p.frame->image, p.block, opts->keep_test ? p.kept : NULL, rows };
    EH_TRY_GOTO(status, eh_split_write(catalog, &written, opts, progress, err));
done:
    eh_progress_end(progress, NULL);
    free_plan(&p);
    return status;
}
