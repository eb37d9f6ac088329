#!/usr/bin/env bash
# Hands columns of every type to pyarrow through the Arrow C data interface, and takes them back.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh

python=${MILLRACE_PYTHON:-build/arrow-venv/bin/python}
if ! "$python" -c 'import pyarrow' 2>/dev/null; then
  python3 -m venv build/arrow-venv
  python=build/arrow-venv/bin/python
  "$python" -m pip install --quiet --disable-pip-version-check -r tests/arrow/requirements.txt
fi
# Without sanitizers, which a library loaded by python cannot bring along; arrow_test has them.
build_target debug arrow_samples
exec "$python" tests/arrow/exchange.py build/debug/libarrow_samples.so
