#!/usr/bin/env bash
# `./x bench tables [--json] [--records N] [--rounds N] [--preset NAME]`: rows of 240 bytes by random UUID into a table, compaction settled,
# beside bare RocksDB with the same options: Merge of ready-made values, and Put.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh

records=1000000
preset=release
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --json) options+=(--json) ;;
    --records) records=${2:?--records needs a number}; shift ;;
    --rounds) options+=(--rounds "${2:?--rounds needs a number}"); shift ;;
    --preset) preset=${2:?--preset needs a name}; shift ;;
    *) die "bench tables does not know $1" ;;
  esac
  shift
done

build_target "$preset" bench_tables >&2
data=$PWD/build/bench/tables
mkdir -p "$data"
trap 'rm -rf "$data"' EXIT
python3 bench/tables/compare.py --records "$records" --data "$data" --program "build/$preset/bench_tables" "${options[@]}"
