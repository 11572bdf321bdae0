#!/bin/sh
set -eu
"$EVENHAND" --version | grep -q '^evenhand [0-9]'
