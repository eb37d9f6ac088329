#!/usr/bin/env bash
export PYTHONPATH=${BASH_SOURCE[0]%/*}/../program
exec /usr/bin/python3 -B "$(dirname "${BASH_SOURCE[0]}")/run_schedule.py" "$@"
