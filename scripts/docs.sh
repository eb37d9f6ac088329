#!/usr/bin/env bash
# Writes docs/reference/ from the components' own descriptions; --check tells whether it is what it would write.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh
need_packages build
build_target release millrace >"$(log_file docs-build)" 2>&1 || { tail -n 40 build/log/docs-build.log >&2; die "the program does not build"; }

fresh=$(mktemp -d)
trap 'rm -rf "$fresh"' EXIT
build/release/millrace help --markdown "$fresh"

if [ "${1:-}" = --check ]; then
  for file in "$fresh"/*; do
    diff -u "docs/reference/$(basename "$file")" "$file" || { echo "docs/reference is stale: run ./x docs"; exit 1; }
  done
else
  cp "$fresh"/* docs/reference/
fi
