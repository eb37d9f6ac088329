#!/usr/bin/env bash
# clang-format over all sources; --fix rewrites them.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh
need_packages test

how=(--dry-run -Werror)
if [ "${1:-}" = --fix ]; then how=(-i); fi
git ls-files -z --cached --others --exclude-standard 'src/*.cc' 'src/*.h' 'bench/*.cc' 'bench/*.h' 'tests/*.cc' 'tests/*.h' |
  while IFS= read -rd '' file; do if [ -f "$file" ]; then printf '%s\0' "$file"; fi; done |
  xargs -0 -r -P "$(jobs_max)" -n 16 clang-format-14 "${how[@]}"
