#!/usr/bin/env bash
# Lints every shell script.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
git grep -lzE '^#!.*\b(ba)?sh$|^# shellcheck shell=' -- ':!*.md' | xargs -0 -r shellcheck -x
