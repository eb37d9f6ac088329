#!/usr/bin/env bash
# clang-tidy over the sources, two at a time. A file's result is kept under a hash of all that it depends on: itself, the
# headers that it includes, .clang-tidy, and the versions of the installed packages.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh
need_packages build test

cache=${MILLRACE_TIDY_CACHE:-build/tidy}
mkdir -p "$cache"
# shellcheck disable=SC2046  # a list of words
versions=$( (cat .clang-tidy; dpkg-query -W $(packages_of build test)) | sha256sum)

# Prints "FILE HASH" of every source that is to be judged; the hash covers the closure of its includes.
keys() {
  find src \( -name '*.h' -o -name '*.cc' \) -print0 | sort -z | xargs -0 sha256sum | awk -v versions="$versions" '
    function closure(file,    line, included, parts) {
      if (file in seen || !(file in sum)) return ""
      seen[file] = 1; parts = sum[file]
      while ((getline line < file) > 0) {
        if (line !~ /^ *# *include *"/) continue
        split(line, quoted, "\""); included = included " src/" quoted[2]
      }
      close(file)
      count = split(included, names, " ")
      for (i = 1; i <= count; ++i) pending[++last] = names[i]
      return parts
    }
    { sum[$2] = $1 }
    END {
      for (file in sum) {
        if (file !~ /[.]cc$/ || file ~ /_(test|bench)[.]cc$/) continue
        split("", seen); split("", pending); first = 1; last = 1; pending[1] = file; key = ""
        while (first <= last) key = key closure(pending[first++])
        print file, key
      }
    }' | sort | while read -r file key; do
    printf '%s %s\n' "$file" "$(printf '%s%s' "$versions" "$key" | sha256sum | cut -c1-40)"
  done
}

judge() {
  local file=$1 key=$2 out
  if out=$(clang-tidy-14 --quiet --warnings-as-errors='*' "$file" -- -std=c++2b -Isrc -Wall -Wextra 2>/dev/null); then
    touch "$3/$key"
  else
    printf '%s\n' "$out"
    return 1
  fi
}
export -f judge

keys | while read -r file key; do
  if [ ! -f "$cache/$key" ]; then printf '%s %s\n' "$file" "$key"; fi
done | xargs -r -P "$(jobs_max)" -L 1 bash -c 'judge "$1" "$2" "$0"' "$cache"
