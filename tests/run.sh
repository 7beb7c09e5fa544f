#!/usr/bin/env bash
# Installs what tests need, builds, and runs all tests. The last line reads "N passed, M failed".
#   tests/run.sh               everything: all tests, the unit tests again under AddressSanitizer and
#                              UndefinedBehaviorSanitizer, those that use threads under ThreadSanitizer, and each fuzz
#                              target for a few seconds
#   tests/run.sh -LE slow      words go to ctest, which then runs once, in build/release only
set -euo pipefail
cd "$(dirname "$0")/.."

passed=0
failed=0
skipped=0
jobs=$(deploy/jobs.sh)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

step() { printf '\n== %s (%d s)\n' "$*" "$SECONDS"; }

# build PRESET [TARGET...]
build() {
  local preset=$1
  shift
  cmake --preset "$preset" -DSISUMAIL_TESTS=ON >"$scratch/configure.log" 2>&1 || {
    cat "$scratch/configure.log"
    exit 1
  }
  cmake --build --preset "$preset" -j"$jobs" ${1:+--target "$@"}
}

# run_tests PRESET [WORDS FOR CTEST...]: adds to the counts.
run_tests() {
  local preset=$1 report="$scratch/$1.log" bad total not_run
  shift
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error -j"$jobs" "$@" >"$report" 2>&1 &
  local pid=$!
  tail -f --pid="$pid" -n +1 "$report" | grep --line-buffered -vE '^ +Start +[0-9]+: ' || true
  wait "$pid" || true
  # "97% tests passed, 3 tests failed out of 120"; the tests that skipped themselves count as passed there.
  bad=$(sed -n 's/.* \([0-9]*\) tests failed out of .*/\1/p' "$report" | tail -n 1)
  total=$(sed -n 's/.* tests failed out of \([0-9]*\).*/\1/p' "$report" | tail -n 1)
  if [ -z "$total" ]; then
    echo "tests/run.sh: ctest in build/$preset ran nothing" >&2
    exit 1
  fi
  not_run=$(grep -c '(Skipped)$' "$report" || true)
  passed=$((passed + total - bad - not_run))
  failed=$((failed + bad))
  skipped=$((skipped + not_run))
}

step packages
deploy/packages.sh test

step build
build release

step tests
run_tests release "$@"

if [ $# -eq 0 ]; then
  step "unit tests with AddressSanitizer and UndefinedBehaviorSanitizer"
  build asan unit_tests
  run_tests asan -L unit -LE slow
  step "unit tests that use threads, with ThreadSanitizer"
  build tsan threaded_unit_tests
  run_tests tsan -L unit_threaded -LE slow
  step "fuzz targets, a few seconds each"
  build fuzz
  run_tests fuzz
fi

step finished
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line+=", $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ]
