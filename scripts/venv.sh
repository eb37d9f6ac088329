#!/usr/bin/env bash
# Makes build/venv/GROUP with the Python packages of scripts/requirements/GROUP.txt and prints its path. Groups: test, parity,
# bench. Does nothing when the folder is there and the list has not changed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

group=${1:-}
list=scripts/requirements/$group.txt
[ -f "$list" ] || die "no group called '$group'; there are: $(basename -s .txt scripts/requirements/*.txt | xargs)"
venv=$PWD/build/venv/$group
if ! cmp -s "$list" "$venv/requirements.txt"; then
  need_packages test
  say "x: installing the Python packages of $list into build/venv/$group"
  rm -rf "$venv"
  /usr/bin/python3 -m venv "$venv"
  "$venv/bin/pip" install --quiet --disable-pip-version-check --requirement "$list" >&2
  cp "$list" "$venv/requirements.txt"
fi
echo "$venv"
