#!/usr/bin/env bash
# Every test there is. A runner is tests/NAME/run.sh [FILTER]: it prints what failed and ends with the line
# `N passed, N failed`. It gets MILLRACE (the program), MILLRACE_BUILD (its build folder) and, when expected outputs are
# to be rewritten, MILLRACE_UPDATE=1.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

filter=
for argument in "$@"; do
  case $argument in
    --update) export MILLRACE_UPDATE=1 ;;
    -*) die "no option called $argument" ;;
    *) filter=$argument ;;
  esac
done

need_packages build test
build_target dev all
export MILLRACE_BUILD=build/dev MILLRACE=$PWD/build/dev/millrace

passed=0 failed=0
run_runner() {
  local name=$1 log status=0 counts started=$SECONDS
  log=$(log_file "test-$name")
  "tests/$name/run.sh" "$filter" >"$log" 2>&1 || status=$?
  counts=$(tail -n 1 "$log")
  if [[ ! $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    say "$name: ended with status $status and without its counts"
    counts="0 passed, 1 failed"
    [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]
  elif [ "$status" != 0 ] && [ "${BASH_REMATCH[2]}" = 0 ]; then
    counts="${BASH_REMATCH[1]} passed, 1 failed"
    [[ $counts =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]
  fi
  passed=$((passed + BASH_REMATCH[1])) failed=$((failed + BASH_REMATCH[2]))
  if [ "${BASH_REMATCH[2]}" != 0 ]; then cat "$log"; fi
  printf '%-12s %s (%d s)\n' "$name" "$counts" $((SECONDS - started))
}

for name in $(list_runners tests); do run_runner "$name"; done
printf '%d passed, %d failed\n' "$passed" "$failed"
if [ $((passed + failed)) = 0 ]; then die "no test's name holds '$filter'"; fi
[ "$failed" = 0 ]
