#!/usr/bin/env bash
# The checks of the house catch what they are for: each case breaks one rule in a small tree of its own.
set -euo pipefail
root=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
filter=${1:-}
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# expect NAME STATUS TEXT COMMAND...: the command ends with the status and its output holds the text.
expect() {
  local name=$1 status=$2 text=$3 out got=0
  case house/$name in *"$filter"*) ;; *) return 0 ;; esac
  out=$("${@:4}" 2>&1) || got=$?
  if [ "$got" = "$status" ] && [[ $out == *"$text"* ]]; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    printf '%s: status %s (wanted %s), output (wanted "%s"):\n%s\n' "$name" "$got" "$status" "$text" "$out"
  fi
}

# tree FILE TEXT...: a fresh source tree with these files.
tree() {
  rm -rf "$scratch/tree"
  while [ $# -gt 0 ]; do
    mkdir -p "$scratch/tree/$(dirname "$1")"
    printf '%b\n' "$2" >"$scratch/tree/$1"
    shift 2
  done
}
lines() { local i; for ((i = 0; i < $1; i++)); do printf '%s\\n' "$2"; done; }

layers=("$root/scripts/check/layers.sh" "$scratch/tree")
tree src/data/a.h '#include "base/b.h"' src/base/b.h ''
expect 'layers allow an include downwards' 0 '' "${layers[@]}"
tree src/base/a.h '#include "data/b.h"' src/data/b.h ''
expect 'layers refuse an include upwards' 1 'src/base/a.h:1: base must not include data' "${layers[@]}"
tree src/data/formats/a.cc '#include "flow/plan.h"' src/flow/plan.h ''
expect 'layers judge a nested folder by its room' 1 'data/formats must not include flow' "${layers[@]}"
tree src/wire/a.h '#include "store/b.h"' src/store/b.h ''
expect 'layers of one rank do not know each other' 1 'wire must not include store' "${layers[@]}"
tree src/connect/file/a.h '#include "connect/http/b.h"' src/connect/http/b.h '#include "connect/file/a.h"'
expect 'layers find a cycle between folders of one room' 1 'cycle of folders: connect/' "${layers[@]}"
tree src/attic/a.h '#include "base/b.h"' src/base/b.h ''
expect 'layers know every room' 1 'not in the list of layers' "${layers[@]}"

sizes=("$root/scripts/check/sizes.sh" "$scratch/tree")
tree src/base/a.h "$(lines 249 '// x')"
expect 'sizes allow a header of 250 lines' 0 '' "${sizes[@]}"
tree src/base/a.h "$(lines 251 '// x')"
expect 'sizes refuse a long header' 1 'src/base/a.h: 252 lines, at most 250' "${sizes[@]}"
tree src/base/a.cc "namespace a {\nint long_one() {\n$(lines 69 '  f();')}\n}"
expect 'sizes refuse a long function' 1 'src/base/a.cc:long_one: 71 lines, at most 70' "${sizes[@]}"
tree src/base/README.md "$(lines 30 'text')"
expect 'sizes refuse a long README' 1 'src/base/README.md: 31 lines, at most 30' "${sizes[@]}"
tree src/base/a.h "$(lines 260 '// x')" scripts/check/size_exceptions.txt 'src/base/a.h 261'
expect 'sizes know an exception' 0 '' "${sizes[@]}"
tree src/base/a.h "$(lines 261 '// x')" scripts/check/size_exceptions.txt 'src/base/a.h 261'
expect 'sizes refuse an exception that grows' 1 'has grown from 261 to 262' "${sizes[@]}"
tree src/base/a.h "$(lines 10 '// x')" scripts/check/size_exceptions.txt 'src/base/a.h 261'
expect 'sizes refuse an exception that is not needed' 1 'take it out of' "${sizes[@]}"

messages=("$root/scripts/check/messages.sh" "$scratch/tree")
tree src/flow/a.cc 'f("there is no such column");' tests/golden/a.test '--- error\nthere is no such column'
expect 'messages allow what a golden test has' 0 '' "${messages[@]}"
tree src/flow/a.cc 'f(fmt::format("there is no {} of that name", kind));' src/flow/a_test.cc 'EXPECT_EQ(g(), "there is no step of that name");'
expect 'messages allow what a unit test has, whatever was put in' 0 '' "${messages[@]}"
tree src/flow/a.cc 'f("there is no such column");'
expect 'messages refuse what no test has' 1 'src/flow/a.cc:1: no test has this message: there is no such column' "${messages[@]}"
tree src/flow/a.cc 'f("there is no such column");' scripts/check/untested_messages.txt 'src/flow/a.cc: there is no such column'
expect 'messages know an exception' 0 '' "${messages[@]}"
tree src/flow/a.cc '' scripts/check/untested_messages.txt 'src/flow/a.cc: there is no such column'
expect 'messages refuse an exception that is not needed' 1 'take this line out' "${messages[@]}"

definitions=("$root/scripts/check/definitions.sh" "$scratch/tree")
tree src/base/a.h 'namespace m {\nstruct A { struct B { int i = 1\x27000; }; };\nclass C;\n}' src/data/b.cc 'namespace m {\nnamespace {\nstruct A {};\n}\nvoid f() { struct B {}; }\nclass C final : public A {\n};\n}'
expect 'definitions allow types without a name of their own outside' 0 '' "${definitions[@]}"
tree src/base/a.h 'namespace m {\nstruct A {\n};\n}' src/data/b.cc 'namespace m {\nenum class A : int { kOne };\n}'
expect 'definitions refuse two types of one name' 1 'src/data/b.cc:2: m::A is defined at src/base/a.h:2 too' "${definitions[@]}"
tree src/base/a.h 'namespace m {\nstruct A {\n};\n}' src/data/b.cc 'namespace n {\nstruct A {\n};\n}'
expect 'definitions tell namespaces apart' 0 '' "${definitions[@]}"

cd "$root"
expect 'x names the command that there is not' 1 'no command called dance' ./x dance
expect 'x fuzz names the fuzzer that there is not' 1 'no fuzzer called dance_fuzz' ./x fuzz dance
expect 'x check names the check that there is not' 1 'no check called dance' ./x check dance

# What `./x new` makes compiles as it is; in a copy of the sources, so that this tree stays as it was.
mkdir "$scratch/copy"
cp -r x scripts packages.txt src tests "$scratch/copy/"
cd "$scratch/copy"
compiles() { ./x new "$1" fresh_one && g++ -std=c++23 -Isrc -fsyntax-only "src/$2"; }
expect 'x new step makes a step that compiles' 0 'now add kFreshOneStep' compiles step flow/steps/fresh_one.cc
expect 'x new check makes a check that compiles' 0 'now add kFreshOneCheck' compiles check flow/checks/fresh_one.cc
expect 'x new source makes a source that compiles' 0 'now add kFreshOneSource' compiles source connect/fresh_one/fresh_one_source.cc
expect 'x new sink makes a sink that compiles' 0 'now add kFreshOneSink' compiles sink connect/fresh_one/fresh_one_sink.cc
expect 'x new refuses a name that is taken' 1 'is there already' ./x new step fresh_one
expect 'x new refuses a name that is no name' 1 "not 'Fresh One'" ./x new step 'Fresh One'
expect 'x new knows four kinds' 1 'step|check|source|sink' ./x new robot fresh_one

echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
