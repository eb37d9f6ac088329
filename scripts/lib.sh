# shellcheck shell=bash
# What the scripts share; sourced from the repository's root.

say() { printf '%s\n' "$*" >&2; }
die() { say "x: $*"; exit 1; }
jobs_max() { nproc; }

# The packages of the named groups of packages.txt.
packages_of() {
  awk -v groups=" $* " '/^\[/ { group = substr($1, 2, length($1) - 2); next }
                        NF && !/^#/ && index(groups, " " group " ") { print $1 }' packages.txt
}

missing_packages() {
  local have
  command -v dpkg-query >/dev/null || die "this needs Debian 12 or one like it; packages.txt lists what to install"
  have=" $(dpkg-query -W -f='${db:Status-Status} ${Package}\n' | awk '$1 == "installed" { print $2 }' | xargs) "
  local package
  for package in $(packages_of "$@"); do
    case $have in *" $package "*) ;; *) printf '%s ' "$package" ;; esac
  done
}

# Installs what is missing from the named groups; says what, and how to do it by hand when it may not.
need_packages() {
  local missing as_root=()
  missing=$(missing_packages "$@")
  [ -n "$missing" ] || return 0
  if [ "$(id -u)" != 0 ]; then as_root=(sudo); fi
  if [ "${MILLRACE_NO_INSTALL:-0}" = 1 ] || { [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; }; then
    say "x: packages are missing. Install them, then run this again:"
    say "  apt-get update && apt-get install --yes --no-install-recommends $missing"
    exit 1
  fi
  say "x: installing from Debian: $missing"
  "${as_root[@]}" apt-get update -qq
  # shellcheck disable=SC2086  # a list of words
  "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install --yes -qq --no-install-recommends $missing >/dev/null
}

# A build folder that is not configured yet is configured; then ninja does the least that is needed.
build_target() {
  local preset=$1 target=${2:-all} tests=OFF
  case $target in millrace) ;; *) tests=ON ;; esac
  if [ "$preset" = fuzz ]; then tests=OFF; fi
  # The program alone needs no test library, so a newcomer's first build asks for fewer packages.
  if [ ! -f "build/$preset/build.ninja" ] || { [ $tests = ON ] && ! grep -q '^MILLRACE_TESTS:.*=ON' "build/$preset/CMakeCache.txt"; }; then
    cmake --preset "$preset" -DMILLRACE_TESTS=$tests >"$(log_file "configure-$preset")" 2>&1 ||
      { cat "build/log/configure-$preset.log" >&2; die "cannot configure $preset"; }
  fi
  cmake --build "build/$preset" --target "$target" --parallel "$(jobs_max)"
}

log_file() { mkdir -p build/log; printf 'build/log/%s.log' "$1"; }

# Names of the folders of $1 that hold a run.sh.
list_runners() {
  local script
  for script in "$1"/*/run.sh; do
    if [ -x "$script" ]; then basename "$(dirname "$script")"; fi
  done
}
