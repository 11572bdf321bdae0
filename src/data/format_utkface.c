/* format_utkface.c - UTKFace: the labels are in the names of the files.
 *
 *     26_0_1_20170117195838909.jpg.chip.jpg      age, gender, ethnicity, time; some copies end in .jpg alone
 *
 * Age 0 to 116, gender 0 male, 1 female, ethnicity 0 White, 1 Black, 2 Asian, 3 Indian, 4 other, time as yyyymmddHHMMSSmmm. A name that is not so
 * is listed with the kind of its defect and its picture is left out: which of three labels a name with two lacks, nobody can know. Names whose
 * labels are in order and only the time is not are taken with `any-time`.
 *
 * Source   Zhang, Song, Qi, "Age Progression/Regression by Conditional Adversarial Autoencoder", CVPR 2017, and the data set's page.
 */
#include "data/format.h"

#include "base/file.h"
#include "base/str.h"

#include <stdio.h>
#include <string.h>

#define OLDEST      116
#define TIME_DIGITS 17

typedef struct options {
    bool any_time;
} options;

static const eh_opt option_table[] = {
    { .name = "any-time",
      .help = "take names whose labels are in order, whatever the time after them looks like",
      .type = EH_OPT_BOOL,
      .offset = offsetof(options, any_time),
      .def = "false" },
    { 0 },
};

/* What can be wrong with a name. */
typedef enum defect {
    GOOD,
    NO_LABELS,
    FEW_LABELS,
    BAD_AGE,
    BAD_GENDER,
    BAD_ETHNICITY,
    NO_TIME,
    TIME_LENGTH,
    TIME_TEXT,
    DEFECTS
} defect;

static const char *const defect_words[DEFECTS] = {
    [NO_LABELS] = "without labels",
    [FEW_LABELS] = "with too few labels",
    [BAD_AGE] = "with an impossible age",
    [BAD_GENDER] = "with an unknown gender",
    [BAD_ETHNICITY] = "with an unknown ethnicity",
    [NO_TIME] = "without a time",
    [TIME_LENGTH] = "with a time of other than 17 digits",
    [TIME_TEXT] = "with other characters in the time",
};

static const char *const genders[] = { "Male", "Female" };
static const char *const ethnicities[] = { "White", "Black", "Asian", "Indian", "Other" };

/* A name taken apart. */
typedef struct labels {
    int age, gender, ethnicity;
    char why[120]; /* the defect in words */
} labels;

/* Numbers at the beginning of the name, each followed by '_' or, the last, by something else. */
static size_t leading_numbers(const char *name, const char *begin[4], size_t digits[4])
{
    size_t count = 0;
    while (count < 4) {
        size_t n = strspn(name, "0123456789");
        if (n == 0)
            break;
        begin[count] = name;
        digits[count++] = n;
        name += n;
        if (*name != '_')
            break;
        name++;
    }
    return count;
}

/* At most three digits; a longer number is none of the labels. */
static int small_number(const char *text, size_t digits)
{
    int value = 0;
    for (size_t i = 0; i < digits && digits <= 3; i++)
        value = 10 * value + (text[i] - '0');
    return digits <= 3 ? value : 1000;
}

static defect judge_time(labels *out, const char *time, size_t digits)
{
    size_t rest = strcspn(time + digits, ".");
    if (rest > 0) {
        snprintf(out->why, sizeof out->why, "the time is followed by '%.*s' before the ending",
                 rest < 20 ? (int)rest : 20, time + digits);
        return TIME_TEXT;
    }
    if (digits == TIME_DIGITS)
        return GOOD;
    snprintf(out->why, sizeof out->why, "the time has %zu digits, but yyyymmddHHMMSSmmm has %d", digits,
             TIME_DIGITS);
    return TIME_LENGTH;
}

/* Takes a name apart. The labels are known unless the defect is in them. */
static defect read_name(labels *out, const char *name)
{
    const char *begin[4];
    size_t digits[4], numbers = leading_numbers(name, begin, digits);
    *out = (labels){ 0 };
    if (numbers < 2) {
        snprintf(out->why, sizeof out->why, "the name does not begin with age_gender_ethnicity_time");
        return NO_LABELS;
    }
    if (numbers < 4 && digits[numbers - 1] > 3) {
        snprintf(out->why, sizeof out->why,
                 "the name has %zu label%s before the time, but age, gender and ethnicity are three",
                 numbers - 1, numbers == 2 ? "" : "s");
        return FEW_LABELS;
    }
    if (numbers < 4) {
        snprintf(out->why, sizeof out->why, "the name has no time after its %zu labels", numbers);
        return numbers < 3 ? FEW_LABELS : NO_TIME;
    }
    out->age = small_number(begin[0], digits[0]);
    out->gender = small_number(begin[1], digits[1]);
    out->ethnicity = small_number(begin[2], digits[2]);
    if (out->age > OLDEST) {
        snprintf(out->why, sizeof out->why, "the age is %.*s, but ages go from 0 to %d",
                 digits[0] < 20 ? (int)digits[0] : 20, begin[0], OLDEST);
        return BAD_AGE;
    }
    if (out->gender > 1) {
        snprintf(out->why, sizeof out->why, "the gender is %.*s, but there are 0 and 1",
                 digits[1] < 20 ? (int)digits[1] : 20, begin[1]);
        return BAD_GENDER;
    }
    if (out->ethnicity > 4) {
        snprintf(out->why, sizeof out->why, "the ethnicity is %.*s, but there are 0 to 4",
                 digits[2] < 20 ? (int)digits[2] : 20, begin[2]);
        return BAD_ETHNICITY;
    }
    return judge_time(out, begin[3], digits[3]);
}

static bool is_good_path(const char *path)
{
    labels l;
    return eh_is_image_name(path) && read_name(&l, eh_path_name(path)) == GOOD;
}

static int probe(const eh_source *source)
{
    return !eh_source_named(source) && eh_source_any(source, is_good_path) ? 88 : 0;
}

/* The part that the first folder of the path names; false when there is none. */
static bool part_of(eh_part *part, const char *path)
{
    char folder[64];
    size_t size = strcspn(path, "/");
    if (path[size] != '/' || size >= sizeof folder)
        return false;
    memcpy(folder, path, size);
    folder[size] = '\0';
    return eh_part_parse(part, folder) && *part != EH_PART_NONE;
}

/* "8 names are malformed: 3 with too few labels, 5 with ...". */
static void warn_about_defects(const size_t count[DEFECTS], eh_progress *progress)
{
    eh_str list = { 0 };
    size_t all = 0;
    for (int d = GOOD + 1; d < DEFECTS; d++) {
        if (count[d])
            eh_str_appendf(&list, "%s%zu %s", all ? ", " : "", count[d], defect_words[d]);
        all += count[d];
    }
    if (all)
        eh_progress_warn(progress, "%zu %s malformed, and nothing was guessed: %s", all,
                         all == 1 ? "name is" : "names are", eh_str_text(&list));
    eh_str_clear(&list);
}

static eh_status add_images(eh_import *imp, const eh_source *source, size_t count, const options *o,
                            size_t defects[DEFECTS], eh_error *err)
{
    bool parts = true;
    eh_part part;
    for (size_t i = 0; i < count && parts; i++)
        parts =
            !eh_is_image_name(eh_source_at(source, i).path) || part_of(&part, eh_source_at(source, i).path);
    for (size_t i = 0; i < count; i++) {
        const char *path = eh_source_at(source, i).path;
        labels l;
        if (!eh_is_image_name(path))
            continue;
        defect d = read_name(&l, eh_path_name(path));
        part = EH_PART_NONE;
        if (parts)
            part_of(&part, path);
        if (d == GOOD || (o->any_time && (d == TIME_LENGTH || d == TIME_TEXT))) {
            const eh_label_value value[] = { { .number = l.age },
                                             { .cls = l.gender },
                                             { .cls = l.ethnicity } };
            const eh_image_ref image = { .container = "file", .path = path };
            EH_TRY(eh_import_row(imp, &image, value, part, err));
        } else {
            defects[d]++;
            EH_TRY(eh_import_skip(imp, path, "%s", l.why));
        }
    }
    return EH_OK;
}

static eh_status import(eh_import *imp, eh_source *source, const void *opts, eh_progress *progress,
                        eh_error *err)
{
    size_t count, column, defects[DEFECTS] = { 0 };
    if (eh_source_named(source))
        return eh_fail(err, EH_ERR_INPUT,
                       "%s/%s is no folder and no archive; the format 'utkface' reads a folder of images",
                       eh_source_name(source), eh_source_named(source));
    EH_TRY(eh_source_list(source, &count, err));
    EH_TRY(eh_import_column(imp, &column, "age", EH_COLUMN_NUMBER, NULL, 0, err));
    EH_TRY(eh_import_column(imp, &column, "gender", EH_COLUMN_CLASS, genders, 2, err));
    EH_TRY(eh_import_column(imp, &column, "ethnicity", EH_COLUMN_CLASS, ethnicities, 5, err));
    EH_TRY(add_images(imp, source, count, opts, defects, err));
    warn_about_defects(defects, progress);
    return EH_OK;
}

const eh_format eh_format_utkface = {
    .entry = { .name = "utkface",
               .summary = "UTKFace: age, gender and ethnicity in the names of the files",
               .source =
                   "Zhang, Song, Qi 2017, Age Progression/Regression by Conditional Adversarial Autoencoder",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .probe = probe,
    .import = import,
};
