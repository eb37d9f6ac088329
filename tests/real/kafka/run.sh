#!/usr/bin/env bash
# Flows of a profile on a real Kafka, which this starts by itself on loopback: killed, stopped and fenced; judged by a client that is
# not millrace's. Usage: run.sh [FILTER]
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../.."
source scripts/lib.sh
need_packages stack
venv=$(scripts/venv.sh real)
exec "$venv/bin/python" -B tests/real/kafka/kafka_test.py --filter "${1:-}"
