#!/usr/bin/env bash
# Topics of Avro with their schemas in a real schema registry, which is started for this, on a port of its own.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
source scripts/lib.sh

MILLRACE_STACK_DIR=$(mktemp -d)
MILLRACE_STACK_OFFSET=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1] - 8081)')
export MILLRACE_STACK_DIR MILLRACE_STACK_OFFSET
trap 'scripts/stack.sh down registry >/dev/null 2>&1; rm -rf "$MILLRACE_STACK_DIR"' EXIT
scripts/stack.sh up registry

"${MILLRACE_PYTHON:-$(scripts/venv.sh test)/bin/python}" tests/real/registry/run_registry.py "$(scripts/stack.sh address registry)" "${1:-}"
