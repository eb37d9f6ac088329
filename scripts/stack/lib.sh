# shellcheck shell=bash disable=SC2154
# What the servers of the stack share; sourced by stack.sh from the repository's root, behind scripts/lib.sh. `server` is the name
# of the one whose function runs.

STACK_DIR=$(realpath -m "${MILLRACE_STACK_DIR:-build/stack}")
STACK_CACHE=$(realpath -m "${MILLRACE_STACK_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/millrace-stack}")
STACK_HOST=127.0.0.1

# port 9092: where it is in this stack.
port() { echo $(($1 + ${MILLRACE_STACK_OFFSET:-0})); }

server_dir() { printf '%s/%s' "$STACK_DIR" "$1"; }
server_log() { printf '%s/%s/log' "$STACK_DIR" "$1"; }

find_java() {
  local home
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/java-17-openjdk-*; do
    if [ -x "$home/bin/java" ] && "$home/bin/java" -version 2>&1 | grep 'version "17' >/dev/null; then
      echo "$home/bin/java"
      return
    fi
  done
  die "$server needs Java 17"
}

# When a process was started, in ticks since the machine was: with it a pid says which process is meant.
started_at() { sed 's/^.*) //' "/proc/$1/stat" 2>/dev/null | cut -d ' ' -f 20; }

# The pid of the server that start_server() started, if that very process still runs. The first thread of a JVM that ends is
# a zombie for as long as the others hold its ports.
running_pid() {
  local pid started state
  read -r pid started 2>/dev/null <"$(server_dir "$server")/pid" || return 1
  [ "$(started_at "$pid")" = "$started" ] || return 1
  state=$(sed 's/^.*) //' "/proc/$pid/stat" 2>/dev/null | cut -c1)
  if [ "$state" = Z ] && [ "$(find "/proc/$pid/task" -mindepth 1 -maxdepth 1 2>/dev/null | wc -l)" -le 1 ]; then return 1; fi
  echo "$pid"
}

port_answers() { (exec 3<>"/dev/tcp/$STACK_HOST/$1") 2>/dev/null; }

need_free_ports() {
  local number
  for number in "$@"; do
    if port_answers "$number"; then
      die "$server: port $number of $STACK_HOST is somebody else's; MILLRACE_STACK_OFFSET=1000 moves all ports"
    fi
  done
}

# start_server COMMAND...: detached, in a session of its own.
start_server() {
  local log pid
  mkdir -p "$(server_dir "$server")"
  log=$(server_log "$server")
  : >"$log"
  setsid "$@" >>"$log" 2>&1 </dev/null &
  pid=$!
  printf '%s %s\n' "$pid" "$(started_at "$pid")" >"$(server_dir "$server")/pid"
}

# wait_until_ready SECONDS CHECK...: polls until the check succeeds; the log when the server dies or takes too long.
wait_until_ready() {
  local seconds=$1 begin=$SECONDS
  shift
  until "$@" >/dev/null 2>&1; do
    if ! running_pid >/dev/null; then
      tail -n 40 "$(server_log "$server")" >&2
      die "$server died while it started; all of its log: $(server_log "$server")"
    fi
    if [ $((SECONDS - begin)) -ge "$seconds" ]; then
      tail -n 40 "$(server_log "$server")" >&2
      die "$server is not ready after $seconds s; all of its log: $(server_log "$server")"
    fi
    sleep 0.3
  done
  say "$server: ready after $((SECONDS - begin)) s (pid $(running_pid))"
}

log_says() { grep -E -- "$1" "$(server_log "$server")"; }

# stop_server SECONDS: asks it to end, and after that time makes it; also one that is stopped by a signal.
stop_server() {
  local pid turns=$(($1 * 5))
  if ! pid=$(running_pid); then
    say "$server: not running"
    return
  fi
  kill -TERM "$pid" && kill -CONT "$pid"
  while running_pid >/dev/null && [ $turns -gt 0 ]; do
    sleep 0.2
    turns=$((turns - 1))
  done
  if running_pid >/dev/null; then kill -KILL "$pid"; fi
  while running_pid >/dev/null; do sleep 0.1; done
  rm -f "$(server_dir "$server")/pid"
  say "$server: stopped"
}

# server_status PORT
server_status() {
  local pid
  if ! pid=$(running_pid); then
    echo "$server: down"
    return 1
  fi
  if ! port_answers "$1"; then
    echo "$server: pid $pid, but $STACK_HOST:$1 does not answer"
    return 1
  fi
  echo "$server: up at $STACK_HOST:$1, pid $pid, $(awk '/^VmRSS/ { printf "%d", $2 / 1024 }' "/proc/$pid/status") MB"
}

wipe_server() {
  rm -rf "$(server_dir "$server")"
  say "$server: wiped"
}

# maven_jars NAME GROUP:ARTIFACT:VERSION...: the folder of these jars and all they need, fetched once; a changed list is fetched
# again.
maven_jars() {
  local folder=$STACK_CACHE/$1 work coordinate group artifact version list
  shift
  list=$(printf '%s\n' "$@")
  if [ "$(cat "$folder/list" 2>/dev/null)" != "$list" ]; then
    say "$server: fetching $* into $folder"
    mkdir -p "$STACK_CACHE"
    work=$(mktemp -d "$STACK_CACHE/fetching.XXXXXX")
    {
      echo '<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>'
      echo '<groupId>stack</groupId><artifactId>jars</artifactId><version>1</version><packaging>pom</packaging><dependencies>'
      for coordinate in "$@"; do
        IFS=: read -r group artifact version <<<"$coordinate"
        echo "<dependency><groupId>$group</groupId><artifactId>$artifact</artifactId><version>$version</version></dependency>"
      done
      echo '</dependencies></project>'
    } >"$work/pom.xml"
    (cd "$work" && mvn -B -q -Dstyle.color=never -Dmaven.repo.local="$STACK_CACHE/maven" \
      org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies \
      -DincludeScope=runtime -DoutputDirectory="$work/jars" >&2) || { rm -rf "$work"; die "$server: Maven could not fetch its jars"; }
    echo "$list" >"$work/list"
    rm -rf "$folder"
    mv "$work" "$folder"
  fi
  echo "$folder/jars"
}
