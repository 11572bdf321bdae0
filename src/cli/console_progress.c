/* console_progress.c - progress on stderr: a bar on a terminal, a line now and then in a pipe, or NDJSON; see console.h.
 *
 * NDJSON events, one object a line, in this order of keys:
 *   {"event":"begin","step":S,"total":N,"unit":U}      total is null when unknown
 *   {"event":"update","step":S,"done":N,"total":N,"note":T}
 *   {"event":"end","step":S,"done":N,"seconds":X,"summary":T}
 *   {"event":"warning","message":T}  {"event":"note","message":T}
 *   {"event":"error","status":W,"exit_code":N,"message":T}
 */
#include "cli/console.h"

#include "base/file.h"
#include "base/json.h"
#include "cli/signals.h"

#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define BAR_INTERVAL   0.1
#define JSON_INTERVAL  0.25
#define PLAIN_INTERVAL 10.0
#define BAR_CELLS      24

/* Takes the bar off its line, so that a line of text can stand there. */
static void clear_bar(eh_console *c)
{
    if (c->bar_on_line)
        fputs("\r\033[K", c->stream);
    c->bar_on_line = false;
}

/* One line of text; names in it may come from files. */
static void write_line(eh_console *c, eh_str *line)
{
    clear_bar(c);
    if (line->data && !line->failed) {
        eh_replace_control(line->data);
        fprintf(c->stream, "%s\n", line->data);
        fflush(c->stream);
    }
    eh_str_clear(line);
}

/* Writes the event and releases it; an event that cannot be built for lack of memory is left out. */
static void write_event(eh_console *c, json_t *event)
{
    if (event) {
        eh_str line = { 0 };
        eh_json_append(&line, event, false);
        if (!line.failed)
            fprintf(c->stream, "%s\n", eh_str_text(&line));
        fflush(c->stream);
        eh_str_clear(&line);
    }
    json_decref(event);
}

static json_t *event_named(const char *name)
{
    json_t *event = json_object();
    if (event)
        eh_json_set(event, "event", json_string(name));
    return event;
}

static void set_text(json_t *event, const char *key, const char *text)
{
    /* jansson takes only UTF-8; a file name may be anything. */
    if (text && !eh_utf8_valid(text, strlen(text)))
        text = "(not UTF-8)";
    eh_json_set(event, key, text ? json_string(text) : json_null());
}

static void set_count(json_t *event, const char *key, uint64_t count, bool known)
{
    eh_json_set(event, key, known ? json_integer((json_int_t)count) : json_null());
}

/* The innermost step that is shown. */
static eh_console_step *current(eh_console *c)
{
    if (c->depth == 0)
        return NULL;
    return &c->step[(c->depth < EH_CONSOLE_DEPTH ? c->depth : EH_CONSOLE_DEPTH) - 1];
}

static bool is_hidden(const eh_console *c)
{
    return c->depth > EH_CONSOLE_DEPTH;
}

static void append_duration(eh_str *out, double seconds)
{
    if (seconds < 9.95)
        eh_str_appendf(out, "%.1f s", seconds);
    else if (seconds < 99.5)
        eh_str_appendf(out, "%.0f s", seconds);
    else if (seconds < 3600)
        eh_str_appendf(out, "%d:%02d min", (int)seconds / 60, (int)seconds % 60);
    else
        eh_str_appendf(out, "%d:%02d h", (int)(seconds / 3600), (int)(seconds / 60) % 60);
}

/* "45 %  123/456 images  left 12 s", or "123 images" where the total is unknown. */
static void append_counts(eh_str *out, const eh_console_step *s, double now)
{
    if (s->total == 0) {
        eh_str_appendf(out, "%llu %s", (unsigned long long)s->done, s->unit);
        return;
    }
    double share = (double)s->done / (double)s->total;
    eh_str_appendf(out, "%3.0f %%  %llu/%llu %s", share * 100, (unsigned long long)s->done,
                   (unsigned long long)s->total, s->unit);
    double spent = now - s->resumed;
    if (s->done > s->done_before && s->done < s->total && spent > 1) {
        eh_str_append(out, "  left ");
        append_duration(out, spent / (double)(s->done - s->done_before) * (double)(s->total - s->done));
    }
}

static size_t terminal_width(FILE *stream)
{
    struct winsize size = { 0 };
    if (ioctl(fileno(stream), TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
        return size.ws_col;
    return 80;
}

/* Cuts the text so that it takes at most `columns`. */
static void cut_to_width(eh_str *text, size_t columns)
{
    while (text->size > 0 && eh_utf8_width(text->data) > columns) {
        text->size--;
        while (text->size > 0 && ((unsigned char)text->data[text->size] & 0xC0) == 0x80)
            text->size--;
        text->data[text->size] = '\0';
    }
}

static void draw_bar(eh_console *c, const eh_console_step *s, const char *note, double now)
{
    eh_str line = { 0 };
    eh_str_appendf(&line, "%s  ", s->name);
    if (s->total > 0) {
        double share = (double)s->done / (double)s->total;
        int full = share >= 1 ? BAR_CELLS : (int)(share * BAR_CELLS);
        eh_str_append(&line, "[");
        for (int i = 0; i < BAR_CELLS; i++)
            eh_str_append(&line, i < full ? "#" : " ");
        eh_str_append(&line, "] ");
    }
    append_counts(&line, s, now);
    if (note)
        eh_str_appendf(&line, "  %s", note);
    if (!line.failed && line.data) {
        eh_replace_control(line.data);
        cut_to_width(&line, terminal_width(c->stream) - 1);
        fprintf(c->stream, "\r\033[K%s", line.data);
        fflush(c->stream);
        c->bar_on_line = true;
    }
    eh_str_clear(&line);
}

/* ---------------------------------------------------------------- what the library calls */

static void on_begin(void *user, const char *step, uint64_t total, const char *unit)
{
    eh_console *c = user;
    c->depth++;
    if (is_hidden(c))
        return;
    eh_console_step *s = current(c);
    *s = (eh_console_step){ .total = total, .began = eh_seconds() };
    snprintf(s->name, sizeof s->name, "%s", step ? step : "");
    snprintf(s->unit, sizeof s->unit, "%s", unit ? unit : "");
    c->last_shown =
        c->mode == EH_PROGRESS_PLAIN ? s->began : 0; /* the first plain line comes after one interval */
    if (c->mode == EH_PROGRESS_JSON) {
        json_t *event = event_named("begin");
        set_text(event, "step", s->name);
        set_count(event, "total", total, total > 0);
        set_text(event, "unit", s->unit);
        write_event(c, event);
    } else if (c->mode == EH_PROGRESS_BAR) {
        draw_bar(c, s, NULL, s->began);
    }
}

static void show_update(eh_console *c, const eh_console_step *s, const char *note, double now)
{
    eh_str line = { 0 };
    if (c->mode == EH_PROGRESS_BAR) {
        draw_bar(c, s, note, now);
    } else if (c->mode == EH_PROGRESS_JSON) {
        json_t *event = event_named("update");
        set_text(event, "step", s->name);
        set_count(event, "done", s->done, true);
        set_count(event, "total", s->total, s->total > 0);
        set_text(event, "note", note);
        write_event(c, event);
    } else {
        eh_str_appendf(&line, "%s: ", s->name);
        append_counts(&line, s, now);
        if (note)
            eh_str_appendf(&line, "  %s", note);
        write_line(c, &line);
    }
}

static void on_update(void *user, uint64_t done, const char *note)
{
    eh_console *c = user;
    eh_console_step *s = current(c);
    if (!s || is_hidden(c))
        return;
    double now = eh_seconds();
    s->done = done;
    if (!s->started) {
        s->started = true;
        s->resumed = now;
        s->done_before = done;
    }
    double interval = c->mode == EH_PROGRESS_BAR    ? BAR_INTERVAL
                      : c->mode == EH_PROGRESS_JSON ? JSON_INTERVAL
                                                    : PLAIN_INTERVAL;
    if (c->mode == EH_PROGRESS_NONE || now - c->last_shown < interval)
        return;
    c->last_shown = now;
    show_update(c, s, note, now);
}

static void on_end(void *user, const char *summary)
{
    eh_console *c = user;
    eh_console_step *s = current(c);
    bool hidden = is_hidden(c);
    if (c->depth > 0)
        c->depth--;
    if (!s || hidden)
        return;
    double seconds = eh_seconds() - s->began;
    c->last_shown = c->mode == EH_PROGRESS_PLAIN ? eh_seconds() : 0;
    if (c->mode == EH_PROGRESS_JSON) {
        json_t *event = event_named("end");
        set_text(event, "step", s->name);
        set_count(event, "done", s->done, true);
        eh_json_set(event, "seconds", json_real(seconds));
        set_text(event, "summary", summary);
        write_event(c, event);
        return;
    }
    clear_bar(c);
    if (summary && c->mode != EH_PROGRESS_NONE) {
        eh_str line = { 0 };
        eh_str_appendf(&line, "%s: %s (", s->name, summary);
        append_duration(&line, seconds);
        eh_str_append(&line, ")");
        write_line(c, &line);
    }
}

static void on_warn(void *user, const char *message)
{
    eh_console *c = user;
    if (c->mode == EH_PROGRESS_JSON) {
        json_t *event = event_named("warning");
        set_text(event, "message", message);
        write_event(c, event);
        return;
    }
    eh_str line = { 0 };
    eh_str_appendf(&line, "evenhand: warning: %s", message);
    write_line(c, &line);
}

static bool on_stop_requested(void *user)
{
    (void)user;
    return eh_signals_stop_requested();
}

/* ---------------------------------------------------------------- what the program calls */

void eh_console_init(eh_console *console, const eh_common_options *common, FILE *stream)
{
    eh_progress_mode mode = (eh_progress_mode)common->progress;
    if (mode == EH_PROGRESS_AUTO) {
        const char *terminal = getenv("TERM");
        bool can_move = isatty(fileno(stream)) && terminal && strcmp(terminal, "dumb") != 0;
        mode = can_move ? EH_PROGRESS_BAR : EH_PROGRESS_PLAIN;
    }
    if (common->quiet && mode != EH_PROGRESS_JSON)
        mode = EH_PROGRESS_NONE;
    *console = (eh_console){ .mode = mode,
                             .quiet = common->quiet,
                             .json_errors = common->json || mode == EH_PROGRESS_JSON,
                             .stream = stream };
    console->progress = (eh_progress){ .user = console,
                                       .begin = on_begin,
                                       .update = on_update,
                                       .end = on_end,
                                       .warn = on_warn,
                                       .stop_requested = on_stop_requested };
}

void eh_console_note(eh_console *console, const char *text)
{
    if (console->quiet)
        return;
    if (console->mode == EH_PROGRESS_JSON) {
        json_t *event = event_named("note");
        set_text(event, "message", text);
        write_event(console, event);
        return;
    }
    eh_str line = { 0 };
    eh_str_append(&line, text);
    write_line(console, &line);
}

void eh_console_error(eh_console *console, const eh_error *err)
{
    clear_bar(console);
    const char *message = err->message[0] ? err->message : "The command failed without saying why.";
    if (console->json_errors) {
        json_t *event = event_named("error");
        set_text(event, "status", eh_status_name(err->status));
        eh_json_set(event, "exit_code", json_integer(eh_exit_code(err->status)));
        set_text(event, "message", message);
        write_event(console, event);
        return;
    }
    /* No allocation on this path: the error may be that there is no memory. */
    char text[sizeof err->message];
    snprintf(text, sizeof text, "%s", message);
    eh_replace_control(text);
    fprintf(console->stream, "evenhand: %s\n", text);
    fflush(console->stream);
}
