#!/usr/bin/env bash
# `./x bench expr [--json] [--filter TEXT] [--records N] [--rounds N] [--preset NAME]`: the expressions of expressions.txt, evaluated over
# columns in memory on one thread; millrace beside DuckDB.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh

records=1000000
preset=release
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --json) options+=(--json) ;;
    --filter) options+=(--filter "${2:?--filter needs a part of a name, or a group}"); shift ;;
    --records) records=${2:?--records needs a number}; shift ;;
    --rounds) options+=(--rounds "${2:?--rounds needs a number}"); shift ;;
    --preset) preset=${2:?--preset needs a name}; shift ;;
    *) die "bench expr does not know $1" ;;
  esac
  shift
done

build_target "$preset" bench_expr >&2
venv=${MILLRACE_VENV:-$(scripts/venv.sh bench)}
data=$PWD/build/bench/expr
mkdir -p "$data"
"$venv/bin/python" bench/expr/compare.py --records "$records" --data "$data" --build "build/$preset" "${options[@]}"
