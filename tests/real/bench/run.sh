#!/usr/bin/env bash
# The bench against real servers, small: that it runs, and that all that was written is there.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
filter=${1:-}
if [ -n "$filter" ] && [ "$filter" != cluster ]; then
  echo "0 passed, 0 failed"
  exit 0
fi
preset=$(basename "${MILLRACE_BUILD:-build/release}")
if output=$(bench/cluster/run.sh --preset "$preset" --records 2000 --rounds 1 2>&1) && grep -q '^millrace ' <<<"$output"; then
  echo "1 passed, 0 failed"
else
  printf '%s\n' "$output"
  echo "0 passed, 1 failed"
  exit 1
fi
