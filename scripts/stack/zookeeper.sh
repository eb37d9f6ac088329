# shellcheck shell=bash disable=SC2154
# Apache ZooKeeper, one node: what Kafka 3.9 stands on with MILLRACE_STACK_KAFKA=zookeeper.

jars() {
  # The last three are "provided" in ZooKeeper's own description, and it does not start without them.
  maven_jars zookeeper-3.9.4 org.apache.zookeeper:zookeeper:3.9.4 \
    io.dropwizard.metrics:metrics-core:4.1.12.1 org.xerial.snappy:snappy-java:1.1.10.5 ch.qos.logback:logback-classic:1.3.15
}

address() { echo "$STACK_HOST:$(port 2181)"; }

# In a shell of its own, which ends when nobody listens.
says_it_is_ok() (
  exec 4<>"/dev/tcp/$STACK_HOST/$(port 2181)"
  printf ruok >&4
  read -r -t 3 -n 4 answer <&4
  [ "$answer" = imok ]
)

up() {
  if running_pid >/dev/null; then
    say "$server: runs already"
    return
  fi
  local java jars folder
  java=$(find_java)
  jars=$(jars)
  folder=$(server_dir "$server")
  need_free_ports "$(port 2181)"
  mkdir -p "$folder/data"
  cat >"$folder/zoo.cfg" <<TEXT
tickTime=2000
dataDir=$folder/data
clientPort=$(port 2181)
clientPortAddress=$STACK_HOST
admin.enableServer=false
4lw.commands.whitelist=ruok
TEXT
  cat >"$folder/logback.xml" <<'TEXT'
<configuration>
  <appender name="out" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%d %p %m%n</pattern></encoder></appender>
  <root level="INFO"><appender-ref ref="out"/></root>
</configuration>
TEXT
  start_server "$java" -Xmx256m -XX:+UseSerialGC -Djava.net.preferIPv4Stack=true -Dzookeeper.jmx.log4j.disable=true \
    -cp "$folder:$jars/*" org.apache.zookeeper.server.quorum.QuorumPeerMain "$folder/zoo.cfg"
  wait_until_ready 60 says_it_is_ok
}

down() { stop_server 20; }
status() { server_status "$(port 2181)"; }
wipe() { wipe_server; }
