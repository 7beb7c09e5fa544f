#!/usr/bin/env bash
# Installs what tests need, builds, and runs all tests. The last line reads "N passed, M failed".
#   tests/run.sh               everything: all tests; the unit tests and some stories again under AddressSanitizer and
#                              UndefinedBehaviorSanitizer; those that use threads, and some stories, under ThreadSanitizer;
#                              each fuzz target for a few seconds
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
  ctest --test-dir "build/$preset" --output-on-failure --no-tests=error "$@" >"$report" 2>&1 &
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

if [ $# -gt 0 ]; then
  step tests
  run_tests release -j"$jobs" "$@"
else
  step "quick tests"
  run_tests release -j"$jobs" -LE slow
  step "slow tests"
  run_tests release -j$((2 * jobs)) -L slow # most of them wait most of the time
  step "AddressSanitizer and UndefinedBehaviorSanitizer"
  build asan unit_tests sisumail sisumail-relay
  run_tests asan -j"$jobs" -L unit -LE slow
  run_tests asan -j"$jobs" -R '^interop:(swaks|openssl|stock_ssh|relay_commands|restarts)\.'
  step ThreadSanitizer
  build tsan threaded_unit_tests sisumail sisumail-relay
  run_tests tsan -j"$jobs" -L unit_threaded -LE slow
  run_tests tsan -j"$jobs" -R '^interop:(swaks|stock_ssh|restarts)\.'
  step "fuzz targets, a few seconds each"
  build fuzz
  run_tests fuzz -j"$jobs"
fi

step finished
line="$passed passed, $failed failed"
[ "$skipped" -eq 0 ] || line+=", $skipped skipped"
echo "$line"
[ "$failed" -eq 0 ]
