#!/usr/bin/env bash
# Hands columns of every type to pyarrow through the Arrow C data interface, and takes them back.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh

# Without sanitizers, which a library loaded by python cannot bring along; arrow_test has them.
build_target debug arrow_samples
exec "${MILLRACE_PYTHON:-$(scripts/venv.sh test)/bin/python}" tests/arrow/exchange.py build/debug/libarrow_samples.so
