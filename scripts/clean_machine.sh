#!/usr/bin/env bash
# The newcomer's path on a clean machine: a minimal Debian 12 with git and bash only, a clone of the committed state, then
# `./x run` for a minute, then `./x test` (or the commands given). Needs root and debootstrap; not part of ./x test.
# Usage: clean_machine.sh [COMMAND...]     e.g. clean_machine.sh .ci/run
# MILLRACE_CLEAN_DIR: where the machine is made; MILLRACE_CLEAN_MIRROR: the Debian mirror; MILLRACE_CLEAN_CCACHE: a compiler cache
# to lend it (without, everything is compiled).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source scripts/lib.sh

[ "$(id -u)" = 0 ] || die "this needs root, to make a system of its own"
command -v debootstrap >/dev/null || die "this needs debootstrap: apt-get install debootstrap"
dir=${MILLRACE_CLEAN_DIR:-build/clean}
mirror=${MILLRACE_CLEAN_MIRROR:-http://deb.debian.org/debian}
if [ $# -eq 0 ]; then set -- './x build' 'timeout --preserve-status --signal=INT 60 ./x run' './x test'; fi

base=$dir/base root=$dir/root
mkdir -p "$dir"
if [ ! -f "$base/.made" ]; then
  say "x: making a minimal Debian 12 in $base"
  rm -rf "$base"
  debootstrap --variant=minbase --include=git,ca-certificates bookworm "$base" "$mirror" >"$(log_file clean-debootstrap)" 2>&1 ||
    { tail "build/log/clean-debootstrap.log" >&2; die "debootstrap failed"; }
  touch "$base/.made"
fi

rm -rf "$root"
cp -a "$base" "$root"
# The way to the network is this machine's: names, and the authorities that it trusts, for Java too.
cp /etc/resolv.conf /etc/hosts "$root/etc/"
cp /etc/ssl/certs/ca-certificates.crt "$root/etc/ssl/certs/ca-certificates.crt"
authorities=/etc/ssl/certs/java/cacerts
if [ -f "$authorities" ]; then install -D -m 644 "$authorities" "$root/root/cacerts"; fi
git clone --quiet --no-hardlinks . "$root/millrace"
lent=()
if [ -n "${MILLRACE_CLEAN_CCACHE:-}" ]; then
  mkdir -p "$root/root/ccache"
  lent=(CCACHE_DIR=/root/ccache CCACHE_BASEDIR=/millrace CCACHE_NOHASHDIR=1)
fi

for command in "$@"; do
  printf '$ %s\n' "$command"
  # shellcheck disable=SC2016  # the inner shell is to expand them
  unshare --mount --pid --uts --fork --mount-proc="$root/proc" bash -c '
    if [ -n "$1" ]; then mount --bind "$1" "$2/root/ccache"; fi
    root=$2 command=$3; shift 3
    mount -t devpts -o newinstance,ptmxmode=0666 devpts "$root/dev/pts"
    exec chroot "$root" /usr/bin/env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 \
      PIP_CERT=/etc/ssl/certs/ca-certificates.crt MAVEN_OPTS=-Djavax.net.ssl.trustStore=/root/cacerts "$@" bash -c "cd /millrace && time $command"
  ' inside "${MILLRACE_CLEAN_CCACHE:-}" "$root" "$command" "${lent[@]}"
done
