/* csv_columns.c - guessing what each column of a labels table means; the rules are in csv_columns.h. */
#include "data/csv_columns.h"

#include "base/str.h"
#include "data/text_index.h"

#include <string.h>

bool eh_csv_missing(const char *cell)
{
    static const char *const word[] = { "", "NA", "N/A", "NaN", "nan", "null", "NULL" };
    for (size_t i = 0; i < sizeof word / sizeof *word; i++)
        if (strcmp(cell, word[i]) == 0)
            return true;
    return false;
}

/* Equal but for the case of ASCII letters, and '-' or ' ' for '_'. */
static bool same_name(const char *a, const char *b)
{
    for (;; a++, b++) {
        char x = *a >= 'A' && *a <= 'Z' ? (char)(*a + 32) : *a;
        if (x == '-' || x == ' ')
            x = '_';
        if (x != *b)
            return false;
        if (!x)
            return true;
    }
}

static bool is_one_of(const char *name, const char *const *words)
{
    for (; *words; words++)
        if (same_name(name, *words))
            return true;
    return false;
}

bool eh_csv_is_file_column(const char *name)
{
    static const char *const words[] = { "file",       "filename", "file_name",    "filepath",
                                         "file_path",  "path",     "image",        "img",
                                         "image_path", "img_path", "image_file",   "img_file",
                                         "image_name", "img_name", "img_filename", "image_filename",
                                         "image_id",   NULL };
    return is_one_of(name, words);
}

bool eh_csv_part(eh_part *out, const char *cell, bool numbers)
{
    if (numbers && cell[0] >= '0' && cell[0] <= '2' && cell[1] == '\0') {
        *out = (eh_part)(cell[0] - '0' + EH_PART_TRAIN);
        return true;
    }
    return eh_part_parse(out, cell);
}

/* What a column's values have in common. */
typedef struct column_facts {
    size_t present, distinct; /* distinct stops counting at MANY */
    bool numbers, whole, part_words, part_numbers;
} column_facts;

#define MANY 1001

static eh_status look_at(column_facts *f, const eh_csv *csv, size_t column, eh_error *err)
{
    eh_text_index values = { 0 };
    *f = (column_facts){ .numbers = true, .whole = true, .part_words = true, .part_numbers = true };
    eh_status status = EH_OK;
    for (size_t row = 0; row < csv->rows && status == EH_OK; row++) {
        const char *cell = csv->cell[row * csv->columns + column];
        double number;
        int64_t whole;
        uint32_t index;
        eh_part part;
        if (eh_csv_missing(cell))
            continue;
        f->present++;
        f->numbers = f->numbers && eh_parse_float(&number, cell);
        f->whole = f->whole && eh_parse_int(&whole, cell);
        f->part_words = f->part_words && eh_part_parse(&part, cell);
        f->part_numbers = f->part_numbers && strlen(cell) == 1 && cell[0] >= '0' && cell[0] <= '2';
        if (values.count < MANY)
            status = eh_text_index_add(&values, cell, &index, NULL, err);
    }
    f->distinct = values.count;
    eh_text_index_clear(&values);
    return status;
}

static bool is_identity_name(const char *name)
{
    static const char *const words[] = { "identity",   "person",      "person_id",  "subject",
                                         "subject_id", "identity_id", "patient",    "patient_id",
                                         "speaker",    "celebrity",   "individual", NULL };
    return is_one_of(name, words);
}

/* The number of a row, which says nothing about its image. */
static bool is_row_name(const char *name)
{
    static const char *const words[] = { "id", "img_id", "row_id", NULL };
    return is_one_of(name, words);
}

static eh_csv_role role_of(const char *name, const column_facts *f)
{
    static const char *const label_words[] = { "label", "class", "target", "y", NULL };
    bool all_different = f->distinct == f->present && f->present > 2;
    if (f->present == 0)
        return EH_CSV_IGNORED;
    if (is_identity_name(name) || (all_different && is_row_name(name)))
        return EH_CSV_TEXT;
    if (is_one_of(name, label_words) && f->distinct < MANY && (!f->numbers || f->whole))
        return EH_CSV_CLASS;
    if (f->numbers)
        return f->whole && f->distinct <= 20 && !all_different ? EH_CSV_CLASS : EH_CSV_NUMBER;
    if (all_different || f->distinct > 100)
        return EH_CSV_TEXT;
    return f->distinct <= 20 || f->distinct * 10 <= f->present ? EH_CSV_CLASS : EH_CSV_TEXT;
}

eh_status eh_csv_decide(eh_csv_role *role, const eh_csv *csv, bool *part_numbers, eh_error *err)
{
    static const char *const split_words[] = { "split", "partition", "subset", "set", "fold", "part", NULL };
    bool have_split = false;
    *part_numbers = false;
    for (size_t i = 0; i < csv->columns; i++)
        have_split |= role[i] == EH_CSV_SPLIT;
    for (size_t i = 0; i < csv->columns; i++) {
        column_facts facts;
        if (role[i] != EH_CSV_AUTO && role[i] != EH_CSV_SPLIT)
            continue;
        EH_TRY(look_at(&facts, csv, i, err));
        bool parts = facts.present > 0 && (facts.part_words || facts.part_numbers);
        if (role[i] == EH_CSV_SPLIT) {
            *part_numbers = facts.part_numbers;
        } else if (!have_split && parts && is_one_of(csv->header[i], split_words)) {
            have_split = true;
            role[i] = EH_CSV_SPLIT;
            *part_numbers = facts.part_numbers;
        } else {
            role[i] = role_of(csv->header[i], &facts);
        }
    }
    return EH_OK;
}
