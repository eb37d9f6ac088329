#!/usr/bin/env bash
# Starts a component as a copy of the simplest one of its kind, renamed, with its golden test: it builds at once, and what
# has to change is what the new one does. Usage: new.sh step|check|source|sink NAME
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

kind=${1:-} name=${2:-}
case $kind in
  step) model=where folder=src/flow/steps from=(where.cc) to=("$name.cc") ;;
  check) model=not_future folder=src/flow/checks from=(not_future.cc) to=("$name.cc") ;;
  source) model=file folder=src/connect from=(file/file_source.cc) to=("$name/${name}_source.cc") ;;
  sink)
    model=count folder=src/connect
    from=(count/count_sink.cc count/count_sink.h) to=("$name/${name}_sink.cc" "$name/${name}_sink.h")
    ;;
  *) die "usage: ./x new step|check|source|sink NAME" ;;
esac
[[ $name =~ ^[a-z][a-z0-9_]*$ ]] || die "a name is lower_case letters, digits and underscores, not '$name'"

# where -> is_adult, Where -> IsAdult.
pascal() { sed -E 's/(^|_)([a-z])/\U\2/g' <<<"$1"; }
# Only where the model's name stands for the component: "where", where:, make_where, WhereStep, connect/count/count_sink.h.
rename() {
  local old new
  old=$(pascal "$model") new=$(pascal "$name")
  sed -E "s/\"$model\"/\"$name\"/g; s/\"$model: /\"$name: /g; s/make_$model/make_$name/g; s/\b(k?)$old(Step|Check|Source|Sink)/\1$new\2/g
    s/and $model looks/and $name looks/g; s/- $model: /- $name: /g
    s#connect/$model/${model}(\.h|_sink\.h|_source\.h)#connect/$name/$name\1#g" "$1"
}
make() {
  [ -f "$1" ] || return 0
  [ ! -e "$2" ] || die "$2 is there already"
  mkdir -p "$(dirname "$2")"
  rename "$1" >"$2"
  say "made $2"
}

[ -f "$folder/${from[0]}" ] || die "$folder/${from[0]}, the $kind to copy, is not there"
for i in "${!from[@]}"; do make "$folder/${from[i]}" "$folder/${to[i]}"; done
make "tests/golden/${kind}s/$model.test" "tests/golden/${kind}s/$name.test"

constant=k$(pascal "$name")$(pascal "$kind")
if [ "$kind" = source ] && [ ! -e "$folder/$name/$name.h" ]; then
  printf '#pragma once\n\n#include "flow/connector.h"\n\nnamespace millrace {\n\nextern const SourceComponent %s;\n\n}  // namespace millrace\n' \
    "$constant" >"$folder/$name/$name.h"
  say "made $folder/$name/$name.h"
fi
case $kind in
  step | check) say "now add $constant to $folder/list.cc, and \`extern const $(pascal "$kind")Component $constant;\` to $folder/list.h" ;;
  *) say "now add $constant to all_${kind}s() in $folder/list.cc, with the include of its header" ;;
esac
