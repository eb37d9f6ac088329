#!/usr/bin/env bash
# Every test that needs nothing but this machine. A runner is tests/NAME/run.sh [FILTER]: it prints what failed and ends with the
# line `N passed, N failed`. It gets MILLRACE (the program), MILLRACE_BUILD (its build folder) and, when expected outputs are to be
# rewritten, MILLRACE_UPDATE=1. With --real they are those of tests/real/, each against a real server that it starts. With
# --threads it is what has threads, built with the thread sanitizer.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

filter='' preset=dev runners=$(list_runners tests)
for argument in "$@"; do
  case $argument in
    --update) export MILLRACE_UPDATE=1 ;;
    --real) runners=$(list_runners tests/real | sed 's#^#real/#') ;;
    --threads) preset=tsan runners='poll program schedule unit' ;;
    -*) die "no option called $argument" ;;
    *) filter=$argument ;;
  esac
done

export TSAN_OPTIONS="suppressions=$PWD/tests/tsan.supp ${TSAN_OPTIONS:-}"
need_packages build test
build_target "$preset" all
export MILLRACE_BUILD=build/$preset MILLRACE=$PWD/build/$preset/millrace

passed=0 failed=0
run_runner() {
  local name=$1 log status=0 good=0 bad=1 started=$SECONDS
  log=$(log_file "test-${name/\//-}")
  "tests/$name/run.sh" "$filter" >"$log" 2>&1 || status=$?
  if [[ $(tail -n 1 "$log") =~ ^([0-9]+)\ passed,\ ([0-9]+)\ failed$ ]]; then
    good=${BASH_REMATCH[1]} bad=${BASH_REMATCH[2]}
  fi
  if [ "$status" != 0 ] && [ "$bad" = 0 ]; then bad=1; fi
  if [ "$bad" != 0 ]; then
    cat "$log"
    say "$name: ended with status $status"
  fi
  passed=$((passed + good)) failed=$((failed + bad))
  printf '%-15s %5d passed, %d failed (%d s)\n' "$name" "$good" "$bad" $((SECONDS - started))
}

for name in $runners; do run_runner "$name"; done
printf '%d passed, %d failed\n' "$passed" "$failed"
if [ $((passed + failed)) = 0 ]; then die "no test's name holds '$filter'"; fi
[ "$failed" = 0 ]
