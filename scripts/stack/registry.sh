# shellcheck shell=bash disable=SC2154
# A schema registry with Confluent's REST API: Apicurio Registry, which keeps its schemas in memory. The API's URL is
# http://ADDRESS/apis/ccompat/v7.

VERSION=2.6.13.Final  # the last one for Java 17

archive() {
  local folder=$STACK_CACHE/apicurio-$VERSION work
  if [ ! -d "$folder" ]; then
    say "$server: fetching Apicurio Registry $VERSION into $folder"
    mkdir -p "$STACK_CACHE"
    work=$(mktemp -d "$STACK_CACHE/fetching.XXXXXX")
    if ! mvn -B -q -Dstyle.color=never -Dmaven.repo.local="$STACK_CACHE/maven" \
      org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy \
      -Dartifact="io.apicurio:apicurio-registry-app:$VERSION:tar.gz:all" -DoutputDirectory="$work" >&2; then
      rm -rf "$work"
      die "$server: Maven could not fetch it"
    fi
    mkdir "$work/app"
    tar xzf "$work"/*.tar.gz -C "$work/app"
    mv "$work/app" "$folder"
    rm -rf "$work"
  fi
  echo "$folder"
}

address() { echo "$STACK_HOST:$(port 8081)"; }

answers() { curl -fsS -m 2 "http://$(address)/apis/ccompat/v7/subjects"; }

up() {
  if running_pid >/dev/null; then
    say "$server: runs already"
    return
  fi
  local java folder jar
  java=$(find_java)
  folder=$(archive)
  need_free_ports "$(port 8081)"
  jar=$(find "$folder" -maxdepth 1 -name '*-runner.jar' -o -maxdepth 1 -name quarkus-run.jar | head -n 1)
  start_server "$java" -Xmx384m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Djava.net.preferIPv4Stack=true \
    "-Dquarkus.http.host=$STACK_HOST" "-Dquarkus.http.port=$(port 8081)" -Dquarkus.http.access-log.enabled=false \
    -Dquarkus.log.level=WARN -Dquarkus.log.console.json=false \
    "-Dapicurio.datasource.url=jdbc:h2:mem:registry" -jar "$jar"
  wait_until_ready 120 answers
}

down() { stop_server 20; }
status() { server_status "$(port 8081)"; }
wipe() { wipe_server; }
