/* fetch_cases.c - see fetch_cases.h. */
#include "support/fetch_cases.h"

#include "base/str.h"
#include "support/cmocka_all.h"

#include <string.h>

void fetch_case_check(const eh_fetch *set)
{
    assert_non_null(set->entry.name);
    assert_non_null(set->entry.summary);
    assert_non_null(set->entry.source);
    assert_non_null(set->licence);
    assert_true(eh_starts_with(set->page, "http"));
    assert_true((set->mirror == NULL) == (set->instructions != NULL));
    assert_true((set->mirror == NULL) == (set->file == NULL));
    if (set->instructions) {
        assert_non_null(strstr(set->instructions, "evenhand import "));
        return;
    }
    bool found_import = set->import == NULL;
    assert_non_null(set->mirror[0]);
    for (size_t i = 0; set->mirror[i]; i++) {
        assert_true(eh_starts_with(set->mirror[i], "http"));
        assert_true(eh_ends_with(set->mirror[i], "/"));
    }
    size_t files = 0;
    for (const eh_fetch_file *f = set->file; f->name; f++) {
        assert_true(f->bytes > 0);
        assert_int_equal(strlen(f->sha256), 64);
        assert_int_equal(strspn(f->sha256, "0123456789abcdef"), 64);
        assert_null(strchr(f->name, '/'));
        found_import = found_import || strcmp(f->name, set->import) == 0;
        for (const eh_fetch_file *other = set->file; other != f; other++) {
            assert_string_not_equal(other->name, f->name);
            assert_string_not_equal(other->sha256, f->sha256);
        }
        files++;
    }
    assert_true(found_import);
    assert_in_range(files, 1, sizeof((eh_fetch_report *)0)->file / sizeof((eh_fetch_report *)0)->file[0]);
}
