/* Checked allocation and arenas. */
#include "evenhand/memory.h"

#include "support/cmocka_all.h"

#include <string.h>

static void blocks_are_zeroed_aligned_and_counted(void **state)
{
    (void)state;
    uint64_t live = eh_alloc_live_bytes(), count = eh_alloc_count();
    for (size_t size = 1; size < 5000; size = size * 2 + 1) {
        unsigned char *block = eh_alloc(size, 1);
        assert_non_null(block);
        if (size >= 64)
            assert_int_equal((uintptr_t)block % 64, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(block[i], 0);
        assert_true(eh_alloc_live_bytes() >= live + size);
        eh_free(block);
        count++;
    }
    assert_int_equal(eh_alloc_live_bytes(), live);
    assert_int_equal(eh_alloc_count(), count);
    void *raw = eh_alloc_raw(3, 1);
    assert_int_equal((uintptr_t)raw % 64, 0);
    eh_free(raw);
    eh_free(NULL);
}

static void an_overflowing_size_fails_and_an_empty_one_does_not(void **state)
{
    (void)state;
    assert_null(eh_alloc(SIZE_MAX / 2, 3));
    assert_null(eh_alloc(3, SIZE_MAX / 2));
    assert_null(eh_alloc_raw(SIZE_MAX, 1));
    assert_null(eh_realloc(NULL, 0, SIZE_MAX / 4, 8));
    void *empty = eh_alloc(0, 8);
    assert_non_null(empty);
    eh_free(empty);
}

static void growing_keeps_the_content_and_zeroes_the_rest(void **state)
{
    (void)state;
    uint32_t *block = eh_realloc(NULL, 0, 10, sizeof *block);
    for (uint32_t i = 0; i < 10; i++)
        block[i] = i + 1;
    block = eh_realloc(block, 10, 1000, sizeof *block);
    assert_int_equal((uintptr_t)block % 64, 0);
    for (uint32_t i = 0; i < 1000; i++)
        assert_int_equal(block[i], i < 10 ? i + 1 : 0);
    block = eh_realloc(block, 1000, 3, sizeof *block);
    assert_int_equal(block[2], 3);
    assert_null(eh_realloc(block, 3, SIZE_MAX / 2, sizeof *block));
    assert_int_equal(block[1], 2); /* a failed growth leaves the block as it was */
    eh_free(block);
}

static int fail_second(void *user, uint64_t number, size_t bytes)
{
    *(size_t *)user += bytes;
    return number == 1;
}

static void the_hook_numbers_calls_from_zero_and_can_make_one_fail(void **state)
{
    (void)state;
    size_t total = 0;
    eh_alloc_set_hook(fail_second, &total);
    void *first = eh_alloc(1, 8), *second = eh_alloc(1, 16), *third = eh_alloc(1, 32);
    eh_alloc_set_hook(NULL, NULL);
    assert_non_null(first);
    assert_null(second);
    assert_non_null(third);
    assert_int_equal(total, 56);
    eh_free(first);
    eh_free(third);
}

static void a_failed_allocation_says_how_much_for_what(void **state)
{
    (void)state;
    eh_error err = { 0 };
    assert_int_equal(eh_fail_memory(&err, "pixels of a.jpg", 1 << 20, 3), EH_ERR_MEMORY);
    assert_non_null(strstr(err.message, "pixels of a.jpg (3 MiB)"));
}

static void arena_pieces_are_zeroed_aligned_and_apart(void **state)
{
    (void)state;
    uint64_t live = eh_alloc_live_bytes();
    eh_arena *arena = eh_arena_new();
    unsigned char *piece[600];
    for (size_t i = 0; i < 600; i++) {
        size_t size = (i * 37) % 900 + (i % 50 == 0 ? 100000 : 0);
        piece[i] = eh_arena_alloc(arena, size, 1);
        assert_int_equal((uintptr_t)piece[i] % 16, 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(piece[i][k], 0);
        memset(piece[i], (int)(i & 0xFF), size);
    }
    for (size_t i = 0; i < 600; i++) {
        size_t size = (i * 37) % 900 + (i % 50 == 0 ? 100000 : 0);
        for (size_t k = 0; k < size; k++)
            assert_int_equal(piece[i][k], i & 0xFF);
    }
    eh_arena_free(arena);
    eh_arena_free(NULL);
    assert_int_equal(eh_alloc_live_bytes(), live);
}

static void arenas_copy_and_format_text(void **state)
{
    (void)state;
    eh_arena *arena = eh_arena_new();
    assert_null(eh_arena_strdup(arena, NULL));
    assert_string_equal(eh_arena_strdup(arena, "abc"), "abc");
    assert_string_equal(eh_arena_printf(arena, "%s-%05d", "x", 42), "x-00042");
    char *longer = eh_arena_printf(arena, "%10000s", "end");
    assert_int_equal(strlen(longer), 10000);
    assert_null(eh_arena_alloc(arena, SIZE_MAX / 2, 4));
    eh_arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(blocks_are_zeroed_aligned_and_counted),
        cmocka_unit_test(an_overflowing_size_fails_and_an_empty_one_does_not),
        cmocka_unit_test(growing_keeps_the_content_and_zeroes_the_rest),
        cmocka_unit_test(the_hook_numbers_calls_from_zero_and_can_make_one_fail),
        cmocka_unit_test(a_failed_allocation_says_how_much_for_what),
        cmocka_unit_test(arena_pieces_are_zeroed_aligned_and_apart),
        cmocka_unit_test(arenas_copy_and_format_text),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
