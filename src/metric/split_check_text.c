/* split_check_text.c - the check of a split in sentences, as a table and as JSON. */
#include "metric/split_check_text.h"

#include "base/json.h"
#include "base/table.h"
#include "metric/interval.h"

#include <math.h>
#include <string.h>

const char *eh_split_check_verdict(const eh_split_check *c)
{
    return c->crossing ? "leak" : !c->compared ? "untested" : c->alike ? "alike" : "different";
}

/* "hair: blond is 12.1 % of test and 4.0 % of the others". */
static void append_difference(eh_str *out, const eh_alike_test *t)
{
    char inside[24], outside[24];
    if (t->part) {
        eh_str_appendf(out, "%s: its median is %.4g in %s and %.4g in the others", t->column, t->inside,
                       t->part, t->outside);
        return;
    }
    eh_percent(inside, t->inside, 1);
    eh_percent(outside, t->outside, 1);
    eh_str_appendf(out, "%s: %s is %s of %s and %s of the others", t->column, t->value, inside, t->value_part,
                   outside);
}

/* "0.032", "1.2e-08", "-". */
static void p_text(char out[24], double p)
{
    if (isnan(p))
        snprintf(out, 24, "-");
    else
        snprintf(out, 24, p < 0.001 ? "%.1e" : "%.3f", p);
}

/* Why no test could be made: the columns have one value only, or so few images that every class is rare. */
static void untested_sentence(eh_str *out, const eh_split_check *c)
{
    const eh_alike_test *rare = NULL;
    for (size_t i = 0; i < c->tests; i++)
        if (c->test[i].pooled > 0 &&
            (!rare || fabs(c->test[i].inside - c->test[i].outside) > fabs(rare->inside - rare->outside)))
            rare = &c->test[i];
    if (!rare) {
        eh_str_append(out, "Nothing could be compared: no column has two different values.\n");
        return;
    }
    eh_str_append(out,
                  "Whether the parts are alike cannot be tested: they have too few images of each class. ");
    append_difference(out, rare);
    eh_str_appendf(out, "; --stratify %s spreads a column's classes evenly.\n", rare->column);
}

static void alike_sentence(eh_str *out, const eh_split_check *c)
{
    double smallest = NAN;
    size_t different = 0;
    char p[24];
    for (size_t i = 0; i < c->tests; i++) {
        smallest = fmin(smallest, c->test[i].corrected);
        different += c->test[i].corrected < EH_ALIKE_ALPHA;
    }
    if (!c->compared) {
        untested_sentence(out, c);
        return;
    }
    p_text(p, smallest);
    if (c->alike) {
        eh_str_appendf(out, "The parts are alike: %s a difference (smallest corrected p %s).\n",
                       c->tests == 1 ? "the only test does not find" : "no test finds", p);
        return;
    }
    eh_str_appendf(out, "The parts differ (%zu of %zu tests, smallest corrected p %s): ", different, c->tests,
                   p);
    size_t shown = 0;
    for (size_t i = 0; i < c->tests && shown < 3; i++)
        if (c->test[i].corrected < EH_ALIKE_ALPHA) {
            eh_str_append(out, shown++ ? "; " : "");
            append_difference(out, &c->test[i]);
        }
    eh_str_append(out, different > shown ? " ...\n" : ".\n");
}

void eh_split_check_sentences(eh_str *out, const eh_split_check *c)
{
    alike_sentence(out, c);
    if (c->whole)
        eh_str_appendf(out, "Every one of %llu images is in exactly one part.\n",
                       (unsigned long long)c->images);
    else
        eh_str_appendf(out, "%llu of %llu images are in no part; no image is in two.\n",
                       (unsigned long long)c->without_part, (unsigned long long)c->images);
    if (!c->identity)
        return;
    if (c->crossing == 0) {
        eh_str_appendf(out, "None of %llu different values of %s is in two parts.\n",
                       (unsigned long long)c->identities, c->identity);
        return;
    }
    eh_str_appendf(out,
                   "LEAK: %llu of %llu different values of %s are in several parts (%llu images), for "
                   "instance ",
                   (unsigned long long)c->crossing, (unsigned long long)c->identities, c->identity,
                   (unsigned long long)c->crossing_images);
    for (size_t i = 0; i < c->examples; i++)
        eh_str_appendf(out, "%s%s", i ? ", " : "", c->example[i]);
    eh_str_append(out, ".\n");
}

static void difference_cell(eh_text_table *table, const eh_alike_test *t)
{
    char inside[24], outside[24];
    if (t->part) {
        eh_text_table_cell(table, "median %.4g / %.4g", t->inside, t->outside);
        return;
    }
    eh_percent(inside, t->inside, 1);
    eh_percent(outside, t->outside, 1);
    eh_text_table_cell(table, "%s in %s: %s / %s", t->value, t->value_part, inside, outside);
}

static void test_row(eh_text_table *table, const eh_alike_test *t)
{
    char p[24], corrected[24];
    p_text(p, t->p);
    p_text(corrected, t->corrected);
    eh_text_table_cell(table, "%s%s", t->column, t->of_missing ? " (missing)" : "");
    if (t->part)
        eh_text_table_cell(table, "K-S, %s", t->part);
    else
        eh_text_table_cell(table, "chi-square, df %.0f%s", t->df, t->rough ? ", rough" : "");
    if (isnan(t->statistic))
        eh_text_table_cell(table, "-");
    else
        eh_text_table_cell(table, t->part ? "%.4f" : "%.2f", t->statistic);
    eh_text_table_cell(table, "%s", p);
    eh_text_table_cell(table, "%s", corrected);
    if (isnan(t->effect))
        eh_text_table_cell(table, "-");
    else
        eh_text_table_cell(table, "%s %.3f", t->part ? "D" : "V", t->effect);
    difference_cell(table, t);
}

/* The next test after `t` in the order of p, of equals in that of the columns; NULL behind the last. `t` NULL: the first. */
static const eh_alike_test *next_by_p(const eh_split_check *c, const eh_alike_test *t)
{
    const eh_alike_test *next = NULL;
    for (size_t i = 0; i < c->tests; i++) {
        const eh_alike_test *other = &c->test[i];
        double p = isnan(other->p) ? 2 : other->p, after = !t ? -1 : isnan(t->p) ? 2 : t->p;
        if ((p > after || (t && p == after && other > t)) && (!next || p < (isnan(next->p) ? 2 : next->p)))
            next = other;
    }
    return next;
}

eh_status eh_split_check_table(eh_str *out, const eh_split_check *c, size_t most, eh_error *err)
{
    static const char *const titles[] = { "column",
                                          "test",
                                          ">statistic",
                                          ">p",
                                          ">corrected",
                                          ">effect",
                                          "largest difference (inside / elsewhere)" };
    eh_text_table *table = eh_text_table_new(titles, 7);
    if (!table)
        return eh_fail_memory(err, "a table", 1, 1);
    size_t shown = 0;
    for (const eh_alike_test *t = next_by_p(c, NULL); t && shown < most; t = next_by_p(c, t), shown++)
        test_row(table, t);
    eh_text_table_render(table, out);
    eh_text_table_free(table);
    if (shown < c->tests)
        eh_str_appendf(out, "and %zu more tests with larger p\n", c->tests - shown);
    return EH_OK;
}

/* ---------------------------------------------------------------- JSON */

static json_t *test_json(const eh_alike_test *t)
{
    return json_pack("{s:s, s:s, s:s?, s:b, s:o, s:o, s:o, s:o, s:o, s:o, s:I, s:b, s:s?, s:s?, s:o, s:o}",
                     "column", t->column, "test", t->part ? "kolmogorov-smirnov" : "chi-square", "part",
                     t->part, "of_missing", t->of_missing, "statistic", eh_json_number(t->statistic), "df",
                     t->part ? json_null() : eh_json_number(t->df), "p", eh_json_number(t->p), "p_corrected",
                     eh_json_number(t->corrected), "design_effect", eh_json_number(t->design), "effect",
                     eh_json_number(t->effect), "pooled", (json_int_t)t->pooled, "rough", t->rough, "value",
                     t->value, "value_part", t->value_part, "inside", eh_json_number(t->inside), "elsewhere",
                     eh_json_number(t->outside));
}

/* The sentences, one text each. */
static json_t *sentences_json(const eh_split_check *c)
{
    eh_str text = { 0 };
    json_t *list = json_array();
    eh_split_check_sentences(&text, c);
    bool complete = list && !text.failed;
    for (char *line = text.data; complete && line && *line;) {
        char *end = strchr(line, '\n');
        *end = '\0';
        complete = json_array_append_new(list, json_string(line)) == 0;
        line = end + 1;
    }
    eh_str_clear(&text);
    if (complete)
        return list;
    json_decref(list);
    return NULL;
}

static json_t *leak_json(const eh_split_check *c)
{
    json_t *examples = json_array();
    if (!c->identity) {
        json_decref(examples);
        return json_null();
    }
    for (size_t i = 0; examples && i < c->examples; i++)
        if (json_array_append_new(examples, json_string(c->example[i])) != 0) {
            json_decref(examples);
            examples = NULL;
        }
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "column", c->identity, "values", (json_int_t)c->identities,
                     "in_several_parts", (json_int_t)c->crossing, "images", (json_int_t)c->crossing_images,
                     "examples", examples);
}

json_t *eh_split_check_json(const eh_split_check *c)
{
    json_t *parts = json_array(), *tests = json_array();
    bool complete = parts && tests;
    for (size_t p = 0; complete && p < c->parts; p++)
        complete = json_array_append_new(parts, json_pack("{s:s, s:I}", "name", c->part_name[p], "n",
                                                          (json_int_t)c->count[p])) == 0;
    for (size_t i = 0; complete && i < c->tests; i++)
        complete = json_array_append_new(tests, test_json(&c->test[i])) == 0;
    if (!complete) {
        json_decref(parts);
        json_decref(tests);
        return NULL;
    }
    return json_pack("{s:s, s:o, s:o, s:I, s:o, s:f, s:o}", "verdict", eh_split_check_verdict(c), "sentences",
                     sentences_json(c), "parts", parts, "images_in_no_part", (json_int_t)c->without_part,
                     "identity", leak_json(c), "alpha", EH_ALIKE_ALPHA, "tests", tests);
}
