#!/usr/bin/env bash
# The real systems as plain processes on loopback, for tests and for trying.
#   stack.sh up|down|status|wipe [SERVER...]   in the order given; down and wipe in reverse; without names, those that have a state
#   stack.sh address SERVER                    host:port that clients connect to
#   stack.sh tool SERVER ARGS...               the server's own client tools: `tool kafka topics --list`
# A server is a file stack/NAME.sh with the functions up, down, status, wipe and address, and tool where it has any; lib.sh says what they
# may use. Software comes from package registries into MILLRACE_STACK_CACHE; data, logs and pid files are in
# MILLRACE_STACK_DIR (build/stack); MILLRACE_STACK_OFFSET moves every port, so that a second stack can run beside the first.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh
source scripts/stack/lib.sh

servers() {
  local file name
  for file in scripts/stack/*.sh; do
    name=$(basename "$file" .sh)
    if [ "$name" != lib ]; then echo "$name"; fi
  done
}

# One server's function, apart from the other servers' of the same name.
of_server() (
  server=$1
  # shellcheck disable=SC1090  # one of servers()
  source "scripts/stack/$server.sh"
  "$2" "${@:3}"
)

known() {
  servers | grep -x -- "$1" >/dev/null || die "no server called '$1'; there are: $(servers | xargs)"
}

# Those that have been up, in that order.
with_state() {
  local name
  find "$STACK_DIR" -mindepth 1 -maxdepth 1 -type d -printf '%T@ %f\n' 2>/dev/null | sort -n | cut -d ' ' -f 2 |
    while read -r name; do servers | grep -x -- "$name" || true; done
}

reversed() { printf '%s\n' "$@" | tac | xargs; }

command=${1:-}
shift || true
case $command in
  up | down | status | wipe)
    chosen=("$@")
    if [ $# = 0 ]; then mapfile -t chosen < <(if [ "$command" = up ]; then echo kafka; else with_state; fi); fi
    for name in "${chosen[@]}"; do known "$name"; done
    case $command in
      up) need_packages stack ;;
      down | wipe) read -ra chosen <<<"$(reversed "${chosen[@]}")" ;;
    esac
    failed=0
    for name in "${chosen[@]}"; do
      if [ "$command" = wipe ]; then of_server "$name" down || failed=1; fi
      of_server "$name" "$command" || { failed=1; if [ "$command" = up ]; then exit 1; fi; }
    done
    exit $failed
    ;;
  address | tool)
    known "${1:-}"
    of_server "$1" "$command" "${@:2}"
    ;;
  *) die "usage: ./x stack up|down|status|wipe [$(servers | xargs)], address SERVER, tool SERVER ARGS..." ;;
esac
