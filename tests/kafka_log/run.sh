#!/usr/bin/env bash
# Topics are in Kafka's own format: Kafka's Java classes read the segment files that millrace writes, with every
# compression, and millrace reads the batches that they write. Both sides print what they see; it must be the same.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
source scripts/lib.sh
filter=${1:-}
need_packages build kafka

# Kafka's classes and ours, once for each version of the two files that say what they are.
cache=build/kafka_log/$(cat tests/kafka_log/pom.xml tests/kafka_log/LogFiles.java | sha256sum | cut -c1-16)
if [ ! -f "$cache/done" ]; then
  rm -rf build/kafka_log
  mkdir -p "$cache/classes"
  mvn --batch-mode --quiet --file tests/kafka_log/pom.xml dependency:copy-dependencies \
    -DoutputDirectory="$PWD/$cache/lib" >"$(log_file kafka_log-maven)" 2>&1 ||
    { cat build/log/kafka_log-maven.log; die "Maven cannot fetch Kafka's classes"; }
  javac -cp "$cache/lib/*" -d "$cache/classes" tests/kafka_log/LogFiles.java
  touch "$cache/done"
fi
kafka() { java -XX:+UseSerialGC -cp "$cache/lib/*:$cache/classes" LogFiles "$@"; }

preset=$(basename "${MILLRACE_BUILD:-build/debug}")
build_target "$preset" kafka_log >"$(log_file kafka_log-build)" 2>&1 || { cat build/log/kafka_log-build.log; exit 1; }
ours=build/$preset/kafka_log

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
passed=0 failed=0

# same NAME GOT EXPECTED: both files have the same lines, and there are some.
same() {
  if [ -s "$3" ] && diff "$2" "$3" >"$scratch/diff"; then
    passed=$((passed + 1))
  else
    failed=$((failed + 1))
    echo "$1: Kafka's classes and millrace differ"
    head -n 10 "$scratch/diff"
  fi
}

wanted() { case "kafka_log $1" in *"$filter"*) true ;; *) false ;; esac; }

"$ours" write "$scratch"
for compression in none gzip snappy lz4 zstd; do
  if wanted "reads $compression"; then
    kafka read "$(echo "$scratch/data/topics/$compression"/0@*)" "$scratch/$compression.got"
    same "Kafka reads $compression" "$scratch/$compression.got" "$scratch/$compression.expected"
  fi
  if wanted "writes $compression"; then
    kafka write "$compression" "$scratch/$compression.log" "$scratch/$compression.written"
    "$ours" read "$scratch/$compression.log" "$scratch/$compression.read"
    same "Kafka writes $compression" "$scratch/$compression.read" "$scratch/$compression.written"
  fi
done
if wanted commits; then
  kafka read "$scratch/data/commits" "$scratch/commits.got"
  same "Kafka reads the commits" "$scratch/commits.got" "$scratch/commits.expected"
fi
if wanted partitions; then
  printf '%s\n' a bc def ghij klmno Größe 鍵 id-{1..500} >"$scratch/keys"
  kafka partition "$scratch/keys" "$scratch/partitions.kafka"
  "$ours" partition "$scratch/keys" "$scratch/partitions.ours"
  same "partitions of keys" "$scratch/partitions.ours" "$scratch/partitions.kafka"
fi
echo "$passed passed, $failed failed"
[ "$failed" = 0 ]
