#!/usr/bin/env bash
# The tables of characters are what Java says, whose case mapping and classes Spark has.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh
need_packages parity
scripts/unicode_tables.sh --check
