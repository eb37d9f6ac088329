#!/usr/bin/env bash
# The GoogleTest programs of all rooms, each split over the cores. A crash counts as one failure.
set -euo pipefail
filter=${1:-}
shards=$(nproc)
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

run_shard() {
  local program=$1 shard=$2 status=0
  local log
  log=$logs/$(basename "$program").$shard
  GTEST_TOTAL_SHARDS=$shards GTEST_SHARD_INDEX=$shard timeout 900 \
    "$program" --gtest_brief=0 --gtest_color=no "--gtest_filter=*$filter*" >"$log" 2>&1 || status=$?
  if [ $status != 0 ] && ! grep -q '^\[  FAILED  \] .* ms)$' "$log"; then
    echo "[  FAILED  ] $program crashed with status $status (0 ms)" >>"$log"
  fi
}

shopt -s nullglob
for program in "$MILLRACE_BUILD"/*_test; do
  pids=()
  for ((shard = 0; shard < shards; shard++)); do
    run_shard "$program" "$shard" &
    pids+=($!)
  done
  wait "${pids[@]}"
done

passed=0 failed=0
for log in "$logs"/*; do
  passed=$((passed + $(grep -c '^\[       OK \] ' "$log" || true)))
  bad=$(grep -c '^\[  FAILED  \] .* ms)$' "$log" || true)
  failed=$((failed + bad))
  if [ "$bad" != 0 ]; then grep -Ev '^\[( +OK |-+|=+)\]' "$log"; fi
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
