#!/usr/bin/env bash
# The embedded home on a disk that forgets, tears, fills up and fails, until so many faults have struck; see src/testing/sim.
# --seed S begins with that seed; with --faults 1 it is the only one.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

faults=10000 seed=1
while [ $# -gt 0 ]; do
  case $1 in
    --faults) faults=${2:?how many} ;;
    --seed) seed=${2:?which} ;;
    *) die "no option called $1" ;;
  esac
  shift 2
done
need_packages build test
build_target release testing_test >&2
MILLRACE_SIM_FAULTS=$faults MILLRACE_SIM_SEED=$seed exec build/release/testing_test --gtest_brief=1 --gtest_filter='HomeSimulation.*'
