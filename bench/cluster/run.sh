#!/usr/bin/env bash
# `./x bench cluster [--json] [--records N] [--rounds N] [--preset NAME]`: users from an embedded topic -> checks -> a real Cassandra
# of its own on this machine, beside what a bare writer of such rows gets out of it. Rows are counted in Cassandra; CPU and memory
# are those of the contestant alone.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh

records=200000
preset=release
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --json) options+=(--json) ;;
    --records) records=${2:?--records needs a number}; shift ;;
    --preset) preset=${2:?--preset needs a name}; shift ;;
    --rounds) options+=("$1" "${2:?"$1" needs a value}"); shift ;;
    *) die "bench cluster does not know $1" ;;
  esac
  shift
done

for target in millrace millrace_users_gen bench_cluster_bare; do build_target "$preset" $target >&2; done
need_packages stack
data=$PWD/build/bench/cluster
mkdir -p "$data"
users=$data/users-$records.jsonl
if [ ! "$users" -nt "build/$preset/millrace_users_gen" ]; then
  "build/$preset/millrace_users_gen" "$records" 1 >"$users.partial"
  mv "$users.partial" "$users"
fi

export MILLRACE_STACK_DIR=$data/stack MILLRACE_STACK_OFFSET=${MILLRACE_BENCH_OFFSET:-21000} MILLRACE_STACK_CASSANDRA_HEAP=1G
trap 'scripts/stack.sh wipe cassandra >/dev/null 2>&1; rm -rf "$data"/*.home "$data"/log' EXIT
scripts/stack.sh up cassandra
"$(scripts/venv.sh real)/bin/python" bench/cluster/compare.py --records "$records" --users "$users" --data "$data" --build "build/$preset" \
  --cassandra "$(scripts/stack.sh address cassandra)" "${options[@]}"
