/* test_image_units.c - images that belong together: the same bytes, a cluster of findings, one person. */
#include "clean/image_units.h"

#include "support/cmocka_all.h"
#include "support/data_files.h"

#include <string.h>

/* Six images: 1 and 4 have the same bytes; persons a, b, a, none, b, c. */
static eh_catalog *make_set(void *folder)
{
    static const int seed[] = { 1, 2, 3, 1, 5, 6 };
    char name[64];
    for (int i = 0; i < 6; i++) {
        snprintf(name, sizeof name, "set/i%d.png", i + 1);
        data_write_image(folder, name, 8, 8, 3, seed[i]);
    }
    data_write_text(folder, "set/data.csv",
                    "file,person,kind,age\ni1.png,a,x,1\ni2.png,b,y,2\ni3.png,a,x,3\ni4.png,,y,4\ni5.png,b,x,"
                    "5\n"
                    "i6.png,c,y,6\n");
    data_import import;
    data_import_run(&import, folder, "set", "csv:identity=person,label=kind", false);
    if (import.status != EH_OK)
        fail_msg("%s", import.error.message);
    return data_open(folder);
}

static void expect_units(eh_check_context *context, const char *identity, const uint32_t *expected)
{
    uint32_t *unit;
    eh_error err = { 0 };
    if (eh_image_units(&unit, context, identity, &err) != EH_OK)
        fail_msg("%s", err.message);
    for (size_t i = 0; i < 6; i++)
        if (unit[i] != expected[i])
            fail_msg("row %zu is in unit %u, not %u", i, unit[i], expected[i]);
}

static void contents_clusters_and_persons_join_images(void **state)
{
    eh_catalog *c = make_set(*state);
    eh_frame *frame;
    eh_error err = { 0 };
    assert_int_equal(eh_frame_load(&frame, c, NULL, 0, NULL), EH_OK);
    eh_check_context context = {
        .catalog = c, .frame = frame, .arena = eh_arena_new(), .findings = eh_findings_new()
    };
    expect_units(&context, NULL, (uint32_t[]){ 0, 1, 2, 0, 4, 5 });
    expect_units(&context, "person", (uint32_t[]){ 0, 1, 0, 0, 1, 5 });
    expect_units(&context, "kind", (uint32_t[]){ 0, 0, 0, 0, 0, 0 });

    eh_finding finding = {
        .image = frame->image[5], .other = frame->image[1], .cluster = 1, .check = "near"
    };
    assert_int_equal(eh_findings_add(context.findings, &finding, NULL, NULL), EH_OK);
    expect_units(&context, NULL, (uint32_t[]){ 0, 1, 2, 0, 4, 1 });
    const char *check = "near";
    assert_int_equal(eh_findings_store(c, context.findings, &check, 1, NULL), EH_OK);
    eh_findings_free(context.findings);
    context.findings = eh_findings_new();
    expect_units(&context, NULL, (uint32_t[]){ 0, 1, 2, 0, 4, 1 }); /* what was stored counts as well */

    uint32_t *unit;
    assert_int_equal(eh_image_units(&unit, &context, "persn", &err), EH_ERR_USAGE);
    eh_findings_free(context.findings);
    eh_arena_free(context.arena);
    eh_frame_free(frame);
    eh_catalog_close(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(contents_clusters_and_persons_join_images, data_folder_make,
                                        data_folder_remove),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
