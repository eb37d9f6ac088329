#!/usr/bin/env bash
# `./x bench shape [--json] [--records N] [--rounds N] [--preset NAME]`: file -> 12 columns and 6 checks -> durable file, and to a sink that
# counts; millrace beside DuckDB, polars, plain Python (fewer records) and what the bare libraries allow.
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
    --preset) preset=${2:?--preset needs a name}; shift ;;
    --rounds) options+=(--rounds "${2:?--rounds needs a number}"); shift ;;
    *) die "bench shape does not know $1" ;;
  esac
  shift
done

for target in millrace millrace_users_gen bench_shape_bare; do build_target "$preset" $target >&2; done
venv=${MILLRACE_VENV:-$(scripts/venv.sh bench)}

data=$PWD/build/bench/shape
mkdir -p "$data"
trap 'rm -f "$data"/*.out.jsonl "$data"/*.quarantine.jsonl' EXIT
# No broken JSON: the others would lose such a record or stop at it, so what they do then is not the same work.
for count in "$records" $((records < 100000 ? records : 100000)); do
  users=$data/users-$count.jsonl
  if [ ! "$users" -nt "build/$preset/millrace_users_gen" ]; then
    "build/$preset/millrace_users_gen" "$count" 1 --bad missing_field=1 --bad bad_email=1 --bad future_date=1 >"$users.partial"
    mv "$users.partial" "$users"
  fi
  cat "$users" >/dev/null  # into the page cache: the reading disk is not what is measured
done
"$venv/bin/python" bench/shape/compare.py --records "$records" --data "$data" --build "build/$preset" "${options[@]}"
