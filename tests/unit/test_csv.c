/* Comma-separated values: what is accepted, what is refused with which line, and that writing reads back. */
#include "base/csv.h"

#include "support/alloc_failure.h"
#include "support/cmocka_all.h"

#include <string.h>

typedef struct fixture {
    eh_arena *arena;
    eh_csv csv;
    eh_error err;
} fixture;

static int setup(void **state)
{
    fixture *f = test_calloc(1, sizeof *f);
    f->arena = eh_arena_new();
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    fixture *f = *state;
    eh_arena_free(f->arena);
    test_free(f);
    return 0;
}

static eh_status parse_bytes(fixture *f, const char *text, size_t size)
{
    return eh_csv_parse(&f->csv, f->arena, "t.csv", text, size, &f->err);
}

static eh_status parse(fixture *f, const char *text)
{
    return parse_bytes(f, text, strlen(text));
}

static void expect_rows(fixture *f, const char *text, size_t columns, size_t rows, const char *const *cells)
{
    assert_int_equal(parse(f, text), EH_OK);
    assert_int_equal(f->csv.columns, columns);
    assert_int_equal(f->csv.rows, rows);
    for (size_t i = 0; i < columns; i++)
        assert_string_equal(f->csv.header[i], cells[i]);
    for (size_t i = 0; i < columns * rows; i++)
        assert_string_equal(f->csv.cell[i], cells[columns + i]);
}

static void all_line_ends_are_understood(void **state)
{
    const char *const cells[] = { "a", "b", "1", "2", "3", "4" };
    expect_rows(*state, "a,b\n1,2\n3,4\n", 2, 2, cells);
    expect_rows(*state, "a,b\r\n1,2\r\n3,4\r\n", 2, 2, cells);
    expect_rows(*state, "a,b\r1,2\r3,4\r", 2, 2, cells);
    expect_rows(*state, "a,b\n1,2\n3,4", 2, 2, cells);
    expect_rows(*state, "\n\na,b\n1,2\n\n3,4\n\n", 2, 2, cells);
}

static void a_byte_order_mark_is_no_part_of_the_first_name(void **state)
{
    const char *const cells[] = { "a", "b", "1", "2" };
    expect_rows(*state,
                "\xEF\xBB\xBF"
                "a,b\n1,2\n",
                2, 1, cells);
    expect_rows(*state, "\xEF\xBB\xBF\"a\",b\n1,2\n", 2, 1, cells);
}

static void the_separator_is_found_in_the_header(void **state)
{
    const char *const cells[] = { "a", "b,c", "d", "1", "2", "3" };
    expect_rows(*state, "a;b,c;d\n1;2;3\n", 3, 1, cells);
    expect_rows(*state, "a\tb,c\td\n1\t2\t3\n", 3, 1, cells);
    /* As many of both: the comma. */
    expect_rows(*state, "a;b,c\n1,2\n", 2, 1, (const char *const[]){ "a;b", "c", "1", "2" });
    /* Separators inside quotes do not count. */
    expect_rows(*state, "\"a;b;c\",d\n1,2\n", 2, 1, (const char *const[]){ "a;b;c", "d", "1", "2" });
}

static void quotes_hold_separators_line_ends_and_doubled_quotes(void **state)
{
    fixture *f = *state;
    expect_rows(f, "a,b\n\"x,\"\"y\"\"\",\"1\n2\r\n3\r4\"\n\"\",5\" wide\nlast,\n", 2, 3,
                (const char *const[]){ "a", "b", "x,\"y\"", "1\n2\r\n3\r4", "", "5\" wide", "last", "" });
    assert_int_equal(f->csv.line[0], 2);
    assert_int_equal(f->csv.line[1], 6);
    assert_int_equal(f->csv.line[2], 7);
}

static void one_column_needs_no_separator(void **state)
{
    expect_rows(*state, "file\na\n\"\"\nb\n", 1, 3, (const char *const[]){ "file", "a", "", "b" });
}

static void expect_error(fixture *f, const char *text, eh_status status, const char *part)
{
    assert_int_equal(parse(f, text), status);
    if (!strstr(f->err.message, part))
        fail_msg("\"%s\" lacks \"%s\"", f->err.message, part);
    assert_int_equal(f->csv.rows, 0);
}

static void malformed_files_are_refused_with_the_line(void **state)
{
    expect_error(*state, "", EH_ERR_INPUT, "t.csv is empty");
    expect_error(*state, "\n\n", EH_ERR_INPUT, "t.csv is empty");
    expect_error(*state, "a,b\n1\n", EH_ERR_INPUT, "t.csv:2: this line has 1 fields, but the header has 2");
    expect_error(*state, "a,b\n1,2\n1,2,3\n", EH_ERR_INPUT, "t.csv:3: this line has 3 fields");
    expect_error(*state, "a,a\n", EH_ERR_INPUT, "both named \"a\"");
    expect_error(*state, "a,,column_2\n", EH_ERR_INPUT, "both named \"column_2\"");
    expect_error(*state, "a\n\"x\ny\n", EH_ERR_INPUT, "t.csv:2: a quoted field is never closed");
    expect_error(*state, "a\n\"x\"y\n", EH_ERR_INPUT, "t.csv:2: text follows the closing quote");
    expect_error(*state, "a\nb\xFF\n", EH_ERR_INPUT, "t.csv:2: a field is not UTF-8");
}

static void columns_without_a_name_are_called_by_their_place(void **state)
{
    fixture *f = *state;
    const char *const cells[] = { "column_1", "a", "column_3", "0", "x", "" };
    expect_rows(f, ",a,\n0,x,\n", 3, 1, cells);
    assert_int_equal(f->csv.unnamed, 2);
}

static void a_nul_byte_is_refused(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse_bytes(f, "a\nx\0y\n", 6), EH_ERR_INPUT);
    assert_non_null(strstr(f->err.message, "t.csv:2: a field contains a NUL byte"));
}

static void a_field_may_have_ten_million_bytes_and_no_more(void **state)
{
    fixture *f = *state;
    const size_t limit = (size_t)10 * 1024 * 1024;
    for (size_t extra = 0; extra < 2; extra++) {
        size_t size = 2 + limit + extra;
        char *text = eh_alloc(size, 1);
        memset(text, 'x', size);
        memcpy(text, "a\n", 2);
        assert_int_equal(parse_bytes(f, text, size), extra ? EH_ERR_LIMIT : EH_OK);
        if (!extra)
            assert_int_equal(strlen(f->csv.cell[0]), limit);
        eh_free(text);
    }
    assert_non_null(strstr(f->err.message, "t.csv:2: a field is larger than 10 MB"));
}

static void a_missing_column_names_the_nearest_and_all(void **state)
{
    fixture *f = *state;
    assert_int_equal(parse(f, "file,gender,age\na,b,c\n"), EH_OK);
    size_t index;
    assert_int_equal(eh_csv_column(&index, &f->csv, "t.csv", "age", &f->err), EH_OK);
    assert_int_equal(index, 2);
    assert_int_equal(eh_csv_column(&index, &f->csv, "t.csv", "gendre", &f->err), EH_ERR_INPUT);
    assert_string_equal(f->err.message, "t.csv has no column \"gendre\"; did you mean \"gender\"? Its "
                                        "columns are: file, gender, age.");
    assert_int_equal(eh_csv_column(&index, &f->csv, "t.csv", "split", &f->err), EH_ERR_INPUT);
    assert_string_equal(f->err.message, "t.csv has no column \"split\". Its columns are: file, gender, age.");
}

static void what_is_written_reads_back(void **state)
{
    fixture *f = *state;
    const char *const header[] = { "plain", "with,comma", "q\"uote" };
    const char *const row[] = { "line\nbreak", " spaces ", "=1+1;\t\r" };
    eh_str out = { 0 };
    eh_csv_row(&out, header, 3);
    eh_csv_row(&out, row, 3);
    assert_int_equal(parse_bytes(f, out.data, out.size), EH_OK);
    assert_int_equal(f->csv.rows, 1);
    for (int i = 0; i < 3; i++) {
        assert_string_equal(f->csv.header[i], header[i]);
        assert_string_equal(f->csv.cell[i], row[i]);
    }
    eh_str_clear(&out);
    eh_csv_row(&out, (const char *const[]){ "h" }, 1);
    eh_csv_row(&out, (const char *const[]){ "" }, 1);
    assert_string_equal(out.data, "h\n\"\"\n");
    assert_int_equal(parse_bytes(f, out.data, out.size), EH_OK);
    assert_int_equal(f->csv.rows, 1);
    eh_str_clear(&out);
}

static eh_status parse_once(void *user, eh_error *err)
{
    eh_arena *arena = eh_arena_new();
    if (!arena)
        return eh_fail_memory(err, "arena", 1, 1);
    eh_csv csv;
    eh_status status = eh_csv_parse(&csv, arena, "t.csv", user, strlen(user), err);
    eh_arena_free(arena);
    return status;
}

static void every_allocation_may_fail(void **state)
{
    (void)state;
    eh_str text = { 0 };
    eh_str_append(&text, "a,b,c\n");
    for (int i = 0; i < 300; i++)
        eh_str_appendf(&text, "%d,\"x\",y\n", i);
    assert_true(expect_survives_alloc_failure(parse_once, text.data) > 6);
    eh_str_clear(&text);
}

/* Every prefix and every single-byte change of a file must end in a result or an error, never in undefined behaviour. */
static void damaged_files_end_in_an_error_or_a_table(void **state)
{
    fixture *f = *state;
    static const char text[] = "a;\"b\"\"\";c\r\n1;\"x\ny\";\xC3\xA9\r\n\"\";;z";
    static const char damage[] = { '"', ';', '\n', '\r', '\0', '\xFF', ',' };
    for (size_t size = 0; size < sizeof text; size++) {
        parse_bytes(f, text, size);
        for (size_t d = 0; d < sizeof damage && size < sizeof text - 1; d++) {
            char copy[sizeof text];
            memcpy(copy, text, sizeof text);
            copy[size] = damage[d];
            parse_bytes(f, copy, sizeof text - 1);
        }
        eh_arena_free(f->arena);
        f->arena = eh_arena_new();
    }
    assert_int_equal(parse_bytes(f, text, sizeof text - 1), EH_OK);
    assert_int_equal(f->csv.rows, 2);
}

#define WITH_ARENA(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_ARENA(all_line_ends_are_understood),
        WITH_ARENA(a_byte_order_mark_is_no_part_of_the_first_name),
        WITH_ARENA(the_separator_is_found_in_the_header),
        WITH_ARENA(quotes_hold_separators_line_ends_and_doubled_quotes),
        WITH_ARENA(one_column_needs_no_separator),
        WITH_ARENA(columns_without_a_name_are_called_by_their_place),
        WITH_ARENA(malformed_files_are_refused_with_the_line),
        WITH_ARENA(a_nul_byte_is_refused),
        WITH_ARENA(a_field_may_have_ten_million_bytes_and_no_more),
        WITH_ARENA(a_missing_column_names_the_nearest_and_all),
        WITH_ARENA(what_is_written_reads_back),
        WITH_ARENA(damaged_files_end_in_an_error_or_a_table),
        cmocka_unit_test(every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
