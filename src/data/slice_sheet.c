/* slice_sheet.c - drawing images of a slice by chance, decoding them on all threads, and writing their values below them. */
#include "data/slice_sheet.h"

#include "base/rng.h"
#include "base/str.h"
#include "base/threads.h"
#include "image/contact_sheet.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

enum { GAP = 8, MOST_CAPTIONS = 6 };

static const uint8_t paper[3] = { 246, 245, 241 };

typedef struct maker {
    eh_catalog *catalog;
    const eh_slice_sheet_opts *opts;
    eh_frame *frame;
    uint32_t *row;  /* [shown] of the frame */
    eh_image *cell; /* [shown] */
    eh_status *status;
    size_t shown;
} maker;

/* "age: 12". */
static void write_value(char *out, size_t size, const eh_frame_column *c, size_t row)
{
    if (c->kind == EH_COLUMN_CLASS)
        snprintf(out, size, "%s: %s", c->name, c->cls[row] < 0 ? "(missing)" : c->class_name[c->cls[row]]);
    else if (c->kind == EH_COLUMN_NUMBER && !isnan(c->number[row]))
        snprintf(out, size, "%s: %.6g", c->name, (double)c->number[row]);
    else
        snprintf(out, size, "%s: %s", c->name,
                 c->kind == EH_COLUMN_NUMBER || !c->text[row] ? "(missing)" : c->text[row]);
}

static void make_cell(void *user, size_t index)
{
    maker *m = user;
    eh_image image = { 0 };
    const eh_decode_opts decode = { .channels = 3, .min_side = m->opts->tile };
    char text[MOST_CAPTIONS + 1][256];
    const char *line[MOST_CAPTIONS + 1];
    size_t lines = 0, row = m->row[index];
    eh_error err = { 0 };
    snprintf(text[0], sizeof text[0], "#%lld", (long long)m->frame->image[row]);
    line[lines++] = text[0];
    for (size_t i = 0; i < m->frame->columns && lines <= MOST_CAPTIONS; i++) {
        write_value(text[lines], sizeof text[lines], &m->frame->column[i], row);
        line[lines] = text[lines];
        lines++;
    }
    m->status[index] = eh_catalog_read_image(m->catalog, m->frame->image[row], &decode, &image, &err);
    eh_status status =
        eh_captioned(&m->cell[index], &image, m->opts->tile, m->opts->tile, line, lines, paper, &err);
    if (status != EH_OK)
        m->status[index] = status;
    eh_image_clear(&image);
}

/* The columns of the captions: those of the options, else those that the query names, at most MOST_CAPTIONS. */
static size_t choose_captions(const char *name[MOST_CAPTIONS], const eh_slice_sheet_opts *o)
{
    size_t count = 0, named = o->captions.count ? o->captions.count : eh_query_names(o->where);
    for (size_t i = 0; i < named && count < MOST_CAPTIONS; i++)
        name[count++] = o->captions.count ? o->captions.item[i] : eh_query_name(o->where, i);
    return count;
}

static int by_number(const void *a, const void *b)
{
    uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
    return x < y ? -1 : x > y;
}

/* Which rows are shown: all, or so many by chance. */
static eh_status choose_rows(maker *m, eh_error *err)
{
    size_t rows = m->frame->rows;
    m->shown = m->opts->most < rows ? m->opts->most : rows;
    m->row = eh_alloc(rows, sizeof *m->row);
    m->cell = eh_alloc(m->shown, sizeof *m->cell);
    m->status = eh_alloc(m->shown, sizeof *m->status);
    if (!m->row || !m->cell || !m->status)
        return eh_fail_memory(err, "a contact sheet", rows, sizeof *m->row);
    for (size_t i = 0; i < rows; i++)
        m->row[i] = (uint32_t)i;
    if (m->shown < rows) {
        eh_rng rng = eh_rng_at(m->opts->seed, EH_DRAW_BOOTSTRAP, 0, 1);
        eh_rng_shuffle(&rng, m->row, rows);
        qsort(m->row, m->shown, sizeof *m->row, by_number);
    }
    return EH_OK;
}

static eh_status make(eh_slice_sheet *out, maker *m, eh_progress *progress, eh_error *err)
{
    const char *name[MOST_CAPTIONS];
    size_t names = choose_captions(name, m->opts), piece = 64;
    EH_TRY(eh_frame_load_where(&m->frame, m->catalog, name, names, m->opts->where, err));
    EH_TRY(choose_rows(m, err));
    maker part = *m;
    for (size_t first = 0; first < m->shown; first += piece) {
        if (eh_progress_stop(progress))
            return eh_fail(err, EH_ERR_INTERRUPTED, "stopped; nothing was written");
        part.row = m->row + first;
        part.cell = m->cell + first;
        part.status = m->status + first;
        eh_parallel_for(m->shown - first < piece ? m->shown - first : piece, make_cell, &part);
        eh_progress_update(progress, first, NULL);
    }
    for (size_t i = 0; i < m->shown; i++) {
        if (m->status[i] == EH_ERR_MEMORY)
            return eh_fail_memory(err, "a contact sheet", m->shown,
                                  (size_t)m->opts->tile * (size_t)m->opts->tile * 3);
        out->broken += m->status[i] != EH_OK;
    }
    out->selected = m->frame->rows;
    out->shown = m->shown;
    int columns = (int)ceil(sqrt((double)m->shown * 1.5));
    return eh_contact_sheet(&out->image, m->cell, m->shown, columns, GAP, paper, err);
}

eh_status eh_slice_sheet_make(eh_slice_sheet *out, eh_catalog *catalog, const eh_slice_sheet_opts *opts,
                              eh_progress *progress, eh_error *err)
{
    maker m = { .catalog = catalog, .opts = opts };
    *out = (eh_slice_sheet){ 0 };
    eh_progress_begin(progress, "draw", opts->most, "images");
    eh_status status = make(out, &m, progress, err);
    eh_progress_end(progress, NULL);
    for (size_t i = 0; i < m.shown && m.cell; i++)
        eh_image_clear(&m.cell[i]);
    eh_free(m.cell);
    eh_free(m.row);
    eh_free(m.status);
    eh_frame_free(m.frame);
    return status;
}
