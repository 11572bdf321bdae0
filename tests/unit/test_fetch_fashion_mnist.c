/* test_fetch_fashion_mnist.c - Fashion-MNIST as a data set to fetch, and the pinned hashes against a real copy. */
#include "support/cmocka_all.h"
#include "support/fetch_cases.h"
#include "support/real_data.h"

#include "base/file.h"
#include "base/str.h"

#include <stdio.h>
#include <sys/stat.h>

extern const eh_fetch eh_fetch_fashion_mnist;

static void the_entry_is_complete(void **state)
{
    (void)state;
    fetch_case_check(&eh_fetch_fashion_mnist);
}

static void sizes_and_hashes_are_those_of_the_real_files(void **state)
{
    char folder[1024];
    (void)state;
    if (!real_data_path(folder, sizeof folder, "fashion-mnist"))
        skip();
    for (const eh_fetch_file *f = eh_fetch_fashion_mnist.file; f->name; f++) {
        char path[1200], hex[65];
        uint8_t hash[32];
        struct stat info;
        snprintf(path, sizeof path, "%s/%s", folder, f->name);
        assert_int_equal(stat(path, &info), 0);
        assert_int_equal(info.st_size, f->bytes);
        assert_int_equal(eh_sha256_file(hash, path, NULL), EH_OK);
        eh_hex(hex, hash, 32);
        assert_string_equal(hex, f->sha256);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(the_entry_is_complete),
                                        cmocka_unit_test(sizes_and_hashes_are_those_of_the_real_files) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
