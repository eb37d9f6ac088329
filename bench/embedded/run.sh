#!/usr/bin/env bash
# `./x bench embedded [--json] [--records N,N...] [--rounds N] [--only NAMES] [--live-seconds N] [--preset NAME]`: users from a
# file -> topic, committed -> checks -> table, exactly once; millrace with and without dedupe beside what the bare libraries
# allow, Python with SQLite, and PySpark. Several sizes give the cost curve; 20 million need 45 GB of disk. Then `up`: how long
# it takes to start, what it needs when idle, and how soon a row can be read.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh

records=1000000
preset=release
live_seconds=20
options=()
while [ $# -gt 0 ]; do
  case $1 in
    --json) options+=(--json) ;;
    --records) records=${2:?--records needs a number}; shift ;;
    --preset) preset=${2:?--preset needs a name}; shift ;;
    --live-seconds) live_seconds=${2:?--live-seconds needs a number}; shift ;;
    --rounds | --only) options+=("$1" "${2:?"$1" needs a value}"); shift ;;
    *) die "bench embedded does not know $1" ;;
  esac
  shift
done

for target in millrace millrace_users_gen bench_embedded_bare; do build_target "$preset" $target >&2; done
need_packages parity
venv=${MILLRACE_VENV:-$(scripts/venv.sh bench)}
spark=${MILLRACE_SPARK_VENV:-$(scripts/venv.sh parity)}

data=$PWD/build/bench/embedded
mkdir -p "$data"
trap 'rm -rf "$data"/*.home "$data"/log "$data"/up.log' EXIT

users() {
  local file=$data/users-$1.jsonl
  if [ ! "$file" -nt "build/$preset/millrace_users_gen" ]; then
    "build/$preset/millrace_users_gen" "${@:2}" >"$file.partial"
    mv "$file.partial" "$file"
  fi
}

first=${records%%,*}
flaws=(--bad missing_field=1 --bad bad_email=1 --bad future_date=1 --bad duplicate=5)
for count in ${records//,/ } $((first < 100000 ? first : 100000)); do users "$count" "$count" 1 "${flaws[@]}"; done
live=live-$live_seconds
if [ "$live_seconds" -gt 0 ]; then users "$live" $((11000 * live_seconds)) 2; fi
# Into the page cache: the reading disk is not what is measured.
cat "$data/users-$first.jsonl" >/dev/null
"$venv/bin/python" bench/embedded/compare.py --records "$records" --data "$data" --build "build/$preset" --spark "$spark/bin/python" \
  --live-seconds "$live_seconds" --live-users "$data/users-$live.jsonl" "${options[@]}"
