#!/bin/sh
# run.sh - runs the browser tests. Exit code: 0 passed, 1 failed, 77 skipped because something is not installed.
#   CHROMIUM=path           the browser, when it is not /usr/bin/chromium
#   EVENHAND_REPORT=path    checks this report instead of the samples
#   EVENHAND_PROGRAM=path   lets this program make the reports of the samples
#   EVENHAND_RESULTS=a:b    checks these results.json files against the schema as well
set -u
here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
web=$here/../../web

skip() {
    echo "SKIPPED: the browser tests of the report page need $1"
    exit 77
}

# Fetches the packages of a folder as its lock file names them.
install_packages() {
    [ -d "$1/node_modules" ] && return 0
    command -v npm >/dev/null 2>&1 || skip "npm (Debian package: npm)"
    log=$(cd "$1" && npm ci --ignore-scripts 2>&1) || { echo "$log"; skip "the npm packages of $2, which could not be fetched"; }
}

command -v node >/dev/null 2>&1 || skip "node 18 or newer (Debian package: nodejs)"
[ "$(node -p 'Number(process.versions.node.split(".")[0]) >= 18')" = true ] || skip "node 18 or newer; this is $(node --version)"
chromium=${CHROMIUM:-/usr/bin/chromium}
[ -x "$chromium" ] || skip "chromium at $chromium (Debian package: chromium)"
case ${EVENHAND_REPORT:-/} in
/*) ;;
*) EVENHAND_REPORT=$PWD/$EVENHAND_REPORT && export EVENHAND_REPORT ;;
esac
case ${EVENHAND_PROGRAM:-/} in
/*) ;;
*) EVENHAND_PROGRAM=$PWD/$EVENHAND_PROGRAM && export EVENHAND_PROGRAM ;;
esac

install_packages "$here" tests/browser
if [ ! -f "$web/dist/report_template.html" ]; then
    install_packages "$web" web
    (cd "$web" && npm run build) || exit 1
fi
cd "$here" || exit 1
tests="results_schema.test.mjs report_page.test.mjs"
[ -n "${EVENHAND_REPORT:-}" ] || tests="$tests report_behaviour.test.mjs report_data.test.mjs report_measured.test.mjs"
# shellcheck disable=SC2086  # the list is meant to be split
node --test $tests && exit 0
exit 1
