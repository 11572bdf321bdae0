# Counts single tests in CTest's logs. Unit tests (cmocka) and shell tests (tests/cli/lib.sh) both end with
# "[  PASSED  ] N test(s)." and, where there are any, "[  FAILED  ] ... N test(s), listed below" and the same for SKIPPED.
# Node's test runner (tests/browser) ends with "# pass N", "# fail N", "# skipped N", or the same behind another sign.
# A test program that ends badly without having said so (a crash, a sanitizer's report) counts as one failed test.

function number_before_tests(line) {
    sub(/ test\(s\).*/, "", line)
    sub(/.* /, "", line)
    return line + 0
}

FNR == 1 { in_test = 0 }
/^[0-9]+\/[0-9]+ Test: / {
    in_test = 1
    name = $0
    sub(/^[0-9]+\/[0-9]+ Test: /, "", name)
    test_passed = test_failed = test_skipped = 0
    programs++
}
in_test && /^\[  PASSED  \] .*test\(s\)/ { test_passed += number_before_tests($0) }
in_test && /^\[  FAILED  \] .*test\(s\), listed below/ { test_failed += number_before_tests($0) }
in_test && /^\[  SKIPPED \] .*test\(s\), listed below/ { test_skipped += number_before_tests($0) }
in_test && /^[^ ]+ pass [0-9]+$/ { test_passed += $3 }
in_test && /^[^ ]+ fail [0-9]+$/ { test_failed += $3 }
in_test && /^[^ ]+ skipped [0-9]+$/ { test_skipped += $3 }
in_test && /^Test (Passed|Failed|Skipped)|^Test.*(Timeout|Exception|Not Run)/ {
    if ($0 ~ /^Test Skipped/) {
        if (test_skipped == 0)
            test_skipped = 1
    } else if ($0 !~ /^Test Passed/ && test_failed == 0) {
        test_failed = 1
        print "evenhand: " name " ended badly"
    }
    passed += test_passed
    failed += test_failed
    skipped += test_skipped
    in_test = 0
}
END {
    if (programs == 0)
        print "evenhand: no test ran"
    printf "evenhand: %d passed, %d failed, %d skipped\n", passed, failed, skipped
    exit failed > 0 || passed == 0
}
