/* fuzz_query.c - any text is a query that holds for some of the rows, or gives a reason; a rule of --fail-on likewise. */
#include "fuzz/fuzz_target.h"

#include "evenhand/memory.h"
#include "evenhand/query.h"
#include "metric/rule_masks.h"
#include "metric/rule_numbers.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Masks of one group, without intervals. */
static json_t *masks(void)
{
    static const char measures[] =
        "{s:I, s:f, s:f, s:f, s:f, s:[{s:s, s:f, s:f, s:f}, {s:s, s:n, s:n, s:n}], s:n, s:s}";
    json_t *one = json_pack(measures, "n", (json_int_t)40, "pixel_accuracy", 0.8, "miou", 0.5, "mean_dice",
                            0.6, "map", 0.7, "classes", "class", "fence", "ap", 0.3, "iou", 0.2, "dice", 0.4,
                            "class", "road", "ap", "iou", "dice", "image_miou", "name", "day");
    return json_pack("{s:I, s:I, s:O, s:[o]}", "n", (json_int_t)40, "few_below", (json_int_t)30, "overall",
                     one, "groups", one);
}

/* Judges a rule about numbers or masks; what is judged has a sentence, what is refused a reason. */
static void judge(const eh_rule *rule, eh_arena *arena)
{
    static const double truth[] = { 1, 2, 3 }, predicted[] = { 1, 4, 2 };
    static const int32_t group[] = { 0, 1, 0 };
    static const char *const name[] = { "a", "b" };
    const eh_number_input in = { .rows = 3,
                                 .truth = truth,
                                 .predicted = predicted,
                                 .group = group,
                                 .group_name = name,
                                 .group_value = name,
                                 .groups = 2 };
    eh_rule_result result = { 0 };
    eh_error err = { 0 };
    eh_status status = EH_OK;
    eh_number_audit *audit = NULL;
    json_t *split = NULL;
    if (rule->about == EH_RULE_OF_CLASSES)
        return;
    if (rule->about == EH_RULE_OF_MASKS && (split = masks()))
        status = eh_rule_judge_masks(&result, rule, "mask", split, arena, &err);
    else if (rule->about == EH_RULE_OF_NUMBERS && eh_number_audit_make(&audit, &in, NULL) == EH_OK)
        status = eh_rule_judge_numbers(&result, rule, "age", audit, arena, &err);
    else
        abort();
    if (status == EH_OK ? !result.sentence : err.message[0] == 0)
        abort();
    json_decref(split);
    eh_number_audit_free(audit);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static const char *const hair[] = { "blond", "dark" }, *const male[] = { "not male", "male" };
    static int32_t cls[4] = { 0, 1, -1, 1 };
    static float number[4] = { 1, 20.5F, NAN, -3 };
    static const char *text[4] = { "a/b.png", "", NULL, "it's" };
    const eh_frame_column column[] = {
        { .name = "hair", .kind = EH_COLUMN_CLASS, .class_name = hair, .classes = 2, .cls = cls },
        { .name = "male", .kind = EH_COLUMN_CLASS, .class_name = male, .classes = 2, .cls = cls },
        { .name = "age", .kind = EH_COLUMN_NUMBER, .number = number },
        { .name = "path", .kind = EH_COLUMN_TEXT, .text = text },
    };
    char *copy = eh_alloc(size + 1, 1);
    eh_arena *arena = eh_arena_new();
    eh_query *query = NULL;
    eh_rule rule;
    eh_error err = { 0 };
    uint8_t keep[4];
    size_t kept = 0;
    if (!copy || !arena)
        goto done;
    memcpy(copy, bytes, size);
    eh_status status = eh_query_parse(&query, copy, &err);
    if (status == EH_OK) {
        if (strcmp(eh_query_text(query), copy) != 0)
            abort();
        status = eh_query_rows(query, column, 4, 4, keep, &kept, &err);
        if (status == EH_OK && kept != (size_t)keep[0] + keep[1] + keep[2] + keep[3])
            abort();
    }
    if (status != EH_OK && err.message[0] == 0)
        abort();
    err = (eh_error){ 0 };
    if (eh_rule_parse(&rule, arena, copy, &err) == EH_OK)
        judge(&rule, arena);
    else if (err.message[0] == 0)
        abort();
done:
    eh_query_free(query);
    eh_arena_free(arena);
    eh_free(copy);
    return 0;
}
