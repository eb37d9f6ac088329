#!/usr/bin/env bash
# The real process, killed with SIGKILL at random moments and started again, until every record of a pipeline of files,
# topics and tables has come to its end: each is in the table or in quarantine, once, and the books say the same.
# Usage: run.sh [FILTER]; MILLRACE_TORTURE_ROUNDS and MILLRACE_TORTURE_SEED change what a run does.
exec /usr/bin/python3 "$(dirname "${BASH_SOURCE[0]}")/torture.py" --filter "${1:-}"
