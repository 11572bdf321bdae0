/* stats_text.c - statistics of a data set as tables. */
#include "cli/stats_print.h"

#include "base/table.h"

#include <math.h>
#include <string.h>

/* "12.3 %"; a dash for a share of nothing. */
static void share_cell(eh_text_table *t, uint64_t n, uint64_t of)
{
    if (of)
        eh_text_table_cell(t, "%.1f %%", 100.0 * (double)n / (double)of);
    else
        eh_text_table_cell(t, "-");
}

static void count_cell(eh_text_table *t, uint64_t n)
{
    eh_text_table_cell(t, "%llu", (unsigned long long)n);
}

/* A number, or a dash. */
static void number_cell(eh_text_table *t, double value)
{
    if (isnan(value))
        eh_text_table_cell(t, "-");
    else
        eh_text_table_cell(t, "%.4g", value);
}

static eh_status fail_table(eh_error *err)
{
    return eh_fail_memory(err, "a table", 1, 1);
}

static void append_table(eh_str *out, eh_text_table *t)
{
    eh_text_table_render(t, out);
    eh_text_table_free(t);
}

/* ---------------------------------------------------------------- counts */

static eh_text_table *new_table(const char *first, bool split)
{
    const char *titles[] = { first, ">images", ">share", ">train", ">valid", ">test" };
    return eh_text_table_new(titles, split ? 6 : 3);
}

static void value_row(eh_text_table *t, const char *indent, const eh_value_count *v, uint64_t of, bool split)
{
    eh_text_table_cell(t, "%s%s", indent, v->name);
    count_cell(t, v->count[0]);
    share_cell(t, v->count[0], of);
    for (int p = EH_PART_TRAIN; split && p <= EH_PART_TEST; p++)
        count_cell(t, v->count[p]);
}

static eh_status class_table(eh_str *out, const eh_column_count *c, bool split, eh_error *err)
{
    eh_text_table *t = new_table(c->name, split);
    if (!t)
        return fail_table(err);
    for (size_t i = 0; i < c->values; i++)
        value_row(t, "", &c->value[i], c->rows, split);
    eh_str_append(out, "\n");
    append_table(out, t);
    return EH_OK;
}

/* Columns that are no classes, one line each. */
static void other_columns(eh_str *out, const eh_data_counts *s)
{
    for (size_t i = 0; i < s->columns; i++) {
        const eh_column_count *c = &s->column[i];
        if (c->kind == EH_COLUMN_CLASS)
            continue;
        eh_str_appendf(out, "\n%s: ", c->name);
        if (c->kind == EH_COLUMN_NUMBER && c->missing < c->rows)
            eh_str_appendf(out, "number, %g to %g, mean %.4g, median %.4g", c->min, c->max, c->mean,
                           c->median);
        else if (c->kind == EH_COLUMN_NUMBER)
            eh_str_append(out, "number");
        else
            eh_str_appendf(out, "%s, %llu different %s", c->kind == EH_COLUMN_MASK ? "masks" : "text",
                           (unsigned long long)c->distinct, c->kind == EH_COLUMN_MASK ? "files" : "values");
        eh_str_appendf(out, ", %llu missing\n", (unsigned long long)c->missing);
    }
}

static eh_status group_table(eh_str *out, const eh_data_counts *s, bool split, eh_error *err)
{
    eh_text_table *t = new_table("group", split);
    if (!t)
        return fail_table(err);
    for (size_t g = 0; g < s->groups; g++)
        value_row(t, "", &s->group[g], s->images, split);
    eh_str_append(out, "\n");
    append_table(out, t);
    return EH_OK;
}

static eh_status label_table(eh_str *out, const eh_data_counts *s, const eh_label_count *label, bool split,
                             eh_error *err)
{
    char title[256];
    snprintf(title, sizeof title, "group and %s", label->name);
    eh_text_table *t = new_table(title, split);
    if (!t)
        return fail_table(err);
    for (size_t g = 0; g < s->groups; g++) {
        if (g)
            eh_text_table_rule(t);
        value_row(t, "", &s->group[g], s->images, split);
        for (size_t k = 0; k < label->values; k++)
            value_row(t, "  ", &label->cell[g * label->values + k], s->group[g].count[0], split);
    }
    eh_str_append(out, "\n");
    append_table(out, t);
    return EH_OK;
}

/* ---------------------------------------------------------------- the first lines */

/* "27.7 MB", "402 kB", "68 bytes". */
static void append_bytes(eh_str *out, uint64_t bytes)
{
    if (bytes < 1000)
        eh_str_appendf(out, "%llu bytes", (unsigned long long)bytes);
    else if (bytes < 1000000)
        eh_str_appendf(out, "%.0f kB", (double)bytes / 1e3);
    else
        eh_str_appendf(out, "%.1f MB", (double)bytes / 1e6);
}

static void head_lines(eh_str *out, const char *name, const eh_data_stats *stats)
{
    const eh_data_counts *s = &stats->counts;
    const eh_catalog_sizes *z = &s->sizes;
    eh_str_appendf(out, "%s%s%s: %llu images", name, stats->where ? ", " : "",
                   stats->where ? stats->where : "", (unsigned long long)s->images);
    if (z->min_width == z->max_width && z->min_height == z->max_height)
        eh_str_appendf(out, " of %d x %d pixels", z->width, z->height);
    else
        eh_str_appendf(out, ", %d to %d pixels wide, %d to %d high, most often %d x %d (%.1f %%)",
                       z->min_width, z->max_width, z->min_height, z->max_height, z->width, z->height,
                       100.0 * (double)z->of_that_size / (double)s->images);
    eh_str_appendf(out, ", %s, ",
                   z->channels == 1   ? "grey"
                   : z->channels == 4 ? "colour with transparency"
                                      : "colour");
    append_bytes(out, z->bytes);
    eh_str_append(out, "\n");
    if (s->has_parts) {
        eh_str_append(out, "parts:");
        for (int p = EH_PART_TRAIN; p <= EH_PART_TEST; p++)
            eh_str_appendf(out, " %s %llu (%.1f %%)%s", eh_part_name((eh_part)p),
                           (unsigned long long)s->part[p], 100.0 * (double)s->part[p] / (double)s->images,
                           p < EH_PART_TEST ? "," : "");
        eh_str_appendf(out, "; %s\n", stats->split.description);
    } else {
        eh_str_append(out, "not split yet\n");
    }
    if (s->skipped)
        eh_str_appendf(out, "not taken: %llu (--skipped lists them)\n", (unsigned long long)s->skipped);
}

/* ---------------------------------------------------------------- histograms */

enum { GROUPS_A_TABLE = 6, BAR = 40 };

static const char *group_name(const eh_data_stats *s, size_t g)
{
    return s->counts.groups ? s->counts.group[g].name : "images";
}

/* "#####": as long as the share of the largest. */
static void bar_cell(eh_text_table *t, uint64_t n, uint64_t most)
{
    char bar[BAR + 1];
    size_t length = most ? (size_t)(((double)n * BAR + (double)most / 2) / (double)most) : 0;
    memset(bar, '#', length);
    bar[length] = '\0';
    eh_text_table_cell(t, "%s", bar);
}

/* A row a bin and a column for each of the groups first .. last - 1. */
static eh_status histogram_table(eh_str *out, const eh_data_stats *s, const eh_histogram *h, size_t first,
                                 size_t last, eh_error *err)
{
    const char *titles[GROUPS_A_TABLE + 2] = { h->column };
    char text[GROUPS_A_TABLE][256];
    uint64_t most = 0, missing = 0, outside = 0;
    bool bars = s->counts.groups == 0;
    for (size_t g = first; g < last; g++) {
        snprintf(text[g - first], sizeof text[0], ">%s", group_name(s, g));
        titles[g - first + 1] = text[g - first];
        missing += h->missing[g];
        outside += h->outside[g];
        for (size_t k = 0; k < h->bins; k++)
            most = h->count[g * h->bins + k] > most ? h->count[g * h->bins + k] : most;
    }
    titles[last - first + 1] = "";
    eh_text_table *t = eh_text_table_new(titles, last - first + 1 + bars);
    if (!t)
        return fail_table(err);
    for (size_t k = 0; k < h->bins; k++) {
        eh_text_table_cell(t, "%s", h->name[k]);
        for (size_t g = first; g < last; g++)
            count_cell(t, h->count[g * h->bins + k]);
        if (bars)
            bar_cell(t, h->count[first * h->bins + k], most);
    }
    const uint64_t *rest[] = { outside ? h->outside : NULL, missing ? h->missing : NULL };
    for (int r = 0; r < 2; r++) {
        if (!rest[r])
            continue;
        eh_text_table_cell(t, r ? "(missing)" : "(outside)");
        for (size_t g = first; g < last; g++)
            count_cell(t, rest[r][g]);
        if (bars)
            eh_text_table_cell(t, "%s", "");
    }
    eh_str_append(out, "\n");
    append_table(out, t);
    return EH_OK;
}

static eh_status histograms(eh_str *out, const eh_data_stats *s, eh_error *err)
{
    for (size_t i = 0; i < s->histograms; i++) {
        const eh_histogram *h = &s->histogram[i];
        for (size_t first = 0; first < h->groups; first += GROUPS_A_TABLE)
            EH_TRY(histogram_table(out, s, h, first,
                                   first + GROUPS_A_TABLE < h->groups ? first + GROUPS_A_TABLE : h->groups,
                                   err));
    }
    return EH_OK;
}

/* ---------------------------------------------------------------- association, power, pictures */

static void range_cell(eh_text_table *t, const eh_range *r, int digits)
{
    if (isnan(r->value))
        eh_text_table_cell(t, "-");
    else if (isnan(r->low))
        eh_text_table_cell(t, "%.*f", digits, r->value);
    else
        eh_text_table_cell(t, "%.*f (%.*f to %.*f)", digits, r->value, digits, r->low, digits, r->high);
}

static eh_status association_table(eh_str *out, const eh_data_stats *s, eh_error *err)
{
    static const char *const titles[] = { "group column",       "label",       ">Cramer's V",
                                          ">information, bits", ">of label's", ">p" };
    eh_text_table *t = eh_text_table_new(titles, 6);
    if (!t)
        return fail_table(err);
    for (size_t i = 0; i < s->associations; i++) {
        const eh_association *a = &s->association[i];
        const eh_contingency *c = &a->table;
        eh_text_table_cell(t, "%s", a->group);
        eh_text_table_cell(t, "%s", a->label);
        range_cell(t, &c->corrected_v, 3);
        range_cell(t, &c->corrected_information, 4);
        if (c->entropy_columns > 0 && !isnan(c->corrected_information.value))
            eh_text_table_cell(t, "%.1f %%", 100 * c->corrected_information.value / c->entropy_columns);
        else
            eh_text_table_cell(t, "-");
        if (isnan(c->p))
            eh_text_table_cell(t, "-");
        else
            eh_text_table_cell(t, c->p < 0.001 ? "%.1e%s" : "%.3f%s", c->p,
                               c->smallest_expected < 5 ? " rough" : "");
    }
    eh_str_append(out, "\nAssociation, with 95 % intervals: V from 0 (none) to 1 (complete), its bias "
                       "removed; information that the group "
                       "gives about the label\n\n");
    append_table(out, t);
    return EH_OK;
}

static eh_status power_table(eh_str *out, const eh_data_stats *s, eh_error *err)
{
    char needed[64];
    const eh_power_question *q = &s->question;
    snprintf(needed, sizeof needed, ">needed for %.4g points", 100 * q->gap);
    const char *const titles[] = { "group", ">test images", ">smallest drop found", needed };
    eh_text_table *t = eh_text_table_new(titles, 4);
    if (!t)
        return fail_table(err);
    for (size_t g = 0; g < s->counts.groups; g++) {
        const eh_group_power *p = &s->power[g];
        eh_text_table_cell(t, "%s", s->counts.group[g].name);
        count_cell(t, p->test);
        if (isnan(p->smallest))
            eh_text_table_cell(t, "none");
        else
            eh_text_table_cell(t, "%.1f points", 100 * p->smallest);
        if (isnan(p->needed))
            eh_text_table_cell(t, "no number");
        else
            count_cell(t, (uint64_t)p->needed);
    }
    eh_str_appendf(out,
                   "\nWhat the test part can tell: the smallest drop in accuracy below %.4g %% of all others "
                   "that is found with a "
                   "probability of %.4g %% (error %.4g %%)\n\n",
                   100 * q->accuracy, 100 * q->power, 100 * q->alpha);
    append_table(out, t);
    return EH_OK;
}

/* A row a group; of every property the mean. */
static eh_status picture_table(eh_str *out, const eh_data_stats *s, eh_error *err)
{
    size_t groups = s->counts.groups ? s->counts.groups : 1;
    const char *titles[32] = { "group", ">images" };
    char text[30][64];
    for (size_t p = 0; p < s->pictures && p < 30; p++) {
        snprintf(text[p], sizeof text[p], ">%s", s->picture[p]);
        titles[p + 2] = text[p];
    }
    eh_text_table *t = eh_text_table_new(titles, s->pictures + 2);
    if (!t)
        return fail_table(err);
    for (size_t g = 0; g < groups; g++) {
        eh_text_table_cell(t, "%s", s->counts.groups ? s->counts.group[g].name : "all");
        count_cell(t, s->counts.groups ? s->counts.group[g].count[0] : s->counts.images);
        for (size_t p = 0; p < s->pictures; p++)
            number_cell(t, s->number[p * groups + g].mean);
    }
    eh_str_append(out, "\nPictures, means\n\n");
    append_table(out, t);
    return EH_OK;
}

/* A label that makes groups has one value in each of them. */
static bool is_group_column(const eh_data_stats *s, const char *name)
{
    for (size_t i = 0; i < s->group_columns; i++)
        if (strcmp(s->group_column[i], name) == 0)
            return true;
    return false;
}

eh_status eh_stats_text(eh_str *out, const char *name, const eh_data_stats *s, bool split, eh_error *err)
{
    const eh_data_counts *c = &s->counts;
    split &= c->has_parts;
    head_lines(out, name, s);
    for (size_t i = 0; i < c->columns; i++)
        if (c->column[i].kind == EH_COLUMN_CLASS)
            EH_TRY(class_table(out, &c->column[i], split, err));
    other_columns(out, c);
    size_t crossed = 0;
    for (size_t l = 0; l < c->labels; l++)
        if (!is_group_column(s, c->label[l].name)) {
            EH_TRY(label_table(out, c, &c->label[l], split, err));
            crossed++;
        }
    if (c->groups && !crossed)
        EH_TRY(group_table(out, c, split, err));
    EH_TRY(histograms(out, s, err));
    if (s->associations)
        EH_TRY(association_table(out, s, err));
    if (s->power)
        EH_TRY(power_table(out, s, err));
    return s->pictures ? picture_table(out, s, err) : EH_OK;
}
