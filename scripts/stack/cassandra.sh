# shellcheck shell=bash disable=SC2154,SC2030,SC2031
# Apache Cassandra 5.0, or with MILLRACE_STACK_CASSANDRA=4.1 that; data of the one does not suit the other. One node, or
# MILLRACE_STACK_CASSANDRA_NODES=3: on 127.0.0.1, 127.0.0.2, 127.0.0.3, each in a rack of its own. The port takes TLS as well, by an
# authority of the stack's own (FOLDER/tls/ca.pem), whose certificate is for the node's address.
# MILLRACE_STACK_CASSANDRA_SETTINGS: more lines of cassandra.yaml (`authenticator: PasswordAuthenticator`: the first user is
# cassandra, password cassandra). MILLRACE_STACK_CASSANDRA_SYNC=group: what is acknowledged is on the disk.
# MILLRACE_STACK_CASSANDRA_HEAP: 512M unless said otherwise.

cassandra_version() { if [ "${MILLRACE_STACK_CASSANDRA:-5.0}" = 4.1 ]; then echo 4.1.10; else echo 5.0.9; fi; }

jars() {
  local version jamm=0.4.0
  version=$(cassandra_version)
  if [ "$version" = 4.1.10 ]; then jamm=0.3.2; fi
  maven_jars "cassandra-$version" "org.apache.cassandra:cassandra-all:$version" "com.github.jbellis:jamm:$jamm"
}

address() { echo "$STACK_HOST:$(port 9042)"; }

# nodes COMMAND...: for each of them, with `server` and STACK_HOST its own.
nodes() (
  "$@"
  for ((node = 2; node <= ${MILLRACE_STACK_CASSANDRA_NODES:-1}; node++)); do
    server=cassandra-$node STACK_HOST=127.0.0.$node
    "$@"
  done
)

# A store of PKCS 12, since there is no other that Java reads and OpenSSL writes.
make_certificates() {
  local folder=$1 authority
  authority=$(server_dir cassandra)/tls
  [ ! -e "$folder/server.p12" ] || return 0
  mkdir -p "$folder" "$authority"
  if [ ! -e "$authority/ca.pem" ]; then
    openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=millrace stack" -keyout "$authority/ca.key" -out "$authority/ca.pem" 2>/dev/null
  fi
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$STACK_HOST" -keyout "$folder/server.key" -out "$folder/server.csr" 2>/dev/null
  openssl x509 -req -in "$folder/server.csr" -CA "$authority/ca.pem" -CAkey "$authority/ca.key" -CAcreateserial -days 3650 \
    -extfile <(echo "subjectAltName=IP:$STACK_HOST") -out "$folder/server.crt" 2>/dev/null
  openssl pkcs12 -export -in "$folder/server.crt" -inkey "$folder/server.key" -passout pass:grist -out "$folder/server.p12"
}

# As servers have it by themselves, `periodic`, a kill takes what was acknowledged within the last 100 ms with it.
commitlog_settings() {
  if [ "${MILLRACE_STACK_CASSANDRA_SYNC:-periodic}" = group ]; then
    printf 'commitlog_sync: group\ncommitlog_sync_group_window: 5ms'
  else
    printf 'commitlog_sync: periodic\ncommitlog_sync_period: 10000ms'
  fi
}

# No jar has a cassandra.yaml.
write_settings() {
  local folder=$1
  cat >"$folder/cassandra.yaml" <<TEXT
cluster_name: millrace-stack
num_tokens: 16
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters:
      - seeds: "127.0.0.1:$(port 7000)"
listen_address: $STACK_HOST
rpc_address: $STACK_HOST
storage_port: $(port 7000)
native_transport_port: $(port 9042)
endpoint_snitch: GossipingPropertyFileSnitch
auto_bootstrap: false
data_file_directories: [$folder/data]
commitlog_directory: $folder/commitlog
saved_caches_directory: $folder/saved_caches
hints_directory: $folder/hints
cdc_raw_directory: $folder/cdc_raw
$(commitlog_settings)
commitlog_segment_size: 16MiB
memtable_heap_space: 128MiB
memtable_offheap_space: 128MiB
concurrent_reads: 16
concurrent_writes: 16
disk_optimization_strategy: ssd
auto_snapshot: false
client_encryption_options:
  enabled: true
  optional: true
  keystore: $folder/tls/server.p12
  keystore_password: grist
  store_type: PKCS12
${MILLRACE_STACK_CASSANDRA_SETTINGS:-}
TEXT
  printf 'dc=datacenter1\nrack=rack%s\n' "${STACK_HOST##*.}" >"$folder/cassandra-rackdc.properties"
  cat >"$folder/logback.xml" <<'TEXT'
<configuration>
  <appender name="OUT" class="ch.qos.logback.core.ConsoleAppender"><encoder><pattern>%-5level %date{ISO8601} %F:%L - %msg%n</pattern></encoder></appender>
  <root level="INFO"><appender-ref ref="OUT"/></root>
</configuration>
TEXT
}

# What Cassandra needs of Java 17's insides.
module_flags() {
  local package
  printf '%s\n' -Djdk.attach.allowAttachSelf=true -Dio.netty.tryReflectionSetAccessible=true \
    --add-opens=jdk.management/com.sun.management.internal=ALL-UNNAMED --add-opens=java.rmi/sun.rmi.transport.tcp=ALL-UNNAMED
  for package in java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/java.lang.ref java.base/sun.nio.ch \
    java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/sun.rmi.registry java.rmi/sun.rmi.server java.sql/java.sql \
    jdk.unsupported/sun.misc; do printf '%s\n' "--add-exports=$package=ALL-UNNAMED"; done
  for package in java.lang java.lang.reflect java.lang.module java.io java.net java.nio java.util java.util.concurrent \
    java.util.concurrent.atomic jdk.internal.loader jdk.internal.ref jdk.internal.reflect jdk.internal.math \
    jdk.internal.module jdk.internal.util.jar sun.nio.ch; do printf '%s\n' "--add-opens=java.base/$package=ALL-UNNAMED"; done
}

up_node() {
  if running_pid >/dev/null; then
    say "$server: runs already"
    return
  fi
  local java jars folder flags heap=${MILLRACE_STACK_CASSANDRA_HEAP:-512M}
  java=$(find_java)
  jars=$(server=cassandra jars)
  folder=$(server_dir "$server")
  mapfile -t flags < <(module_flags)
  need_free_ports "$(port 9042)" "$(port 7000)"
  mkdir -p "$folder/tmp"
  make_certificates "$folder/tls"
  write_settings "$folder"
  start_server "$java" -ea:org.apache.cassandra... "-Xms$heap" "-Xmx$heap" -Xss512k -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError \
    -XX:MaxDirectMemorySize=384M -Djava.net.preferIPv4Stack=true -Djava.awt.headless=true "-Djava.io.tmpdir=$folder/tmp" \
    "${flags[@]}" "-javaagent:$(echo "$jars"/jamm-*.jar)" "-Dcassandra.config=file://$folder/cassandra.yaml" \
    "-Dcassandra.storagedir=$folder" "-Dlogback.configurationFile=file:$folder/logback.xml" -Dcassandra-foreground=yes \
    "-Dcassandra.jmx.local.port=$(jmx_port)" -Dcassandra.skip_wait_for_gossip_to_settle=0 -Dcassandra.ring_delay_ms=2000 \
    -Dcassandra.superuser_setup_delay_ms=100 -cp "$folder:$jars/*" org.apache.cassandra.service.CassandraDaemon
  wait_until_ready 180 port_answers "$(port 9042)"
}

# JMX listens on 127.0.0.1, whatever the node's address.
jmx_port() { port $((7199 + ${STACK_HOST##*.} - 1)); }

up() { nodes up_node; }
down() { nodes stop_server 60; }
status() { nodes server_status "$(port 9042)"; }
wipe() { nodes wipe_server; }

# tool nodetool ARGS... | pid [NODE]
tool() {
  local name=${1:-} folder flags
  shift || true
  case $name in
    nodetool)
      folder=$(server_dir "$server")
      mapfile -t flags < <(module_flags)
      printf '<configuration><root level="OFF"/></configuration>\n' >"$folder/logback-tools.xml"
      "$(find_java)" -Xmx128m -XX:+UseSerialGC "${flags[@]}" "-Dcassandra.config=file://$folder/cassandra.yaml" \
        "-Dcassandra.storagedir=$folder" "-Dlogback.configurationFile=file:$folder/logback-tools.xml" -cp "$folder:$(jars)/*" \
        org.apache.cassandra.tools.NodeTool -h 127.0.0.1 -p "$(jmx_port)" "$@"
      ;;
    pid)
      if [ "${1:-1}" != 1 ]; then server=cassandra-$1; fi
      running_pid
      ;;
    *) die "$server has no tool called '$name'; there are: nodetool pid" ;;
  esac
}
