#!/usr/bin/env bash
# Proves that includes go one way: a folder may include itself and the folders above it in the list below, and there is no
# cycle between folders. A folder that is not listed belongs to its nearest listed parent. Usage: layers.sh [ROOT]
set -euo pipefail
cd "${1:-$(dirname "${BASH_SOURCE[0]}")/../..}"

# Lines of equal rank do not know each other.
layers='
 1 base
 2 data
 3 data/expr
 4 data/formats
 4 data/cql
 5 wire
 5 store
 6 flow
 7 flow/spec
 8 flow/checks
 9 flow/steps
10 flow/run
10 flow/query
11 flow/schedule
12 connect
13 host
14 doors
15 cli
16 testing
'

cd src
find . -name '*.h' -o -name '*.cc' | sort | xargs -r grep -Hn '^ *# *include *"' | LAYERS=$layers awk '
  # The nearest listed folder at or above this one.
  function layer(folder) {
    while (folder != "" && !(folder in rank)) { if (!sub("/[^/]*$", "", folder)) folder = "" }
    return folder
  }
  # Depth first; the path so far is in stack[1..depth].
  function visit(folder, depth,    i, next_folder, loop) {
    state[folder] = 1; stack[depth] = folder
    for (i = 1; i <= edges[folder]; ++i) {
      next_folder = edge[folder, i]
      if (state[next_folder] == 1) {
        loop = next_folder
        for (depth_of_loop = depth; stack[depth_of_loop] != next_folder; --depth_of_loop) {
          loop = stack[depth_of_loop] " -> " loop
        }
        report("cycle of folders: " next_folder " -> " loop " (" why[folder, next_folder] ")")
      } else if (!state[next_folder]) visit(next_folder, depth + 1)
    }
    state[folder] = 2
  }
  function report(text) { print "src/" text; bad = 1 }
  BEGIN {
    count = split(ENVIRON["LAYERS"], words, /[ \n]+/)
    for (i = 1; i < count; ++i) if (words[i] ~ /^[0-9]+$/) rank[words[i + 1]] = words[i] + 0
  }
  {
    split($0, part, ":"); file = substr(part[1], 3); line = part[2]
    match($0, /"[^"]*"/); included = substr($0, RSTART + 1, RLENGTH - 2)
    from = file; sub("/[^/]*$", "", from)
    to = included; if (!sub("/[^/]*$", "", to)) { report(file ":" line ": include \"" included "\" by its path from src/"); next }
    low = layer(from); high = layer(to)
    if (low == "") { report(file ": its room is not in the list of layers"); next }
    if (high == "") { report(file ":" line ": \"" included "\" is in no room"); next }
    if (low != high && rank[high] >= rank[low]) report(file ":" line ": " low " must not include " high " (" included ")")
    if (from != to && !((from, to) in why)) {
      why[from, to] = file ":" line; edge[from, ++edges[from]] = to; folders[from] = 1
    }
  }
  END { for (folder in folders) if (!state[folder]) visit(folder, 1); exit bad }
'
