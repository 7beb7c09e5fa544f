#!/usr/bin/env bash
# mandoc and groff find nothing to say about the man pages, and bash and zsh can read the completions.
set -euo pipefail
cd "$(dirname "$0")/../.."
status=0
for page in docs/man/*.[0-9]; do
  # Pages of other packages need not be installed here; long lines are a matter of taste.
  said=$(mandoc -T lint -W style "$page" 2>&1 | grep -vE 'referenced manual not found|input text line longer|outdated mandoc.db' || true)
  said+=$(groff -ww -mandoc -Tutf8 "$page" 2>&1 >/dev/null)
  if [ -n "$said" ]; then
    printf '%s\n' "$page" "$said"
    status=1
  fi
done
bash -n deploy/completions/sisumail.bash || status=1
zsh -n deploy/completions/_sisumail || status=1
exit "$status"
