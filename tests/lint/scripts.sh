#!/usr/bin/env bash
# Runs shellcheck over all shell scripts.
set -euo pipefail
cd "$(dirname "$0")/../.."
mapfile -d '' -t scripts < <(git ls-files -co --exclude-standard -z | xargs -0 grep -lZ -m1 -E '^#!(/usr/bin/env bash|/bin/sh)' --)
shellcheck "${scripts[@]}"
echo "shellcheck: ${#scripts[@]} scripts"
