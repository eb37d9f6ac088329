#!/usr/bin/env bash
# One fuzzer for as long as one likes. What it finds and learns stays in build/corpus/NAME; a crashing input is to be
# copied to tests/fuzz/NAME/ with the fix.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

names() { git ls-files 'src/*_fuzz.cc' | sed 's#.*/##; s#\.cc$##'; }
name=${1:-} seconds=${2:-60}
if [ -z "$name" ]; then names; exit 0; fi
name=${name%_fuzz}_fuzz
names | grep -qx "$name" || die "no fuzzer called $name; there are: $(names | xargs)"

need_packages build test
build_target fuzz "$name"
corpus=build/corpus/$name
mkdir -p "$corpus" "tests/fuzz/$name"
exec "build/fuzz/$name" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -artifact_prefix="build/corpus/" \
  "$corpus" "tests/fuzz/$name"
