#!/usr/bin/env bash
# Avro to and from fastavro, an implementation that is not ours.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh

exec "${MILLRACE_PYTHON:-$(scripts/venv.sh test)/bin/python}" tests/avro/exchange.py "$MILLRACE_BUILD/avro_samples" "${1:-}"
