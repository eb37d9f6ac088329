#!/usr/bin/env bash
# The client, the sink and whole pipelines against a real Cassandra that this script starts on loopback, in a folder and on ports of
# its own; what is in its tables is read back by a client that is not ours. MILLRACE_STACK_CASSANDRA=4.1 takes that version.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
source scripts/lib.sh
filter=${1:-}
need_packages build stack

export MILLRACE_STACK_DIR=$PWD/build/real/cassandra MILLRACE_STACK_OFFSET=${MILLRACE_REAL_OFFSET:-20000}
export MILLRACE_STACK_CASSANDRA_SETTINGS='authenticator: PasswordAuthenticator
authorizer: CassandraAuthorizer'
export MILLRACE_STACK_CASSANDRA_SYNC=group  # one node alone is killed, and has to keep what it has acknowledged
venv=$(scripts/venv.sh real)
stop() { scripts/stack.sh wipe cassandra >/dev/null 2>&1 || true; }
trap stop EXIT
stop
scripts/stack.sh up cassandra || { echo "0 passed, 1 failed"; exit 1; }

MILLRACE_CASSANDRA=$(scripts/stack.sh address cassandra)
export MILLRACE_CASSANDRA MILLRACE_CASSANDRA_LOGIN=cassandra:cassandra
exec_status=0
"$venv/bin/python" -B tests/real/cassandra/run_cassandra.py "$filter" || exec_status=$?
exit $exec_status
