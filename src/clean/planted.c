/* planted.c - findings counted against known truth; see planted.h.
 *
 * Idea    A kind of defect belongs to one check, and where that check finds several kinds (copies by bytes and by look, labels of several columns) to
 *         those findings of it that are of this kind. A copy has two sides: it is found when a finding, or a cluster, holds both.
 * Math    average precision = sum over hits of (hits so far / findings so far) / planted.
 * Cost    One pass over the findings for each kind.
 * Easy to get wrong: the keeper of a cluster may be the planted copy, so the finding is then about its original.
 */
#include "clean/planted.h"

#include "clean/check.h"
#include "clean/copies.h"

#include "base/csv.h"
#include "base/json.h"
#include "data/text_index.h"
#include "evenhand/query.h"

#include <string.h>

/* What a kind's findings are like. */
typedef struct kind_rule {
    const char *defect, *check;
    bool pairs;        /* two images make the defect */
    bool exact, looks; /* of copies: by bytes or pixels; by their hashes */
    bool left_out;     /* the import has left it out */
} kind_rule;

static const kind_rule rules[] = {
    { .defect = "exact copy", .check = "copies", .pairs = true, .exact = true },
    { .defect = "near copy", .check = "copies", .pairs = true, .looks = true },
    { .defect = "leak", .check = "leaks", .pairs = true },
    { .defect = "wrong label", .check = "labels" },
    { .defect = "wrong group", .check = "labels" },
    { .defect = "poor image", .check = "quality" },
    { .defect = "broken file", .left_out = true },
};
enum { RULES = sizeof rules / sizeof *rules };

typedef struct defect {
    int64_t image, original; /* 0: not in the catalog */
    const char *column;
    bool found, seen; /* by a reported finding; by any */
    uint32_t next[2]; /* defect of the same image, of the same original, + 1 */
} defect;

typedef struct counting {
    const char *path;
    eh_catalog *catalog;
    const eh_findings *findings;
    eh_frame *frame; /* every image, broken ones too */
    eh_text_index names;
    eh_csv csv;
    size_t file, kind, original, leaks_into, column; /* of the CSV; SIZE_MAX: not there */
    int64_t *cluster;                                /* [highest id + 1] of copies */
    uint32_t (*first)[2]; /* [highest id + 1] defect of that image, of that original, + 1 */
    int64_t highest;
    defect *defect; /* [defects] of the kind at hand */
    size_t defects;
    eh_planted *out;
} counting;

/* ---------------------------------------------------------------- reading */

static size_t optional_column(const eh_csv *csv, const char *name)
{
    for (size_t i = 0; i < csv->columns; i++)
        if (strcmp(csv->header[i], name) == 0)
            return i;
    return SIZE_MAX;
}

static const char *cell(const counting *c, size_t row, size_t column)
{
    return column == SIZE_MAX ? "" : c->csv.cell[row * c->csv.columns + column];
}

static const kind_rule *find_rule(const char *kind)
{
    for (size_t i = 0; i < RULES; i++)
        if (strcmp(rules[i].defect, kind) == 0)
            return &rules[i];
    return NULL;
}

static bool is_check(const char *name)
{
    for (const eh_entry *const *e = eh_check_list; *e; e++)
        if (strcmp((*e)->name, name) == 0)
            return true;
    return false;
}

static eh_status read_truth(counting *c, eh_arena *arena, eh_error *err)
{
    EH_TRY(eh_csv_read(&c->csv, arena, c->path, err));
    EH_TRY(eh_csv_column(&c->file, &c->csv, c->path, "file", err));
    EH_TRY(eh_csv_column(&c->kind, &c->csv, c->path, "kind", err));
    c->original = optional_column(&c->csv, "original");
    c->leaks_into = optional_column(&c->csv, "leaks_into");
    c->column = optional_column(&c->csv, "column");
    for (size_t i = 0; i < c->csv.rows; i++) {
        const char *kind = cell(c, i, c->kind);
        if (!find_rule(kind) && !is_check(kind))
            return eh_fail(
                err, EH_ERR_INPUT,
                "%s, line %zu: \"%s\" is no kind of defect; known are \"exact copy\", \"near copy\", "
                "\"leak\", \"wrong label\", \"wrong group\", \"poor image\", \"broken file\" and the names "
                "of checks",
                c->path, c->csv.line[i], kind);
    }
    return EH_OK;
}

static eh_status read_names(counting *c, eh_arena *arena, eh_error *err)
{
    static const char *const path = "image.path";
    eh_query *all = NULL;
    EH_TRY(eh_query_parse(&all, "image.status in (ok, quarantined, broken)", err));
    eh_status status = eh_frame_load_where(&c->frame, c->catalog, &path, 1, all, err);
    eh_query_free(all);
    EH_TRY(status);
    for (size_t row = 0; row < c->frame->rows; row++) {
        uint32_t number;
        bool added;
        EH_TRY(eh_text_index_add(&c->names, c->frame->column[0].text[row], &number, &added, err));
        if (!added)
            return eh_fail(err, EH_ERR_INPUT, "%s names images by file, but several have the path \"%s\"",
                           c->path, c->frame->column[0].text[row]);
        if (c->frame->image[row] > c->highest)
            c->highest = c->frame->image[row];
    }
    c->cluster = eh_arena_alloc(arena, (size_t)c->highest + 1, sizeof *c->cluster);
    c->first = eh_arena_alloc(arena, (size_t)c->highest + 1, sizeof *c->first);
    c->defect = eh_arena_alloc(arena, c->csv.rows + 1, sizeof *c->defect);
    if (!c->cluster || !c->first || !c->defect)
        return eh_fail_memory(err, c->path, (size_t)c->highest, sizeof *c->cluster);
    for (size_t i = 0; i < c->findings->count; i++) {
        const eh_finding *f = &c->findings->item[i];
        if (f->cluster && f->image <= c->highest && strcmp(f->check, "copies") == 0)
            c->cluster[f->image] = f->cluster;
    }
    return EH_OK;
}

static int64_t image_of(const counting *c, const char *name)
{
    int64_t row = eh_text_index_find(&c->names, name);
    return row < 0 ? 0 : c->frame->image[row];
}

/* ---------------------------------------------------------------- one kind */

static void take_defects(counting *c, const char *kind)
{
    bool leaks = strcmp(kind, "leak") == 0;
    c->defects = 0;
    memset(c->first, 0, ((size_t)c->highest + 1) * sizeof *c->first);
    for (size_t i = 0; i < c->csv.rows; i++) {
        bool leak = leaks && *cell(c, i, c->leaks_into);
        if (strcmp(cell(c, i, c->kind), kind) != 0 && !leak)
            continue;
        defect *d = &c->defect[c->defects];
        *d = (defect){ .image = image_of(c, cell(c, i, c->file)),
                       .original = image_of(c, cell(c, i, c->original)),
                       .column = cell(c, i, c->column) };
        if (!d->image)
            continue;
        d->next[0] = c->first[d->image][0];
        d->next[1] = c->first[d->original][1];
        c->first[d->image][0] = c->first[d->original][1] = (uint32_t)++c->defects;
    }
}

/* True when the finding is of the kind. */
static bool fits(const eh_finding *f, const char *check, const kind_rule *rule)
{
    if (strcmp(f->check, check) != 0 || f->action == EH_ACTION_KEEP)
        return false;
    if (!rule || rule->exact == rule->looks)
        return true;
    json_t *evidence = json_loads(f->evidence, 0, NULL);
    const char *by = json_string_value(json_object_get(evidence, "by"));
    bool exact = by && (strcmp(by, eh_copy_kind_name(EH_COPY_BYTES)) == 0 ||
                        strcmp(by, eh_copy_kind_name(EH_COPY_PIXELS)) == 0);
    json_decref(evidence);
    return exact == rule->exact;
}

static bool is_of(const counting *c, const eh_finding *f, const defect *d, bool pairs)
{
    if (!pairs)
        return d->image == f->image && (!*d->column || (f->column && strcmp(d->column, f->column) == 0));
    if ((d->image == f->image && d->original == f->other) ||
        (d->image == f->other && d->original == f->image))
        return true;
    return f->cluster && c->cluster[d->image] == f->cluster && c->cluster[d->original] == f->cluster;
}

/* The planted defect that the finding is about and that no finding, or (reported) no reported one, has named before. */
static defect *match(const counting *c, const eh_finding *f, bool pairs, bool reported)
{
    for (int side = 0; side < (pairs ? 2 : 1); side++)
        for (uint32_t at = c->first[f->image][side]; at; at = c->defect[at - 1].next[side]) {
            defect *d = &c->defect[at - 1];
            if (is_of(c, f, d, pairs) && !(reported ? d->found : d->seen))
                return d;
        }
    return NULL;
}

static eh_status count_kind(counting *c, const char *kind, const char *check, const kind_rule *rule,
                            eh_error *err)
{
    eh_planted_kind *out = &c->out->kind[c->out->kinds];
    size_t all = 0, hits = 0;
    double sum = 0;
    take_defects(c, kind);
    if (c->defects == 0)
        return EH_OK;
    *out = (eh_planted_kind){ .defect = eh_arena_strdup(c->out->arena, kind), .planted = c->defects };
    if (!out->defect)
        return eh_fail_memory(err, c->path, 1, 64);
    for (size_t i = 0; i < c->findings->count; i++) {
        const eh_finding *f = &c->findings->item[i];
        bool reported = f->severity > EH_SEVERITY_NOTE;
        if (f->image > c->highest || !fits(f, check, rule))
            continue;
        if (rule && strcmp(rule->check, "labels") == 0 && *c->defect[0].column &&
            (!f->column || strcmp(f->column, c->defect[0].column) != 0))
            continue;
        all++;
        out->reported += reported;
        defect *d = match(c, f, rule && rule->pairs, reported);
        if (!d)
            continue;
        if (!d->seen)
            sum += (double)++hits / (double)all;
        d->seen = true;
        d->found |= reported;
        out->found += reported;
    }
    out->average_precision = sum / (double)c->defects;
    c->out->kinds++;
    return EH_OK;
}

typedef struct skipped_items {
    counting *c;
    eh_text_index *index;
    eh_arena *arena;
    uint64_t count;
} skipped_items;

static int note_skipped(void *user, const char *item, const char *reason)
{
    skipped_items *s = user;
    uint32_t number;
    char *copy = eh_arena_strdup(s->arena, item);
    (void)reason;
    s->count++;
    return !copy || eh_text_index_add(s->index, copy, &number, NULL, NULL) != EH_OK;
}

/* Broken files: those that the import has left out. */
static eh_status count_left_out(counting *c, const kind_rule *rule, eh_error *err)
{
    eh_text_index items = { 0 };
    skipped_items s = { .c = c, .index = &items, .arena = c->out->arena };
    eh_planted_kind *out = &c->out->kind[c->out->kinds];
    *out = (eh_planted_kind){ .defect = rule->defect };
    eh_status status = eh_catalog_each_skipped(c->catalog, note_skipped, &s, err);
    for (size_t i = 0; i < c->csv.rows; i++)
        if (strcmp(cell(c, i, c->kind), rule->defect) == 0) {
            out->planted++;
            out->found += eh_text_index_find(&items, cell(c, i, c->file)) >= 0;
        }
    out->reported = s.count;
    out->average_precision =
        out->reported && out->planted
            ? (double)out->found * (double)out->found / ((double)out->reported * (double)out->planted)
            : 0;
    c->out->kinds += out->planted > 0;
    eh_text_index_clear(&items);
    return status;
}

static bool was_run(const counting *c, const char *name, const char *const *check, size_t checks)
{
    for (size_t i = 0; i < checks; i++)
        if (strcmp(check[i], name) == 0)
            return true;
    for (size_t i = 0; !check && i < c->findings->count; i++)
        if (strcmp(c->findings->item[i].check, name) == 0)
            return true;
    return false;
}

static eh_status count_all(counting *c, const char *const *check, size_t checks, eh_error *err)
{
    size_t most = RULES, planted = 0;
    for (const eh_entry *const *e = eh_check_list; *e; e++)
        most++;
    c->out->kind = eh_arena_alloc(c->out->arena, most, sizeof *c->out->kind);
    if (!c->out->kind)
        return eh_fail_memory(err, c->path, most, sizeof *c->out->kind);
    for (size_t i = 0; i < c->csv.rows; i++)
        planted += image_of(c, cell(c, i, c->file)) != 0;
    if (c->csv.rows && planted == 0)
        return eh_fail(err, EH_ERR_INPUT, "no file that %s names is in %s; is it of another catalog?",
                       c->path, eh_catalog_path(c->catalog));
    for (size_t i = 0; i < RULES; i++) {
        if (rules[i].left_out)
            EH_TRY(count_left_out(c, &rules[i], err));
        else if (was_run(c, rules[i].check, check, checks))
            EH_TRY(count_kind(c, rules[i].defect, rules[i].check, &rules[i], err));
    }
    for (const eh_entry *const *e = eh_check_list; *e; e++)
        if (was_run(c, (*e)->name, check, checks))
            EH_TRY(count_kind(c, (*e)->name, (*e)->name, NULL, err));
    return EH_OK;
}

eh_status eh_planted_count(eh_planted **out, const char *path, eh_catalog *catalog,
                           const eh_findings *findings, const char *const *check, size_t checks,
                           eh_error *err)
{
    counting c = { .path = path, .catalog = catalog, .findings = findings };
    eh_status status;
    *out = NULL;
    eh_arena *arena = eh_arena_new();
    c.out = arena ? eh_arena_alloc(arena, 1, sizeof *c.out) : NULL;
    if (!c.out) {
        eh_arena_free(arena);
        return eh_fail_memory(err, path, 1, sizeof *c.out);
    }
    c.out->arena = arena;
    EH_TRY_GOTO(status, read_truth(&c, arena, err));
    EH_TRY_GOTO(status, read_names(&c, arena, err));
    EH_TRY_GOTO(status, count_all(&c, check, checks, err));
    *out = c.out;
    c.out = NULL;
done:
    eh_text_index_clear(&c.names);
    eh_frame_free(c.frame);
    eh_planted_free(c.out);
    return status;
}

void eh_planted_free(eh_planted *planted)
{
    if (planted)
        eh_arena_free(planted->arena);
}
