#!/usr/bin/env bash
# run.sh [FILTER]                  compares with Spark's recorded answers
# run.sh --spark [FILTER]          the same, after asking real Spark whether they are still what it says
# run.sh --record [FAMILY ...]     asks real Spark and writes them
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

spark() {
  local venv=${MILLRACE_VENV:-}
  if [ -z "$venv" ]; then venv=$(scripts/venv.sh parity); fi
  "$venv/bin/python" tests/parity/spark_answers.py "$@"
}

case ${1:-} in
  --record) spark "$@"; exit ;;
  --spark) spark; shift ;;
esac
exec "${MILLRACE_BUILD:-build/release}/millrace_parity" tests/parity "$@"
