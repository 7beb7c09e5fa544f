#!/usr/bin/env bash
# clang-tidy with the checks of .clang-tidy, over the compile commands of build/tidy.
#   tests/lint/tidy.sh                files that differ from main
#   tests/lint/tidy.sh all            every file (minutes)
#   tests/lint/tidy.sh FILE...        these files
# clang 14 cannot compile what uses asio::awaitable with libstdc++ 12 (docs/development.md): such files are left out, and
# counted in the last line.
set -euo pipefail
cd "$(dirname "$0")/../.."

case "${1:-changed}" in
  all) mapfile -t files < <(git ls-files 'common/*.cpp' 'proto/*.cpp' 'relay/*.cpp' 'client/*.cpp') ;;
  changed) mapfile -t files < <(git diff --name-only --diff-filter=d main -- 'common/*.cpp' 'proto/*.cpp' 'relay/*.cpp' 'client/*.cpp') ;;
  *) files=("$@") ;;
esac

# Compiled by clang from the start: g++ has flags in its compile commands that clang does not know.
build=build/tidy
cmake --preset fuzz -B "$build" >/dev/null
known=$(sed -n 's/.*"file": "\(.*\)".*/\1/p' "$build/compile_commands.json")
wanted=()
left_out=0
for file in "${files[@]}"; do
  if grep -qxF "$PWD/$file" <<<"$known"; then wanted+=("$file"); else left_out=$((left_out + 1)); fi
done
if [ ${#wanted[@]} -gt 0 ]; then
  printf '%s\0' "${wanted[@]}" | xargs -0 -n 1 -P "$(nproc)" clang-tidy -p "$build" --quiet
fi
echo "tidy: ${#wanted[@]} files clean, $left_out left out (they use Asio)"
