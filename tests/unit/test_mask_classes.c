/* test_mask_classes.c - lists of classes beside masks, in their usual forms. */
#include "support/cmocka_all.h"

#include "data/mask_classes.h"

#include <string.h>

static eh_mask_class_list list;

static eh_status parse(eh_arena *arena, const char *text, eh_error *err)
{
    return eh_mask_classes_parse(&list, arena, "classes.txt", (const uint8_t *)text, strlen(text), err);
}

static void expect(size_t at, const char *name, uint32_t index, long colour)
{
    assert_true(at < list.count);
    assert_string_equal(list.item[at].name, name);
    assert_int_equal(list.item[at].index, index);
    assert_int_equal(list.item[at].has_colour, colour >= 0);
    const uint8_t *c = list.item[at].rgb;
    if (colour >= 0)
        assert_int_equal(c[0] << 16 | c[1] << 8 | c[2], colour);
}

static void every_form_is_read(void **state)
{
    (void)state;
    eh_arena *arena = eh_arena_new();
    assert_int_equal(parse(arena, "\xef\xbb\xbfsky\r\n\r\ntraffic light\r\n# a remark\r\nroad 2", NULL),
                     EH_OK);
    assert_int_equal(list.count, 3);
    assert_false(list.colours);
    expect(0, "sky", 0, -1);
    expect(1, "traffic light", 1, -1);
    expect(2, "road 2", 2, -1);
    assert_int_equal(parse(arena, "0 sky\n7,traffic light\n255:void\n", NULL), EH_OK);
    expect(0, "sky", 0, -1);
    expect(1, "traffic light", 7, -1);
    expect(2, "void", 255, -1);
    assert_int_equal(parse(arena, "128 128 128\tSky\n64 0 128 \t Sign Symbol\n", NULL), EH_OK);
    assert_true(list.colours);
    expect(0, "Sky", 0, 0x808080);
    expect(1, "Sign Symbol", 1, 0x400080);
    assert_int_equal(parse(arena, "name,r,g,b\nAnimal,64,128,64\nArchway,192,0,128\r", NULL), EH_OK);
    expect(0, "Animal", 0, 0x408040);
    expect(1, "Archway", 1, 0xc00080);
    assert_int_equal(parse(arena, "3 sky 1 2 3\n4 10 20 30 road", NULL), EH_OK);
    expect(0, "sky", 3, 0x010203);
    expect(1, "road", 4, 0x0a141e);
    eh_arena_free(arena);
}

static void lists_that_make_no_sense_name_the_line(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        { "", "names no class" },
        { "\n# nothing\n", "names no class" },
        { "sky\nroad\nsky\n", "names the class 'sky' twice" },
        { "0 sky\n0 road\n", "gives the number 0 to 'sky' and to 'road'" },
        { "1 2 3 sky\n1 2 3 road\n", "gives the same colour to 'sky' and to 'road'" },
        { "1 2 3 sky\nroad\n", "gives a colour to 1 of its 2 classes" },
        { "sky\n1 2 road\n", "classes.txt:2: 2 numbers stand before the name" },
        { "0 0 256 sky\n", "classes.txt:1: the colour has a part of 256" },
        { "256 sky\n", "classes.txt:1: the number 256 is beyond 255" },
    };
    eh_arena *arena = eh_arena_new();
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        eh_error err = { 0 };
        assert_int_equal(parse(arena, cases[i][0], &err), EH_ERR_INPUT);
        if (!strstr(err.message, cases[i][1]))
            fail_msg("'%s' lacks '%s'", err.message, cases[i][1]);
    }
    eh_error err = { 0 };
    assert_int_equal(eh_mask_classes_parse(&list, arena, "classes.txt", (const uint8_t *)"a\0b", 3, &err),
                     EH_ERR_INPUT);
    assert_non_null(strstr(err.message, "not a text file"));
    eh_arena_free(arena);
}

static void names_that_mean_nothing_are_known(void **state)
{
    (void)state;
    assert_true(eh_mask_class_is_void("Void"));
    assert_true(eh_mask_class_is_void("unlabelled"));
    assert_true(eh_mask_class_is_void("dont_care"));
    assert_false(eh_mask_class_is_void("background"));
    assert_false(eh_mask_class_is_void("road"));
    assert_false(eh_mask_class_is_void("a very long name of a class that is not in the list"));
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(every_form_is_read),
                                        cmocka_unit_test(lists_that_make_no_sense_name_the_line),
                                        cmocka_unit_test(names_that_mean_nothing_are_known) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
