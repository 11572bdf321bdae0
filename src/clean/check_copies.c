/* check_copies.c - the same picture more than once.
 *
 * Idea    Images are put into clusters in which every two are copies of each other: with the same bytes, the same pixels, or perceptual hashes that
 *         differ in a few bits, upright, mirrored or turned (copies.h). One of each cluster is kept by a stated rule (copy_keeper.h).
 *         Clusters whose labels contradict each other are said, and by default left alone: nobody knows which label is right.
 * Source  FIPS 180-4 (SHA-256); Zauner 2010 (the hash); Defays 1977 (complete linkage).
 * Cost    Less than a second for 20,000 images whose hashes the import has measured.
 *         Mirrored and turned ones are proposed to be looked at only: symmetric pictures such as aligned faces are easily mistaken for them. An image that has
 *         a partner but fits into no cluster is listed to be looked at, too.
 * Easy to get wrong: hashes have 32 ones nearly always, so distances are nearly always even. A distance that is right for photographs is too large for aligned faces, which resemble each other; see the pairs at the border with
 *         `evenhand clean --thresholds`.
 */
#include "clean/check.h"
#include "clean/copy_keeper.h"

#include "base/file.h"
#include "base/json.h"

#include <string.h>

typedef struct options {
    eh_copies_search search;
    bool drop_turned;
    int keep, prefer, conflicts;
    eh_str_list labels;
} options;

static const char *const keep_choices[] = { "largest", "sharpest", "first", NULL };
static const char *const prefer_choices[] = { "none", "train", "valid", "test", NULL }; /* as eh_part */
static const char *const conflict_choices[] = { "report", "drop-all", "keep-majority", NULL };

static const eh_opt option_table[] = {
    EH_COPIES_SEARCH_OPTIONS(options),
    { .name = "drop-turned",
      .help =
          "propose to take out mirrored and turned copies too, not only to look at them: they are more often "
          "mistaken",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, drop_turned) },
    { .name = "keep",
      .help = "which of a cluster stays: largest (most pixels, then bytes, then sharpest), sharpest, or "
              "first by id",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, keep),
      .def = "largest",
      .choices = keep_choices },
    { .name = "prefer",
      .help = "images of this part stay before those of others",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, prefer),
      .def = "none",
      .choices = prefer_choices },
    { .name = "conflicts",
      .help = "where labels contradict each other: report and leave alone, drop all, or keep the majority's",
      .type = EH_OPT_CHOICE,
      .offset = offsetof(options, conflicts),
      .def = "report",
      .choices = conflict_choices },
    { .name = "labels",
      .help = "columns that copies must agree on; all classes and numbers where not given",
      .type = EH_OPT_LIST,
      .offset = offsetof(options, labels),
      .metavar = "COLUMNS" },
    { 0 },
};

/* Everything that a run works with. */
typedef struct work {
    eh_check_context *context;
    const options *o;
    eh_copies *copies;
    eh_copy_clusters clusters;
    eh_keeper *keeper;
    int32_t *joined;     /* [rows] images joined by chains of copies have the same number */
    bool *conflict;      /* [labels] of the cluster at hand */
    uint64_t *conflicts; /* [labels] clusters with a contradiction in that column */
    uint64_t conflicting, undecided, copied;
} work;

/* "age, gender": the columns with a contradiction. */
static void conflict_text(eh_str *out, const work *w)
{
    for (size_t i = 0; i < eh_keeper_labels(w->keeper); i++)
        if (w->conflict[i])
            eh_str_appendf(out, "%s%s", out->size ? ", " : "", eh_keeper_label(w->keeper, i));
}

/* Same bytes 1, same pixels 0.99, then 0.95 and less the farther. */
static double score_of(eh_copy_kind kind, int distance)
{
    if (kind <= EH_COPY_PIXELS)
        return kind == EH_COPY_BYTES ? 1 : 0.99;
    return 0.95 - 0.05 * distance - (kind == EH_COPY_NEAR ? 0 : 0.02);
}

static json_t *evidence_of(const work *w, size_t cluster, const eh_kept *kept, uint32_t row,
                           eh_copy_kind kind, int distance)
{
    bool keeper = row == kept->row;
    json_t *evidence = json_object();
    eh_str columns = { 0 };
    bool complete = evidence != NULL;
    if (kept->conflict)
        conflict_text(&columns, w);
    if (!keeper)
        complete = complete && eh_json_set(evidence, "by", json_string(eh_copy_kind_name(kind))) &&
                   eh_json_set(evidence, "distance", json_integer(distance));
    complete = complete &&
               eh_json_set(evidence, "cluster_size",
                           json_integer(
                               (json_int_t)(w->clusters.start[cluster + 1] - w->clusters.start[cluster]))) &&
               eh_json_set(evidence, "cluster_worst", json_integer(w->clusters.worst[cluster]));
    complete = complete && eh_json_set(evidence, "joined", json_integer(w->joined[row] + 1));
    if (kept->conflict)
        complete = complete && eh_json_set(evidence, "conflict", json_string(eh_str_text(&columns)));
    complete = complete && !columns.failed;
    eh_str_clear(&columns);
    if (complete)
        return evidence;
    json_decref(evidence);
    return NULL;
}

/* What row[at] is a copy of, and how: the keeper (so it is when called, in the way of `kind`), or an image before it in the cluster that it equals more strictly. So of two files with the same
 * bytes one says that it is a near copy of the keeper, the other that it has the bytes of the first. */
static eh_copy_kind strongest(const work *w, eh_copy_kind kind, const uint32_t *row, size_t at,
                              uint32_t *partner, int *distance)
{
    for (size_t i = 0; i < at && kind > EH_COPY_BYTES; i++) {
        int other_distance;
        eh_copy_kind other = eh_copies_compare(w->copies, row[at], row[i], &other_distance);
        if (other > EH_COPY_PIXELS || other >= kind)
            continue;
        kind = other;
        *distance = other_distance;
        *partner = row[i];
    }
    return kind;
}

static eh_status add_member(work *w, size_t cluster, const eh_kept *kept, const uint32_t *member, size_t at,
                            eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    uint32_t row = member[at], partner = kept->row;
    bool keeper = row == kept->row;
    int distance = 0;
    eh_copy_kind to_keeper = eh_copies_compare(w->copies, row, kept->row, &distance);
    eh_copy_kind kind = keeper ? to_keeper : strongest(w, to_keeper, member, at, &partner, &distance);
    eh_finding f = { .image = frame->image[row], .cluster = (int64_t)cluster + 1 };
    if (!keeper) {
        f.other = frame->image[partner];
        f.severity = kind <= EH_COPY_PIXELS ? EH_SEVERITY_ERROR : EH_SEVERITY_WARNING;
        f.score = score_of(kind, distance);
    }
    if (kept->undecided)
        f.action = EH_ACTION_LOOK;
    else if (kept->none)
        f.action = EH_ACTION_QUARANTINE;
    else if (keeper)
        f.action = EH_ACTION_KEEP;
    else
        f.action = to_keeper > EH_COPY_NEAR && !w->o->drop_turned ? EH_ACTION_LOOK : EH_ACTION_QUARANTINE;
    json_t *evidence = evidence_of(w, cluster, kept, row, kind, distance);
    if (!evidence)
        return eh_fail_memory(err, "findings", 1, 256);
    return eh_check_add(w->context, f, evidence, err);
}

static eh_status add_findings(work *w, eh_error *err)
{
    const eh_copy_clusters *all = &w->clusters;
    for (size_t k = 0; k < all->count; k++) {
        const uint32_t *row = all->row + all->start[k];
        size_t count = all->start[k + 1] - all->start[k];
        eh_kept kept = eh_keeper_decide(w->keeper, row, count, w->conflict);
        w->copied += count - 1;
        w->conflicting += kept.conflict;
        w->undecided += kept.undecided;
        for (size_t i = 0; i < eh_keeper_labels(w->keeper); i++)
            w->conflicts[i] += w->conflict[i];
        for (size_t i = 0; i < count; i++)
            EH_TRY(add_member(w, k, &kept, row, i, err));
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- left over */

/* The nearest partner of a node in no cluster, as a pair's index + 1. */
static void note_partner(const eh_copies *c, const bool *clustered, uint32_t *nearest, size_t i)
{
    const eh_copy_pair *p = &c->pair[i];
    const uint32_t side[2] = { p->u, p->v };
    for (int k = 0; k < 2; k++) {
        size_t row = c->member[c->start[side[k]]];
        if (!clustered[row] && (!nearest[row] || p->distance < c->pair[nearest[row] - 1].distance))
            nearest[row] = (uint32_t)i + 1;
    }
}

static eh_status add_left_over(work *w, size_t row, const eh_copy_pair *pair, eh_error *err)
{
    const eh_copies *c = w->copies;
    uint32_t node = pair->u == c->node[row] ? pair->v : pair->u;
    size_t partner = c->member[c->start[node]];
    int distance;
    eh_copy_kind kind = eh_copies_compare(c, row, partner, &distance);
    eh_finding f = { .image = w->context->frame->image[row],
                     .other = w->context->frame->image[partner],
                     .severity = EH_SEVERITY_NOTE,
                     .action = EH_ACTION_LOOK,
                     .score = score_of(kind, distance) };
    json_t *evidence = json_pack("{s:s, s:i, s:i}", "by", eh_copy_kind_name(kind), "distance", distance,
                                 "joined", w->joined[row] + 1);
    if (!evidence)
        return eh_fail_memory(err, "findings", 1, 256);
    return eh_check_add(w->context, f, evidence, err);
}

/* Images with a partner that fit into no cluster. */
static eh_status add_all_left_over(work *w, eh_error *err)
{
    const eh_copies *c = w->copies;
    bool *clustered = eh_arena_alloc(w->context->arena, c->rows, sizeof *clustered);
    uint32_t *nearest = eh_arena_alloc(w->context->arena, c->rows, sizeof *nearest);
    if (!clustered || !nearest)
        return eh_fail_memory(err, "copies", c->rows, sizeof *nearest);
    for (size_t i = 0; i < w->clusters.start[w->clusters.count]; i++)
        clustered[w->clusters.row[i]] = true;
    for (size_t i = 0; i < c->pairs; i++)
        note_partner(c, clustered, nearest, i);
    for (size_t row = 0; row < c->rows; row++)
        if (nearest[row])
            EH_TRY(add_left_over(w, row, &c->pair[nearest[row] - 1], err));
    return EH_OK;
}

/* ---------------------------------------------------------------- the summary */

static bool set_exact(json_t *summary, const char *key, const eh_copy_clusters *clusters)
{
    json_t *one = json_object();
    bool complete = one && eh_json_set(one, "groups", json_integer((json_int_t)clusters->count)) &&
                    eh_json_set(one, "images", json_integer((json_int_t)clusters->start[clusters->count]));
    return eh_json_set(summary, key, one) && complete;
}

static eh_status summarise_exact(work *w, eh_error *err)
{
    eh_copy_clusters exact;
    bool complete = true;
    for (int by_pixels = 0; by_pixels < 2; by_pixels++) {
        EH_TRY(eh_copies_cluster_exact(&exact, w->copies, by_pixels, err));
        complete =
            set_exact(w->context->summary, by_pixels ? "same_pixels" : "same_bytes", &exact) && complete;
        eh_copy_clusters_clear(&exact);
    }
    return complete ? EH_OK : eh_fail_memory(err, "the summary of a check", 1, 64);
}

static bool set_conflicts(json_t *summary, const work *w)
{
    json_t *one = json_object(), *columns = json_object();
    bool complete = one && columns;
    for (size_t i = 0; complete && i < eh_keeper_labels(w->keeper); i++)
        complete =
            eh_json_set(columns, eh_keeper_label(w->keeper, i), json_integer((json_int_t)w->conflicts[i]));
    complete = complete && eh_json_set(one, "clusters", json_integer((json_int_t)w->conflicting)) &&
               eh_json_set(one, "undecided", json_integer((json_int_t)w->undecided)) &&
               eh_json_set(one, "columns", json_incref(columns));
    json_decref(columns);
    return eh_json_set(summary, "conflicts", one) && complete;
}

static eh_status summarise(work *w, double search_seconds, double cluster_seconds, eh_error *err)
{
    json_t *s = w->context->summary;
    eh_copy_counts counts;
    const eh_copy_clusters *k = &w->clusters;
    uint64_t largest = 0, members = k->start[k->count];
    for (size_t i = 0; i < k->count; i++)
        largest = k->start[i + 1] - k->start[i] > largest ? k->start[i + 1] - k->start[i] : largest;
    EH_TRY(summarise_exact(w, err));
    EH_TRY(eh_copies_count(&counts, w->copies, w->copies->opts.distance, err));
    bool complete = eh_json_set(s, "near", json_boolean(w->o->search.near));
    if (w->o->search.near)
        complete = complete && eh_json_set(s, "distance", json_integer(w->o->search.distance)) &&
                   eh_json_set(s, "mirrored", json_boolean(w->o->search.mirrored)) &&
                   eh_json_set(s, "turned", json_boolean(w->o->search.turned)) &&
                   eh_json_set(s, "pairs", json_integer((json_int_t)counts.pairs)) &&
                   eh_json_set(s, "images_with_partner", json_integer((json_int_t)counts.with_partner)) &&
                   eh_json_set(s, "left_over", json_integer((json_int_t)(counts.with_partner - members)));
    complete = complete && eh_json_set(s, "clusters", json_integer((json_int_t)k->count)) &&
               eh_json_set(s, "images_in_clusters", json_integer((json_int_t)members)) &&
               eh_json_set(s, "largest_cluster", json_integer((json_int_t)largest)) &&
               eh_json_set(s, "copies", json_integer((json_int_t)w->copied)) && set_conflicts(s, w) &&
               eh_json_set(s, "without_structure", json_integer((json_int_t)w->copies->flat)) &&
               eh_json_set(s, "unreadable", json_integer((json_int_t)w->copies->unread)) &&
               eh_json_set(s, "search_seconds", eh_json_number(search_seconds)) &&
               eh_json_set(s, "cluster_seconds", eh_json_number(cluster_seconds));
    return complete ? EH_OK : eh_fail_memory(err, "the summary of a check", 1, 512);
}

void eh_copies_check_opts(const void *opts, eh_copies_opts *copies, eh_keeper_opts *keeper)
{
    const options *o = opts;
    *copies = eh_copies_opts_of(&o->search);
    *keeper = (eh_keeper_opts){ .keep = (eh_keep)o->keep,
                                .prefer = (eh_part)o->prefer,
                                .conflicts = (eh_conflicts)o->conflicts,
                                .labels = o->labels };
}

static eh_status run(eh_check_context *context, const void *opts, eh_error *err)
{
    const options *o = opts;
    work w = { .context = context, .o = o };
    eh_copies_opts copies_opts;
    eh_keeper_opts keeper_opts;
    eh_copies_check_opts(opts, &copies_opts, &keeper_opts);
    size_t joined;
    double begin = eh_seconds();
    eh_status status;
    EH_TRY_GOTO(status, eh_copies_find(&w.copies, context->catalog, context->frame, context->look,
                                       &copies_opts, context->progress, err));
    double searched = eh_seconds();
    EH_TRY_GOTO(status, eh_copies_cluster(&w.clusters, w.copies, copies_opts.distance, err));
    double clustered = eh_seconds();
    EH_TRY_GOTO(status, eh_keeper_new(&w.keeper, context->catalog, w.copies, &keeper_opts, err));
    w.conflict = eh_arena_alloc(context->arena, eh_keeper_labels(w.keeper) + 1, sizeof *w.conflict);
    w.conflicts = eh_arena_alloc(context->arena, eh_keeper_labels(w.keeper) + 1, sizeof *w.conflicts);
    w.joined = eh_arena_alloc(context->arena, context->frame->rows, sizeof *w.joined);
    if (!w.conflict || !w.conflicts || !w.joined) {
        status = eh_fail_memory(err, "labels", eh_keeper_labels(w.keeper), sizeof *w.conflicts);
        goto done;
    }
    EH_TRY_GOTO(status, eh_copies_connected(w.joined, &joined, w.copies, copies_opts.distance, err));
    EH_TRY_GOTO(status, add_findings(&w, err));
    if (o->search.near)
        EH_TRY_GOTO(status, add_all_left_over(&w, err));
    status = summarise(&w, searched - begin, clustered - searched, err);
done:
    eh_keeper_free(w.keeper);
    eh_copy_clusters_clear(&w.clusters);
    eh_copies_free(w.copies);
    return status;
}

const eh_check eh_check_copies = {
    .entry = { .name = "copies",
               .summary =
                   "the same picture more than once: bytes, pixels, or nearly; mirrored and turned too",
               .source = "Zauner 2010, perceptual image hash functions; imagehash's phash",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .looks = true,
    .by_default = true,
    .run = run,
};
