#!/usr/bin/env bash
# Writes src/data/unicode_tables.inc, or with --check says whether it is stale. Needs Java 17: another version knows other
# characters.
set -euo pipefail
cd "$(dirname "$0")/.."
table=src/data/unicode_tables.inc
java -version 2>&1 | grep -q '"17\.' || { echo "unicode_tables: needs Java 17" >&2; exit 2; }
made=$(mktemp)
trap 'rm -f "$made"' EXIT
java scripts/UnicodeTables.java > "$made"
if [[ ${1:-} == --check ]]; then
  cmp -s "$made" "$table" || { echo "$table is stale: run scripts/unicode_tables.sh" >&2; exit 1; }
else
  cp "$made" "$table"
fi
