#!/usr/bin/env bash
# No folder or file whose name says nothing; every room has a README.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bad=0
while IFS= read -r path; do
  echo "$path: a name that says nothing"
  bad=1
done < <(git ls-files | grep -E '(^|/)(common|utils?|helpers?|misc)(/|[._][^/]*$)' || true)
for room in src/*/; do
  if [ ! -f "${room}README.md" ]; then
    echo "${room}README.md is missing: what the room is for, its main types, what it must not know"
    bad=1
  fi
done
exit $bad
