#!/usr/bin/env bash
# Installs what tests need, builds, and runs all tests. The last line reads "N passed, M failed".
#   tests/run.sh            everything
#   tests/run.sh -R smtp    further words go to ctest (here: only tests whose name matches)
set -euo pipefail
cd "$(dirname "$0")/.."

step() { printf '\n== %s\n' "$*"; }

step packages
deploy/packages.sh test

step build
cmake --preset release >build-configure.log 2>&1 || { cat build-configure.log; exit 1; }
rm -f build-configure.log
cmake --build --preset release -j2

step tests
report=$(mktemp)
trap 'rm -f "$report"' EXIT
status=0
ctest --test-dir build/release --output-on-failure -j2 "$@" 2>&1 | tee "$report" || status=$?

# "97% tests passed, 3 tests failed out of 120"
failed=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "$report" | tail -n 1)
total=$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' "$report" | tail -n 1)
if [ -z "$total" ]; then
  echo "no test ran"
  exit 1
fi
echo "$((total - failed)) passed, $failed failed"
[ "$failed" -eq 0 ] && [ "$status" -eq 0 ]
