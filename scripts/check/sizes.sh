#!/usr/bin/env bash
# Functions within 70 lines, headers within 250, sources within 600, READMEs of rooms within 30. What is over is listed in
# size_exceptions.txt with its size; a line there may shrink or go, never grow. Usage: sizes.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

# Prints "NAME LINES LIMIT" of all that is too long.
too_long() {
  find src -name '*.h' -o -name '*.cc' -o -name README.md | sort | xargs -r awk '
    function end_of_file() {
      limit = file ~ /[.]h$/ ? 250 : file ~ /[.]cc$/ ? 600 : 30
      if (file && lines > limit) print file, lines, limit
    }
    FNR == 1 { end_of_file(); file = FILENAME; head = "" }
    { lines = FNR }
    file ~ /[.]md$/ { next }
    # Namespaces are not indented, so what is outside a class starts and ends in the first column. What has a "=" before
    # its first parenthesis is a table.
    /^[A-Za-z_\[]/ { head = $0; start = FNR }
    /^}/ {
      if (head ~ /^[^=]*[(]/ && head !~ /^(namespace|class|struct|enum|union) / && FNR - start + 1 > 70) {
        match(head, /[A-Za-z0-9_:~]+[(]/)
        name = substr(head, RSTART, RLENGTH - 1)
        if (head ~ /^TEST/) { name = head; gsub(/^TEST[_A-Z]*[(]|[)].*/, "", name); gsub(/, */, ".", name) }
        print file ":" name, FNR - start + 1, 70
      }
      head = ""
    }
    END { end_of_file() }'
}

too_long | awk -v list=scripts/check/size_exceptions.txt '
  function report(text) { print text; bad = 1 }
  BEGIN {
    while ((getline line < list) > 0) if (line !~ /^(#|$)/) { split(line, word, " "); known[word[1]] = word[2] }
  }
  { seen[$1] = 1 }
  !($1 in known) { report($1 ": " $2 " lines, at most " $3); next }
  $2 > known[$1] { report($1 ": has grown from " known[$1] " to " $2 " lines, at most " $3) }
  $2 < known[$1] { report($1 ": has shrunk; write " $2 " in " list) }
  END {
    for (name in known) if (!(name in seen)) report(name ": is within its limit; take it out of " list)
    exit bad
  }'
