/* alloc_failure.c - see alloc_failure.h. */
#include "support/alloc_failure.h"

#include "evenhand/memory.h"
#include "support/cmocka_all.h"

#include <stdbool.h>

typedef struct plan {
    uint64_t fail_at;
    bool for_ever, met;
} plan;

static int on_alloc(void *user, uint64_t number, size_t bytes)
{
    plan *p = user;
    (void)bytes;
    bool fails = p->for_ever ? number >= p->fail_at : number == p->fail_at;
    p->met = p->met || fails;
    return fails;
}

uint64_t expect_survives_alloc_failure(eh_status (*operation)(void *user, eh_error *err), void *user)
{
    for (uint64_t n = 0;; n++) {
        bool met = false;
        for (int for_ever = 0; for_ever < 2; for_ever++) {
            plan p = { .fail_at = n, .for_ever = for_ever };
            uint64_t before = eh_alloc_live_bytes();
            eh_error err = { 0 };
            eh_alloc_set_hook(on_alloc, &p);
            eh_status status = operation(user, &err);
            eh_alloc_set_hook(NULL, NULL);
            assert_int_equal(eh_alloc_live_bytes(), before);
            if (p.met) {
                if (status != EH_ERR_MEMORY)
                    fail_msg("allocation %llu failing%s: status %s (%s)", (unsigned long long)n,
                             for_ever ? " and all behind it" : "", eh_status_name(status), err.message);
                assert_int_equal(err.status, EH_ERR_MEMORY);
                assert_true(err.message[0] != '\0');
            } else {
                assert_int_equal(status, EH_OK);
            }
            met = met || p.met;
        }
        if (!met)
            return n;
    }
}
