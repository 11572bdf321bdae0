/* section_verdict.c - the verdict in sentences. */
#include "report/html.h"
#include "report/report.h"

#include <string.h>

static bool applies(const eh_report *report)
{
    return report->measured;
}

static void write(eh_str *html, const eh_report *report)
{
    eh_str text = { 0 };
    if (eh_report_verdict(&text, report, NULL) != EH_OK)
        html->failed = true;
    bool first = true;
    for (char *line = text.failed ? NULL : text.data; line && *line; first = false) {
        char *stop = strchr(line, '\n');
        if (stop)
            *stop = '\0';
        eh_str_append(html, first ? "<p class=\"verdict-sentence\">" : "<p>");
        eh_html_text(html, line);
        eh_str_append(html, "</p>\n");
        line = stop ? stop + 1 : NULL;
    }
    eh_str_clear(&text);
}

const eh_section eh_section_verdict = {
    .entry = { .name = "verdict", .summary = "what was found, in sentences" },
    .title = "Verdict",
    .applies = applies,
    .write = write,
};
