/* html.c - see html.h. The classes are those that docs/report_template.md allows. */
#include "report/html.h"

#include <stdarg.h>

void eh_html_text(eh_str *out, const char *text)
{
    static const char *const entity[256] = {
        ['&'] = "&amp;", ['<'] = "&lt;", ['>'] = "&gt;", ['"'] = "&quot;", ['\''] = "&#39;",
    };
    const char *start = text;
    for (; text && *text; text++) {
        const char *escaped = entity[(unsigned char)*text];
        if (!escaped)
            continue;
        eh_str_append_bytes(out, start, (size_t)(text - start));
        eh_str_append(out, escaped);
        start = text + 1;
    }
    if (text)
        eh_str_append_bytes(out, start, (size_t)(text - start));
}

static void append_escaped(eh_str *out, const char *format, va_list args)
{
    eh_str text = { 0 };
    eh_str_appendv(&text, format, args);
    out->failed = out->failed || text.failed;
    eh_html_text(out, eh_str_text(&text));
    eh_str_clear(&text);
}

void eh_html_textf(eh_str *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    append_escaped(out, format, args);
    va_end(args);
}

void eh_html_table_begin(eh_str *out, const char *label, const char *caption, const char *const *title,
                         size_t columns)
{
    eh_str_append(out, "<div class=\"table-scroll\" role=\"region\" aria-label=\"");
    eh_html_text(out, label);
    eh_str_append(out, "\" tabindex=\"0\">\n<table class=\"data\">\n<caption>");
    eh_html_text(out, caption);
    eh_str_append(out, "</caption>\n<thead><tr>");
    for (size_t i = 0; i < columns; i++) {
        bool number = title[i][0] == '>';
        eh_str_appendf(out, "<th scope=\"col\" class=\"%s\">", number ? "number" : "text");
        eh_html_text(out, title[i] + number);
        eh_str_append(out, "</th>");
    }
    eh_str_append(out, "</tr></thead>\n<tbody>\n");
}

void eh_html_table_end(eh_str *out)
{
    eh_str_append(out, "</tbody>\n</table>\n</div>\n");
}

void eh_html_row_begin(eh_str *out, bool hatched)
{
    eh_str_append(out, hatched ? "<tr class=\"hatched\">" : "<tr>");
}

void eh_html_row_end(eh_str *out)
{
    eh_str_append(out, "</tr>\n");
}

void eh_html_row_name(eh_str *out, const char *text)
{
    eh_str_append(out, "<th scope=\"row\" class=\"text\"><bdi>");
    eh_html_text(out, text && *text ? text : "(empty)");
    eh_str_append(out, "</bdi></th>");
}

void eh_html_cell(eh_str *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    eh_str_append(out, "<td class=\"text\">");
    append_escaped(out, format, args);
    eh_str_append(out, "</td>");
    va_end(args);
}

void eh_html_number(eh_str *out, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    eh_str_append(out, "<td class=\"number\">");
    append_escaped(out, format, args);
    eh_str_append(out, "</td>");
    va_end(args);
}
