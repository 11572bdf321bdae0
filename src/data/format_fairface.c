/* format_fairface.c - FairFace: faces with an age range, gender and ethnicity in a CSV file for each part.
 *
 *     fairface_label_train.csv    file,age,gender,race,service_test        train/1.jpg,50-59,Male,East Asian,True
 *     fairface_label_val.csv      its images in val/                       what is called train, val, test is that part
 *     train/ val/                 beside the lists, or one folder below
 *
 * The nine age ranges are classes in their natural order. A spreadsheet program that was shown such a list has turned two of them into dates, by the
 * rules of its country: 3-9 into 3-Sep, 9-Mar, 2003-09-03 ..., and 10-19 into Oct-19, 19-Oct, 10-Oct ... Such an age is counted, told and left missing; with
 * repair-ages=yes it becomes the range again. That is no guess: of the nine ranges no other can be read as a date, and the month alone
 * tells the two apart (March and September against October); a date whose day or year does not fit its range stays missing.
 */
#include "data/label_table.h"

#include "base/str.h"

#include <stdlib.h>
#include <string.h>

typedef struct options {
    const char *images;
    bool repair;
} options;

static const eh_opt option_table[] = {
    { .name = "repair-ages",
      .help = "turn ages that a spreadsheet program made dates of (3-Sep, Oct-19) into their ranges again",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, repair),
      .def = "false" },
    { .name = "images",
      .help = "folder that train/ and val/ lie in; found when not given",
      .type = EH_OPT_STRING,
      .offset = offsetof(options, images),
      .metavar = "FOLDER" },
    { 0 },
};

static const char *const columns[] = { "file", "age", "gender", "race", NULL };

static bool is_list(const eh_source *source, eh_arena *arena, const char *path)
{
    return eh_ends_with(path, ".csv") && eh_label_header(source, arena, path, columns);
}

static int probe(const eh_source *source)
{
    eh_arena *arena = eh_arena_new();
    const char *named = eh_source_named(source), **name;
    size_t files;
    int score = 0;
    if (!arena)
        return 0;
    if (named)
        score = is_list(source, arena, named) ? 88 : 0;
    else if (eh_source_top(source, arena, false, &name, &files, NULL) == EH_OK)
        for (size_t i = 0; i < files && !score; i++)
            score = is_list(source, arena, name[i]) ? 78 : 0;
    eh_arena_free(arena);
    return score;
}

/* The part that a list's name says: fairface_label_val.csv. */
static eh_part part_of_name(const char *path)
{
    return strstr(path, "train")  ? EH_PART_TRAIN
           : strstr(path, "val")  ? EH_PART_VALID
           : strstr(path, "test") ? EH_PART_TEST
                                  : EH_PART_NONE;
}

/* ---------------------------------------------------------------- ages */

/* The numbers and the month's name in a date; at most three numbers. */
typedef struct date {
    int number[3], numbers;
    int month; /* 1..12 by its name; 0: none */
} date;

static int month_of(const char *text, size_t size)
{
    static const char names[] = "janfebmaraprmayjunjulaugsepoctnovdec";
    char lower[3];
    if (size < 3)
        return 0;
    for (size_t i = 0; i < 3; i++)
        lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
    for (int m = 0; m < 12; m++)
        if (memcmp(lower, names + (ptrdiff_t)3 * m, 3) == 0)
            return m + 1;
    return 0;
}

/* Words of digits or letters between - / . and blanks; a time behind it (00:00:00) is passed over. False: no date. */
static bool read_date(date *d, const char *text)
{
    *d = (date){ 0 };
    while (*text) {
        size_t digits = strspn(text, "0123456789");
        size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
        if (digits && text[digits] == ':')
            break;
        if (digits) {
            if (d->numbers == 3 || digits > 4)
                return false;
            d->number[d->numbers++] = (int)strtol(text, NULL, 10);
        } else if (letters) {
            if (d->month || !(d->month = month_of(text, letters)))
                return false;
        }
        text += digits + letters;
        if (digits + letters == 0)
            return false;
        text += strspn(text, "-/. ");
    }
    return d->numbers + (d->month > 0) >= 2;
}

/* Whether a spreadsheet makes this date of "low-high" when number `at` is its month (SIZE_MAX: the month has a name): the other numbers are the day, which
 * is low, high or the first, and the year, whatever it is; and day or year show the range. */
static bool fits(const date *d, size_t at, int low, int high)
{
    int month = at < 3 ? d->number[at] : d->month;
    bool shown = false;
    for (size_t i = 0; i < (size_t)d->numbers; i++) {
        int n = d->number[i];
        bool is_year = n > 31 || (i == 2 && n != low && n != high);
        if (i == at)
            continue;
        if (!is_year && n != low && n != high && n != 1)
            return false;
        shown |= is_year ? n % 100 == low || n % 100 == high : n != 1;
    }
    return shown && (month == low || month == high);
}

static bool may_have_been(const date *d, int low, int high)
{
    bool yes = d->month && fits(d, SIZE_MAX, low, high);
    for (size_t i = 0; i < (size_t)d->numbers && !d->month; i++)
        yes |= fits(d, i, low, high);
    return yes;
}

/* The range that an age was before a spreadsheet made a date of it; NULL: it is no date, *dated false; or none fits. */
static const char *range_of_date(const char *age, bool *dated)
{
    date d;
    *dated = read_date(&d, age);
    if (!*dated)
        return NULL;
    bool first = may_have_been(&d, 3, 9), second = may_have_been(&d, 10, 19);
    return first == second ? NULL : first ? "3-9" : "10-19";
}

static bool is_range(const char *age)
{
    static const char *const ranges[] = { "0-2",   "3-9",   "10-19", "20-29",       "30-39",
                                          "40-49", "50-59", "60-69", "more than 70" };
    for (size_t i = 0; i < sizeof ranges / sizeof *ranges; i++)
        if (strcmp(age, ranges[i]) == 0)
            return true;
    return false;
}

/* What was found among the ages: each spelling once, with its rows. */
typedef struct spelling {
    const char *text, *range; /* range NULL: none fits */
    bool dated;
    size_t rows;
} spelling;

typedef struct spellings {
    spelling item[24];
    size_t count, dated, unclear, other; /* rows */
} spellings;

static void note_spelling(spellings *s, const char *age, const char *range, bool dated)
{
    size_t i = 0;
    s->dated += dated && range;
    s->unclear += dated && !range;
    s->other += !dated;
    while (i < s->count && strcmp(s->item[i].text, age) != 0)
        i++;
    if (i == sizeof s->item / sizeof *s->item)
        return; /* counted above */
    if (i == s->count)
        s->item[s->count++] = (spelling){ age, range, dated, 0 };
    s->item[i].rows++;
}

/* "3-Sep: 3-9 (12 rows), ..." of those that are dates with a range, or of the others. */
static void append_spellings(eh_str *out, const spellings *s, bool repairable)
{
    for (size_t i = 0; i < s->count; i++) {
        const spelling *p = &s->item[i];
        if ((p->range != NULL) != repairable)
            continue;
        eh_str_appendf(out, "%s'%.40s'%s%s (%zu %s)", out->size ? ", " : "", p->text, p->range ? ": " : "",
                       p->range ? p->range : "", p->rows, p->rows == 1 ? "row" : "rows");
    }
}

static eh_status tell(eh_import *imp, const spellings *s, const char *path, bool repair,
                      eh_progress *progress, eh_error *err)
{
    eh_str list = { 0 };
    eh_status status = EH_OK;
    if (s->dated) {
        append_spellings(&list, s, true);
        if (repair)
            eh_progress_warn(progress,
                             "%s: a spreadsheet program had turned %zu ages into dates; they were repaired: "
                             "%s",
                             path, s->dated, eh_str_text(&list));
        else
            eh_progress_warn(progress,
                             "%s: a spreadsheet program has turned %zu ages into dates; those ages are "
                             "missing. "
                             "Repair them with --format fairface:repair-ages=yes, which makes of %s",
                             path, s->dated, eh_str_text(&list));
        status = eh_import_note(imp, repair ? "ages_repaired" : "ages_dated", eh_str_text(&list), err);
        eh_str_clear(&list);
    }
    if (s->unclear + s->other) {
        append_spellings(&list, s, false);
        eh_progress_warn(progress, "%s: %zu ages are none of FairFace's nine ranges, and are missing: %s",
                         path, s->unclear + s->other, eh_str_text(&list));
        eh_str_clear(&list);
    }
    return status;
}

/* Repairs, or takes out, what is no range in the column of ages. */
static eh_status check_ages(eh_label_table *t, bool repair, eh_progress *progress, eh_error *err)
{
    spellings s = { 0 };
    size_t age;
    EH_TRY(eh_csv_column(&age, &t->csv, t->path, "age", err));
    for (size_t row = 0; row < t->csv.rows; row++) {
        const char **cell = &t->csv.cell[row * t->csv.columns + age];
        bool dated;
        if (is_range(*cell) || eh_csv_missing(*cell))
            continue;
        const char *range = range_of_date(*cell, &dated);
        note_spelling(&s, *cell, range, dated);
        *cell = repair && range ? range : "";
    }
    return tell(t->imp, &s, t->path, repair, progress, err);
}

/* ---------------------------------------------------------------- reading */

static eh_status read_lists(eh_label_table *t, eh_label_file *file, size_t most, const eh_source *source,
                            eh_error *err)
{
    const char *one = eh_source_named(source), **name = &one;
    size_t count = 1;
    if (!one)
        EH_TRY(eh_source_top(source, t->arena, false, &name, &count, err));
    for (size_t i = 0; i < count; i++) {
        if (!one && !is_list(source, t->arena, name[i]))
            continue;
        if (t->files == most)
            return eh_fail(err, EH_ERR_LIMIT, "%s holds more than %zu lists of faces; name one of them",
                           eh_source_name(source), most);
        eh_label_file *f = &file[t->files++];
        *f = (eh_label_file){ .path = eh_source_path(source, t->arena, name[i]),
                              .folder = "",
                              .part = part_of_name(name[i]) };
        if (!f->path)
            return eh_fail_memory(err, "a path", 1, strlen(name[i]));
        EH_TRY(eh_source_read_csv(&f->csv, t->arena, source, name[i], err));
    }
    if (t->files == 0)
        return eh_fail(err, EH_ERR_INPUT,
                       "%s holds no CSV file with the columns file, age, gender and race; name the list, "
                       "such "
                       "as fairface_label_train.csv",
                       eh_source_name(source));
    return EH_OK;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    const options *o = opts;
    const char *classes[] = { "age", "gender", "race" };
    const eh_label_opts plain = { .file = "file", .label = { .item = classes, .count = 3 } };
    eh_label_file file[8];
    eh_label_table t = { .imp = imp, .opts = &plain, .images = source, .file = file };
    eh_status status;
    t.arena = eh_arena_new();
    if (!t.arena)
        return eh_fail_memory(err, "a list of faces", 1, 4096);
    EH_TRY_GOTO(status, read_lists(&t, file, sizeof file / sizeof *file, source, err));
    EH_TRY_GOTO(status, eh_label_merge(&t, err));
    EH_TRY_GOTO(status, check_ages(&t, o->repair, progress, err));
    EH_TRY_GOTO(status, eh_label_roles(&t, progress, err));
    if (o->images) {
        EH_TRY_GOTO(status, eh_source_below(&t.images, source, o->images, err));
        eh_import_set_images(imp, t.images);
    } else {
        EH_TRY_GOTO(status, eh_label_find_folders(&t, err));
    }
    status = eh_label_rows(&t, !eh_source_named(source) || o->images, progress, err);
done:
    eh_arena_free(t.arena);
    return status;
}

const eh_format eh_format_fairface = {
    .entry = { .name = "fairface",
               .summary = "FairFace's lists: age ranges, also those that a spreadsheet turned into dates",
               .source = "Karkkainen, Joo 2021, FairFace",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
};
