#!/usr/bin/env bash
# The benches, small: that they run, and that all contestants give the same. What they measure is not judged here.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
filter=${1:-}
preset=$(basename "${MILLRACE_BUILD:-build/release}")
passed=0 failed=0

bench() {
  local name=$1 wanted=$2 output
  case "bench $name" in *"$filter"*) ;; *) return 0 ;; esac
  if output=$("bench/$name/run.sh" --preset "$preset" "${@:3}" 2>&1) && grep -q "$wanted" <<<"$output"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '%s\n' "$output"
  fi
}

bench shape '^cross-check: all wrote the same rows' --records 2000 --rounds 1
bench expr "^cross-check: " --records 2000 --rounds 1
bench tables "^bare Merge's CPU of ours" --records 2000 --rounds 1
bench embedded '^cross-check: all left the same rows' --records 2000 --rounds 1 --live-seconds 2
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
