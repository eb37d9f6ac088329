#!/usr/bin/env bash
# The real process, killed with SIGKILL at random moments and started again: each record of a pipeline of files, topics and
# tables must come to its end once, in a table or in quarantine, and the books must say the same.
# Usage: run.sh [FILTER]; MILLRACE_TORTURE_ROUNDS and MILLRACE_TORTURE_SEED change what a run does. `./x torture` is for by hand.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/torture.py" --filter "${1:-}"
