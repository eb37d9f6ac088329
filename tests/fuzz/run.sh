#!/usr/bin/env bash
# Every fuzzer for a short while from a fixed seed, over its seed inputs in tests/fuzz/NAME/, so that none can rot.
set -euo pipefail
source scripts/lib.sh
filter=${1:-}
build_target fuzz all >"$(log_file fuzz-build)" 2>&1 || { cat build/log/fuzz-build.log; exit 1; }

passed=0 failed=0
shopt -s nullglob
for program in build/fuzz/*_fuzz; do
  name=$(basename "$program")
  case $name in *"$filter"*) ;; *) continue ;; esac
  log=$(log_file "$name")
  seeds=()
  if [ -d "tests/fuzz/$name" ]; then seeds=("tests/fuzz/$name"); fi
  corpus=$(mktemp -d)
  if "$program" -seed=1 -runs=20000 -max_total_time=10 -timeout=10 -rss_limit_mb=1024 -artifact_prefix=build/log/"$name"- \
    "$corpus" "${seeds[@]}" >"$log" 2>&1; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "$name failed:"
    tail -n 40 "$log"
  fi
  rm -rf "$corpus"
done
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
