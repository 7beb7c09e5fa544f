#!/usr/bin/env bash
# Builds the fuzz targets and runs them one after another from their corpora.
#   tests/fuzz/run.sh                  60 seconds each
#   tests/fuzz/run.sh 600              600 seconds each
#   tests/fuzz/run.sh 600 smtp_server  only targets whose name matches
# A finding stands in build/fuzz/tests/fuzz/crash-*; add it to tests/fuzz/corpus/TARGET with its fix.
set -euo pipefail
cd "$(dirname "$0")/../.."
seconds=${1:-60}
cmake --preset fuzz -DSISUMAIL_FUZZ_SECONDS="$seconds" >/dev/null
cmake --build --preset fuzz -j2
status=0
ctest --test-dir build/fuzz -L fuzz -R "fuzz:.*${2:-}" --output-on-failure || status=$?
cmake --preset fuzz -USISUMAIL_FUZZ_SECONDS >/dev/null # the short runs of tests/run.sh stay short
exit "$status"
