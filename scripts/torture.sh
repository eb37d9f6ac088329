#!/usr/bin/env bash
# The release program, killed and started again as often as one likes; see tests/torture.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

need_packages build
build_target release millrace >&2
MILLRACE=$PWD/build/release/millrace exec /usr/bin/python3 tests/torture/torture.py "$@"
