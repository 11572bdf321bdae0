#!/bin/sh
# make check: everything about the code that can be judged without running it. Each part prints one line when all is well.
set -u
cd "$(dirname "$0")/.." || exit 1
bad=0
for part in format layers sizes banned names headers tidy; do
    sh "tools/check/$part.sh" || {
        echo "check: $part: NOT in order" >&2
        bad=1
    }
done
exit $bad
