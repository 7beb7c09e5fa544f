#!/usr/bin/env bash
# clang-format over all sources.
#   tests/lint/format.sh check    fails and names the files that differ
#   tests/lint/format.sh fix      rewrites them
set -euo pipefail
cd "$(dirname "$0")/../.."

case "${1:-}" in
  check) words=(--dry-run --Werror) ;;
  fix) words=(-i) ;;
  *)
    echo "usage: tests/lint/format.sh check|fix" >&2
    exit 2
    ;;
esac

# Releases of clang-format disagree with each other; Debian 12 has 14.
version=$(clang-format --version | sed -n 's/.*version \([0-9]*\)\..*/\1/p')
if [ "$version" != 14 ]; then
  echo "tests/lint/format.sh: clang-format 14 is needed, this is $version" >&2
  exit 1
fi
git ls-files -co --exclude-standard -z '*.cpp' '*.hpp' | xargs -0 clang-format "${words[@]}"
