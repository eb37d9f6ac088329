#!/usr/bin/env bash
# Every check of style, or the named one. Each is scripts/check/NAME.sh: silent when all is well.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

only=${1:-}
if [ -n "$only" ] && [ ! -x "scripts/check/$only.sh" ]; then
  die "no check called $only; there are: $(basename -s .sh scripts/check/*.sh | xargs)"
fi
need_packages build test

failed=0
for script in scripts/check/*.sh; do
  name=$(basename "$script" .sh)
  if [ -n "$only" ] && [ "$name" != "$only" ]; then continue; fi
  started=$SECONDS
  if "$script"; then result=ok; else result=FAILED failed=$((failed + 1)); fi
  printf '%-8s %s (%d s)\n' "$name" "$result" $((SECONDS - started))
done
[ "$failed" = 0 ] || die "$failed failed"
