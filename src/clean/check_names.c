/* check_names.c - file names and folders that say another class or number than the label.
 *
 * Idea    Names are cut into parts (folders; words and numbers of the file name), and whether a part says something is learned from the data: each value of the
 *         part goes with one class, each with another one, in nearly all images. Then the images where it does not are findings. Nobody has to know that 0
 *         is male in the third number of a name. Of a number column the part must be the number itself.
 * Math    Of part f and column c: m(v) = the class that most images with value v have. f speaks of c when m is injective and the share of images with
 *         class m(v) is at least `agreement` (20 images or more). A part speaks of the column that it agrees with most, and of each column one
 *         part speaks. Score: the share among the images whose part has the same value, (agreeing + 1) / (all + 2).
 * Source  Laplace's rule of succession; the rest is counting.
 * Cost    O(images x parts x columns).
 * Easy to get wrong: parts with many values (a person's folder) go with one class each by chance; that is why m must be injective. A part such as
 *         train/test next to a rare class agrees in most images without saying anything; m is not injective then.
 */
#include "clean/check.h"

#include "base/json.h"
#include "base/str.h"
#include "data/text_index.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

enum {
    MOST_FOLDERS = 6,
    MOST_WORDS = 10,
    PARTS = MOST_FOLDERS + 2 * MOST_WORDS,
    MOST_VALUES = 4096,
    FEWEST = 20,
    PART_SIZE = 128
};

typedef struct options {
    double agreement;
} options;

static const eh_opt option_table[] = {
    { .name = "agreement",
      .help = "share of images that a part of their names must describe rightly to be believed",
      .type = EH_OPT_FLOAT,
      .offset = offsetof(options, agreement),
      .def = "0.9",
      .min = 0.5,
      .max = 1 },
    { 0 },
};

/* What a part says about a column, as far as is known. */
typedef struct speaker {
    int part; /* -1: none */
    double agreement;
    size_t agree, known;
} speaker;

typedef struct work {
    eh_check_context *context;
    const options *o;
    const char **name;   /* [rows] */
    eh_text_index value; /* of the present part */
    int32_t *code;       /* [rows] index into value; -1: the name has no such part */
    eh_arena *texts;     /* what `value` borrows */
    speaker *best;       /* [columns] */
    json_t *believed;
} work;

/* ---------------------------------------------------------------- parts of names */

static bool is_letter(unsigned char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c > 127;
}

static bool is_digit(unsigned char c)
{
    return c >= '0' && c <= '9';
}

/* Lower-case letters; numbers without leading zeros. */
static void normalise(char *text)
{
    size_t zeros = strspn(text, "0");
    if (is_digit((unsigned char)text[0]) && zeros && is_digit((unsigned char)text[zeros]))
        memmove(text, text + zeros, strlen(text + zeros) + 1);
    else if (zeros > 1 && text[zeros] == '\0')
        text[1] = '\0';
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            *text = (char)(*text + 32);
}

static void copy_part(char *out, const char *text, size_t size)
{
    size = size < PART_SIZE - 1 ? size : PART_SIZE - 1;
    memcpy(out, text, size);
    out[size] = '\0';
    normalise(out);
}

/* Folder `up` levels above the file (0: the one it lies in). */
static bool folder_part(char *out, const char *path, int up)
{
    const char *end = strrchr(path, '/');
    for (int i = 0; end; i++) {
        const char *first = end;
        while (first > path && first[-1] != '/')
            first--;
        if (i == up) {
            copy_part(out, first, (size_t)(end - first));
            return end > first;
        }
        end = first > path ? first - 1 : NULL;
    }
    return false;
}

/* Length of the word (letters or digits) at `at`; 0: something else stands there. */
static size_t word_length(const char *at)
{
    size_t n = 0;
    if (is_letter((unsigned char)*at))
        while (is_letter((unsigned char)at[n]))
            n++;
    else
        while (is_digit((unsigned char)at[n]))
            n++;
    return n;
}

/* Word or number `wanted` of the file's name, its suffix left out; from the front (0, 1 ...) or from the back. */
static bool word_part(char *out, const char *path, int wanted, bool from_back)
{
    const char *file = strrchr(path, '/'), *first[64];
    size_t length[64], words = 0;
    file = file ? file + 1 : path;
    const char *dot = strrchr(file, '.'), *end = dot && dot > file ? dot : file + strlen(file);
    for (const char *at = file; at < end && words < 64;) {
        size_t n = word_length(at);
        if (n > (size_t)(end - at))
            n = (size_t)(end - at);
        if (n) {
            first[words] = at;
            length[words++] = n;
        }
        at += n ? n : 1;
    }
    if ((size_t)wanted >= words)
        return false;
    size_t i = from_back ? words - 1 - (size_t)wanted : (size_t)wanted;
    copy_part(out, first[i], length[i]);
    return true;
}

static bool part_of_name(char out[PART_SIZE], const char *path, int part)
{
    if (part < MOST_FOLDERS)
        return folder_part(out, path, part);
    part -= MOST_FOLDERS;
    return word_part(out, path, part % MOST_WORDS, part >= MOST_WORDS);
}

/* "folder", "folder 1 above", "word 2 of the name", "last word of the name". */
static void part_title(char *out, size_t size, int part)
{
    if (part == 0)
        snprintf(out, size, "folder");
    else if (part < MOST_FOLDERS)
        snprintf(out, size, "folder %d above", part);
    else if (part < MOST_FOLDERS + MOST_WORDS)
        snprintf(out, size, "part %d of the name", part - MOST_FOLDERS + 1);
    else
        snprintf(out, size, "part %d of the name from its end", part - MOST_FOLDERS - MOST_WORDS + 1);
}

/* ---------------------------------------------------------------- who speaks of what */

/* Fills code and value; *few: the part has two or more values, and not too many. */
static eh_status code_part(work *w, int part, bool *few, eh_error *err)
{
    size_t rows = w->context->frame->rows;
    char text[PART_SIZE];
    eh_text_index_clear(&w->value);
    eh_arena_free(w->texts);
    w->texts = eh_arena_new();
    if (!w->texts)
        return eh_fail_memory(err, "parts of names", rows, sizeof text);
    *few = true;
    for (size_t i = 0; i < rows && *few; i++) {
        w->code[i] = -1;
        if (!part_of_name(text, w->name[i], part))
            continue;
        int64_t known = eh_text_index_find(&w->value, text);
        uint32_t number = (uint32_t)known;
        if (known < 0) {
            const char *copy = eh_arena_strdup(w->texts, text);
            if (!copy)
                return eh_fail_memory(err, "parts of names", rows, sizeof text);
            EH_TRY(eh_text_index_add(&w->value, copy, &number, NULL, err));
        }
        w->code[i] = (int32_t)number;
        *few = w->value.count <= MOST_VALUES;
    }
    *few = *few && w->value.count > 1;
    return EH_OK;
}

/* The class that most images with each value have, into most[values], -1 where none; fails to speak when two values share one. */
static eh_status class_of_values(int32_t *most, speaker *s, const work *w, const eh_frame_column *column,
                                 eh_error *err)
{
    size_t rows = w->context->frame->rows, values = w->value.count;
    uint32_t *count = eh_alloc(values * column->classes, sizeof *count);
    bool *taken = eh_alloc(column->classes, sizeof *taken);
    size_t heard = 0;
    s->agree = s->known = 0;
    if (!count || !taken) {
        eh_free(count);
        eh_free(taken);
        return eh_fail_memory(err, "parts of names", values * column->classes, sizeof *count);
    }
    for (size_t i = 0; i < rows; i++) {
        if (w->code[i] >= 0 && column->cls[i] >= 0) {
            count[(size_t)w->code[i] * column->classes + (size_t)column->cls[i]]++;
            s->known++;
        }
    }
    bool injective = true;
    size_t speaking = 0;
    for (size_t v = 0; v < values; v++) {
        const uint32_t *line = count + v * column->classes;
        size_t best = 0, all = 0;
        for (size_t k = 0; k < column->classes; k++) {
            all += line[k];
            if (line[k] > line[best])
                best = k;
        }
        /* A few odd names say nothing, and must not keep the others from speaking. */
        bool weak = all < 2 || (double)all * 20 * (double)column->classes < (double)s->known;
        most[v] = weak ? -1 : (int32_t)best;
        if (weak)
            continue;
        injective = injective && !taken[best];
        taken[best] = true;
        speaking++;
        s->agree += line[best];
        heard += all;
    }
    s->agreement = injective && speaking > 1 && heard >= FEWEST ? (double)s->agree / (double)heard : 0;
    s->known = heard;
    eh_free(count);
    eh_free(taken);
    return EH_OK;
}

/* The number that a value is, NaN where it is none. */
static double number_of(const work *w, int32_t code)
{
    double value;
    return code >= 0 && eh_parse_float(&value, w->value.key[code]) ? value : (double)NAN;
}

static void count_numbers(speaker *s, const work *w, const eh_frame_column *column)
{
    s->agree = s->known = 0;
    for (size_t i = 0; i < w->context->frame->rows; i++) {
        double number = number_of(w, w->code[i]);
        if (isnan(number) || isnan(column->number[i]))
            continue;
        s->known++;
        s->agree += number == (double)column->number[i];
    }
    s->agreement = s->known >= FEWEST ? (double)s->agree / (double)s->known : 0;
}

/* Compares one part with every column and keeps the best. */
static eh_status weigh_part(work *w, int part, int32_t *most, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    speaker best = { .part = part };
    size_t at = 0;
    for (size_t c = 0; c < frame->columns; c++) {
        const eh_frame_column *column = &frame->column[c];
        speaker s = { .part = part };
        if (column->kind == EH_COLUMN_NUMBER)
            count_numbers(&s, w, column);
        else if (column->kind == EH_COLUMN_CLASS && column->classes > 1 &&
                 column->classes <= MOST_VALUES / 4 && w->value.count <= 4 * column->classes)
            EH_TRY(class_of_values(most, &s, w, column, err));
        if (s.agreement > best.agreement) {
            best = s;
            at = c;
        }
    }
    if (best.agreement >= w->o->agreement && best.agreement > w->best[at].agreement)
        w->best[at] = best;
    return EH_OK;
}

/* ---------------------------------------------------------------- findings */

static eh_status add(work *w, const eh_frame_column *column, size_t row, const char *title, const char *says,
                     double score, eh_error *err)
{
    char label[64];
    if (column->kind == EH_COLUMN_NUMBER)
        snprintf(label, sizeof label, "%.9g", (double)column->number[row]);
    eh_finding finding = { .image = w->context->frame->image[row],
                           .severity = EH_SEVERITY_WARNING,
                           .action = EH_ACTION_LOOK,
                           .score = score,
                           .column = column->name };
    json_t *evidence =
        json_pack("{s:s, s:s, s:s, s:s, s:f}", "at", title, "reads", w->value.key[w->code[row]], "means",
                  says, "label",
                  column->kind == EH_COLUMN_NUMBER ? label : column->class_name[column->cls[row]],
                  "right elsewhere", score);
    return evidence ? eh_check_add(w->context, finding, evidence, err)
                    : eh_fail_memory(err, "a finding", 1, 256);
}

static eh_status add_numbers(work *w, const eh_frame_column *column, const speaker *s, const char *title,
                             eh_error *err)
{
    double score = ((double)s->agree + 1) / ((double)s->known + 2);
    for (size_t i = 0; i < w->context->frame->rows; i++) {
        double number = number_of(w, w->code[i]);
        if (!isnan(number) && !isnan(column->number[i]) && number != (double)column->number[i])
            EH_TRY(add(w, column, i, title, w->value.key[w->code[i]], score, err));
    }
    return EH_OK;
}

static eh_status add_classes(work *w, const eh_frame_column *column, const int32_t *most, const char *title,
                             eh_error *err)
{
    size_t rows = w->context->frame->rows, values = w->value.count;
    size_t *all = eh_alloc(values, sizeof *all), *agree = eh_alloc(values, sizeof *agree);
    eh_status status = all && agree ? EH_OK : eh_fail_memory(err, "parts of names", values, sizeof *all);
    for (size_t i = 0; status == EH_OK && i < rows; i++) {
        if (w->code[i] >= 0 && column->cls[i] >= 0) {
            all[w->code[i]]++;
            agree[w->code[i]] += most[w->code[i]] == column->cls[i];
        }
    }
    for (size_t i = 0; i < rows && status == EH_OK; i++) {
        int32_t v = w->code[i];
        if (v < 0 || most[v] < 0 || column->cls[i] < 0 || most[v] == column->cls[i])
            continue;
        status = add(w, column, i, title, column->class_name[most[v]],
                     ((double)agree[v] + 1) / ((double)all[v] + 2), err);
    }
    eh_free(all);
    eh_free(agree);
    return status;
}

static eh_status report_column(work *w, size_t c, int32_t *most, eh_error *err)
{
    const eh_frame_column *column = &w->context->frame->column[c];
    speaker s = w->best[c];
    char title[64];
    bool few;
    part_title(title, sizeof title, s.part);
    EH_TRY(code_part(w, s.part, &few, err));
    if (column->kind == EH_COLUMN_NUMBER) {
        EH_TRY(add_numbers(w, column, &s, title, err));
    } else {
        EH_TRY(class_of_values(most, &s, w, column, err));
        EH_TRY(add_classes(w, column, most, title, err));
    }
    json_t *one = json_pack("{s:s, s:s, s:I, s:I}", "column", column->name, "where", title, "images",
                            (json_int_t)s.known, "agree", (json_int_t)s.agree);
    return json_array_append_new(w->believed, one) == 0
               ? EH_OK
               : eh_fail_memory(err, "the summary of a check", 1, 64);
}

static eh_status load_names(work *w, eh_error *err)
{
    const eh_frame *frame = w->context->frame;
    char name[4096];
    w->name = eh_arena_alloc(w->context->arena, frame->rows, sizeof *w->name);
    w->code = eh_arena_alloc(w->context->arena, frame->rows, sizeof *w->code);
    w->best = eh_arena_alloc(w->context->arena, frame->columns + 1, sizeof *w->best);
    if (!w->name || !w->code || !w->best)
        return eh_fail_memory(err, "names of images", frame->rows, sizeof *w->name);
    for (size_t i = 0; i < frame->rows; i++) {
        EH_TRY(eh_catalog_image_name(w->context->catalog, frame->image[i], name, sizeof name, err));
        w->name[i] = eh_arena_strdup(w->context->arena, name);
        if (!w->name[i])
            return eh_fail_memory(err, "names of images", frame->rows, sizeof name);
    }
    for (size_t c = 0; c < frame->columns; c++)
        w->best[c].part = -1;
    return EH_OK;
}

static eh_status run(eh_check_context *context, const void *opts, eh_error *err)
{
    work w = { .context = context, .o = opts, .believed = json_array() };
    int32_t *most = eh_alloc(MOST_VALUES + 1, sizeof *most);
    eh_status status =
        w.believed && most ? load_names(&w, err) : eh_fail_memory(err, "names of images", MOST_VALUES, 4);
    for (int part = 0; part < PARTS && status == EH_OK; part++) {
        bool few;
        EH_TRY_GOTO(status, code_part(&w, part, &few, err));
        if (few)
            EH_TRY_GOTO(status, weigh_part(&w, part, most, err));
    }
    for (size_t c = 0; c < context->frame->columns && status == EH_OK; c++)
        if (w.best[c].part >= 0)
            status = report_column(&w, c, most, err);
    if (status == EH_OK && !eh_json_set(context->summary, "names_speak_of", json_incref(w.believed)))
        status = eh_fail_memory(err, "the summary of a check", 1, 64);
done:
    json_decref(w.believed);
    eh_text_index_clear(&w.value);
    eh_arena_free(w.texts);
    eh_free(most);
    return status;
}

const eh_check eh_check_names = {
    .entry = { .name = "names",
               .summary = "file names and folders that say another class or number than the label",
               .source = "what names say is learned from the data",
               .opts = option_table,
               .opts_size = sizeof(options) },
    .by_default = true,
    .run = run,
};
