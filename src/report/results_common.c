/* results_common.c - small pieces of results.json that runs and audits share; see results_parts.h. */
#include "report/results_parts.h"
#include "base/file.h"
#include "base/system.h"
#include "base/threads.h"

#include <string.h>

json_t *eh_json_text(const char *text)
{
    if (!text)
        return NULL;
    if (eh_utf8_valid(text, strlen(text)))
        return json_string(text);
    /* Each byte that does not belong to a well-formed character becomes one replacement character. */
    eh_str fixed = { 0 };
    for (size_t i = 0; text[i];) {
        size_t length = 1, left = strlen(text + i);
        while (length < 4 && length < left && !eh_utf8_valid(text + i, length))
            length++;
        bool valid = eh_utf8_valid(text + i, length);
        if (valid)
            eh_str_append_bytes(&fixed, text + i, length);
        else
            eh_str_append(&fixed, "\uFFFD");
        i += valid ? length : 1;
    }
    json_t *json = fixed.failed ? NULL : json_string(eh_str_text(&fixed));
    eh_str_clear(&fixed);
    return json;
}

eh_status eh_results_file_hash(json_t **out, const char *path, eh_error *err)
{
    uint8_t hash[32];
    char hex[65];
    *out = NULL;
    if (!path || !eh_path_exists(path)) {
        *out = json_null();
        return EH_OK;
    }
    EH_TRY(eh_sha256_file(hash, path, err));
    eh_hex(hex, hash, sizeof hash);
    *out = json_string(hex);
    return *out ? EH_OK : eh_fail(err, EH_ERR_MEMORY, "Out of memory while writing results.json.");
}

json_t *eh_results_environment(void)
{
    char cpu[256], system[512];
    eh_processor_name(cpu, sizeof cpu);
    eh_system_name(system, sizeof system);
    return json_pack("{s:o, s:i, s:o, s:s, s:[{s:s, s:s}]}", "cpu", eh_json_text(cpu), "threads",
                     eh_threads(), "system", eh_json_text(system), "compiler", eh_compiler_name(),
                     "libraries", "name", "jansson", "version", jansson_version_str());
}

json_t *eh_results_groups(size_t groups, size_t columns, const char *const *name, const char *const *value,
                          const char *const *column)
{
    json_t *list = json_array();
    for (size_t g = 0; g < groups; g++)
        eh_json_push(&list, json_pack("{s:s, s:o}", "name", name[g], "values",
                                      eh_group_values_json(columns, column, value + g * columns)));
    return list;
}

json_t *eh_results_head(const char *target, const char *const *class_name, size_t classes, int64_t positive,
                        const char *loss)
{
    json_t *names = json_array();
    for (size_t c = 0; c < classes; c++)
        eh_json_push(&names, json_string(class_name[c]));
    return json_pack("{s:s, s:s, s:s, s:o, s:o, s:o}", "name", target, "kind",
                     classes == 2 ? "binary" : "classes", "target", target, "classes", names,
                     "positive_class", positive >= 0 ? json_string(class_name[positive]) : json_null(),
                     "loss", loss ? json_string(loss) : json_null());
}
