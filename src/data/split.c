/* split.c - eh_catalog_split: reads what the split depends on, assigns, writes the new parts in one transaction.
 *
 * A split that came with the source stays in the catalog as the scheme "given"; one that is made here is the scheme "made", replaced each
 * time. meta.scheme says which of them counts.
 */
#include "data/catalog_store.h"
#include "data/split_assign.h"
#include "data/text_index.h"
#include "evenhand/dataset.h"

#include "base/str.h"

#include <math.h>
#include <stdlib.h>
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

/* Numbers for the values of the identity column; a missing value is a person of its own. */
static eh_status number_identities(const eh_frame_column *column, size_t rows, int32_t *identity,
                                   size_t *identities, eh_error *err)
{
    eh_text_index names = { 0 };
    eh_arena *arena = eh_arena_new();
    size_t alone = 0;
    eh_status status = EH_OK;
    if (!arena)
        return eh_fail_memory(err, "identities", 1, 4096);
    for (size_t row = 0; row < rows; row++) {
        const char *name = NULL;
        uint32_t number = 0;
        identity[row] = -1;
        if (column->kind == EH_COLUMN_CLASS && column->cls[row] >= 0)
            name = column->class_name[column->cls[row]];
        else if (column->kind == EH_COLUMN_TEXT)
            name = column->text[row];
        else if (column->kind == EH_COLUMN_NUMBER && !isnan(column->number[row])) {
            name = eh_arena_printf(arena, "%.9g", (double)column->number[row]);
            if (!name)
                status = eh_fail_memory(err, "identities", rows, 16);
        }
        if (name && status == EH_OK) {
            status = eh_text_index_add(&names, name, &number, NULL, err);
            identity[row] = (int32_t)number;
        }
        if (status != EH_OK)
            break;
    }
    for (size_t row = 0; row < rows && status == EH_OK; row++)
        if (identity[row] < 0)
            identity[row] = (int32_t)(names.count + alone++);
    *identities = names.count + alone;
    eh_text_index_clear(&names);
    eh_arena_free(arena);
    return status;
}

/* The frame with the stratification columns and the identity column (the last one). */
static eh_status load_frame(eh_frame **out, eh_catalog *c, const eh_split_opts *o, eh_error *err)
{
    size_t count = o->stratify.count + (o->identity ? 1 : 0);
    const char **names = eh_alloc(count + 1, sizeof *names);
    if (!names)
        return eh_fail_memory(err, "column names", count, sizeof *names);
    for (size_t i = 0; i < o->stratify.count; i++)
        names[i] = o->stratify.item[i];
    if (o->identity)
        names[o->stratify.count] = o->identity;
    if (count == 0 && c->columns > 0) /* a count of 0 would load every column */
        names[count++] = c->column[0].name;
    eh_status status = eh_frame_load(out, c, names, count, err);
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

/* Nobody may be in the kept test part and elsewhere. */
static eh_status check_kept_identities(const uint8_t *kept, const int32_t *identity, size_t rows,
                                       size_t identities, const eh_split_opts *o, eh_error *err)
{
    uint8_t *seen = eh_alloc(identities, 1);
    size_t both = 0;
    if (!seen)
        return eh_fail_memory(err, "identities", identities, 1);
    for (size_t row = 0; row < rows; row++)
        seen[identity[row]] |= kept[row] ? 1 : 2;
    for (size_t k = 0; k < identities; k++)
        both += seen[k] == 3;
    eh_free(seen);
    if (both)
        return eh_fail(err, EH_ERR_INPUT,
                       "%zu of %zu values of '%s' have images in the test part that is to be kept and "
                       "outside it, so they cannot be kept "
                       "together; leave --keep-test away to make a new test part",
                       both, identities, o->identity);
    return EH_OK;
}

/* What is read from the catalog and handed to eh_split_assign. */
typedef struct plan {
    eh_frame *frame;
    eh_groups *strata;
    int32_t *identity; /* [rows]; NULL without */
    uint8_t *kept;     /* [rows] */
    uint8_t *part;     /* [rows] the result */
    size_t identities;
} plan;

static void free_plan(plan *p)
{
    eh_frame_free(p->frame);
    eh_groups_free(p->strata);
    eh_free(p->identity);
    eh_free(p->kept);
    eh_free(p->part);
}

/* Assigns the rows that are not kept. */
static eh_status assign_rest(plan *p, const eh_split_opts *o, eh_error *err)
{
    size_t rows = p->frame->rows, n = 0;
    int64_t *key = eh_alloc(rows, sizeof *key);
    int32_t *stratum = eh_alloc(rows, sizeof *stratum), *identity = eh_alloc(rows, sizeof *identity);
    int32_t *number = eh_alloc(p->identities, sizeof *number);
    uint8_t *part = eh_alloc(rows, 1);
    eh_status status = EH_OK;
    if (!key || !stratum || !identity || !part || !number) {
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
                          .identities = identities,
                          .share = { o->train, o->valid, o->test } };
    if (o->keep_test) {
        in.share[0] = o->train / (o->train + o->valid);
        in.share[1] = o->valid / (o->train + o->valid);
        in.share[2] = 0;
    }
    EH_TRY_GOTO(status, eh_split_assign(&in, part, err));
    n = 0;
    for (size_t row = 0; row < rows; row++)
        p->part[row] = p->kept[row] ? EH_PART_TEST : part[n++];
done:
    eh_free(key);
    eh_free(stratum);
    eh_free(identity);
    eh_free(number);
    eh_free(part);
    return status;
}

/* "70/15/15 stratified by a, b, by identity, seed 1", for whoever looks into the catalog. */
static void describe(eh_str *out, const eh_split_opts *o)
{
    eh_str_appendf(out, "shares %g/%g/%g", o->train, o->valid, o->test);
    for (size_t i = 0; i < o->stratify.count; i++)
        eh_str_appendf(out, "%s%s", i ? ", " : ", stratified by ", o->stratify.item[i]);
    if (o->identity)
        eh_str_appendf(out, ", by %s", o->identity);
    eh_str_appendf(out, ", seed %llu%s", (unsigned long long)o->seed, o->keep_test ? ", test part kept" : "");
}

static eh_status write_rows(eh_catalog *c, const plan *p, const char *description, eh_progress *progress,
                            eh_error *err)
{
    sqlite3_stmt *stmt = NULL;
    eh_status status;
    EH_TRY_GOTO(status,
                eh_sql_exec(c->db, c->path,
                            "DELETE FROM split WHERE scheme = (SELECT id FROM scheme WHERE name = 'made');"
                            "DELETE FROM scheme WHERE name = 'made';"
                            "REPLACE INTO meta VALUES ('scheme', 'made');",
                            err));
    EH_TRY_GOTO(status, eh_sql_prepare(&stmt, c->db, c->path,
                                       "INSERT INTO scheme (name, options) VALUES ('made', ?)", err));
    sqlite3_bind_text(stmt, 1, description, -1, SQLITE_STATIC);
    EH_TRY_GOTO(status, eh_sql_step(stmt, c->path, err));
    sqlite3_int64 scheme = sqlite3_last_insert_rowid(c->db);
    sqlite3_finalize(stmt);
    EH_TRY_GOTO(status, eh_sql_prepare(&stmt, c->db, c->path, "INSERT INTO split VALUES (?, ?, ?)", err));
    for (size_t row = 0; row < p->frame->rows; row++) {
        sqlite3_bind_int64(stmt, 1, scheme);
        sqlite3_bind_int64(stmt, 2, p->frame->image[row]);
        sqlite3_bind_int(stmt, 3, p->part[row]);
        EH_TRY_GOTO(status, eh_sql_step(stmt, c->path, err));
        if (row % 4096 == 4095)
            eh_progress_update(progress, row + 1, NULL);
    }
done:
    sqlite3_finalize(stmt);
    return status;
}

static eh_status write_split(eh_catalog *c, const plan *p, const eh_split_opts *o, eh_progress *progress,
                             eh_error *err)
{
    eh_str description = { 0 };
    describe(&description, o);
    eh_status status = eh_str_check(&description, err);
    pthread_mutex_lock(&c->lock);
    if (status == EH_OK)
        status = eh_catalog_begin_change(c, err);
    if (status == EH_OK)
        status = eh_catalog_end_change(c, write_rows(c, p, eh_str_text(&description), progress, err), err);
    pthread_mutex_unlock(&c->lock);
    eh_str_clear(&description);
    return status;
}

eh_status eh_catalog_split(eh_catalog *catalog, const eh_split_opts *opts, eh_progress *progress,
                           eh_error *err)
{
    plan p = { 0 };
    size_t kept = 0;
    eh_status status;
    EH_TRY(check_shares(opts, err));
    eh_progress_begin(progress, "split", eh_catalog_images(catalog), "images");
    EH_TRY_GOTO(status, load_frame(&p.frame, catalog, opts, err));
    size_t rows = p.frame->rows;
    EH_TRY_GOTO(status, eh_groups_make(&p.strata, p.frame, opts->stratify.item, opts->stratify.count, err));
    p.kept = eh_alloc(rows, 1);
    p.part = eh_alloc(rows, 1);
    p.identity = opts->identity ? eh_alloc(rows, sizeof *p.identity) : NULL;
    if (!p.kept || !p.part || (opts->identity && !p.identity)) {
        status = eh_fail_memory(err, "a split", rows, sizeof *p.identity);
        goto done;
    }
    if (opts->identity)
        EH_TRY_GOTO(status, number_identities(&p.frame->column[opts->stratify.count], rows, p.identity,
                                              &p.identities, err));
    if (opts->keep_test)
        EH_TRY_GOTO(status, find_kept(catalog, p.frame, p.kept, &kept, err));
    if (opts->keep_test && p.identity)
        EH_TRY_GOTO(status, check_kept_identities(p.kept, p.identity, rows, p.identities, opts, err));
    EH_TRY_GOTO(status, assign_rest(&p, opts, err));
    EH_TRY_GOTO(status, write_split(catalog, &p, opts, progress, err));
done:
    eh_progress_end(progress, NULL);
    free_plan(&p);
    return status;
}
