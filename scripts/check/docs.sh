#!/usr/bin/env bash
# The generated reference is what the program says now, and every link between documents leads to a file.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

bad=0
while IFS= read -r document; do
  while IFS= read -r target; do
    if [ ! -e "$(dirname "$document")/$target" ]; then
      echo "$document: the link to $target leads nowhere"
      bad=1
    fi
  done < <(sed '/^```/,/^```/d' "$document" | grep -oE '\]\([^)#:]+' | cut -c3- || true)
done < <(git ls-files --cached --others --exclude-standard '*.md')

scripts/docs.sh --check || bad=1
exit $bad
