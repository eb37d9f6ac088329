# shellcheck shell=bash disable=SC2154
# Apache Kafka 3.9, one broker: a controller of its own (KRaft), or with MILLRACE_STACK_KAFKA=zookeeper one that registers with the
# stack's ZooKeeper. MILLRACE_STACK_KAFKA_SETTINGS: more lines of server.properties. The topics of a test are its own affair: none is
# made by itself. Listeners: 9092 plain text; 9094 SASL (user `millrace`, password `grist`; PLAIN and SCRAM); 9095 TLS, whose
# authority is in FOLDER/tls/ca.pem.

jars() {
  maven_jars kafka-3.9.2 org.apache.kafka:kafka_2.13:3.9.2 org.apache.kafka:kafka-tools:3.9.2 org.slf4j:slf4j-reload4j:1.7.36
}

address() { echo "$STACK_HOST:$(port 9092)"; }

with_zookeeper() { [ "${MILLRACE_STACK_KAFKA:-kraft}" = zookeeper ]; }

# Certificates for 127.0.0.1 by an authority of the stack's own, and what a broker is told of them.
make_certificates() {
  local folder=$1
  [ ! -e "$folder/server.pem" ] || return 0
  mkdir -p "$folder"
  openssl req -x509 -newkey rsa:2048 -nodes -days 3650 -subj "/CN=millrace stack" -keyout "$folder/ca.key" -out "$folder/ca.pem" 2>/dev/null
  openssl req -newkey rsa:2048 -nodes -subj "/CN=$STACK_HOST" -keyout "$folder/server.key" -out "$folder/server.csr" 2>/dev/null
  openssl x509 -req -in "$folder/server.csr" -CA "$folder/ca.pem" -CAkey "$folder/ca.key" -CAcreateserial -days 3650 \
    -extfile <(echo "subjectAltName=IP:$STACK_HOST") -out "$folder/server.crt" 2>/dev/null
  cat "$folder/server.key" "$folder/server.crt" >"$folder/server.pem"
}

write_settings() {
  local folder=$1
  if with_zookeeper; then
    cat <<TEXT
broker.id=1
zookeeper.connect=$STACK_HOST:$(port 2181)
listeners=$(listeners)
TEXT
  else
    cat <<TEXT
process.roles=broker,controller
node.id=1
controller.quorum.voters=1@$STACK_HOST:$(port 9093)
controller.listener.names=CONTROLLER
listeners=$(listeners),CONTROLLER://$STACK_HOST:$(port 9093)
TEXT
  fi
  cat <<TEXT
listener.security.protocol.map=PLAIN:PLAINTEXT,SASL:SASL_PLAINTEXT,TLS:SSL,CONTROLLER:PLAINTEXT
advertised.listeners=$(listeners)
inter.broker.listener.name=PLAIN
listener.name.sasl.sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512
listener.name.sasl.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required user_millrace="grist";
listener.name.sasl.scram-sha-256.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.sasl.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
ssl.keystore.type=PEM
ssl.keystore.location=$folder/tls/server.pem
log.dirs=$folder/data
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
group.initial.rebalance.delay.ms=0
TEXT
  printf '%s\n' "${MILLRACE_STACK_KAFKA_SETTINGS:-}"
}

listeners() { echo "PLAIN://$STACK_HOST:$(port 9092),SASL://$STACK_HOST:$(port 9094),TLS://$STACK_HOST:$(port 9095)"; }

write_log_settings() {
  cat <<'TEXT'
log4j.rootLogger=WARN, out
log4j.appender.out=org.apache.log4j.ConsoleAppender
log4j.appender.out.layout=org.apache.log4j.PatternLayout
log4j.appender.out.layout.ConversionPattern=[%d] %p %m (%c)%n
log4j.logger.kafka.server=INFO
log4j.logger.org.apache.kafka.common.utils.AppInfoParser=INFO
TEXT
}

# Kafka's own programs, quiet.
kafka_program() {
  local folder
  folder=$(server_dir "$server")
  mkdir -p "$folder"
  write_log_settings | sed 's/=WARN, out/=ERROR, out/; s/=INFO/=ERROR/; $a log4j.appender.out.target=System.err' >"$folder/tools.log4j"
  "$(find_java)" -Xmx256m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 "-Dlog4j.configuration=file:$folder/tools.log4j" -cp "$(jars)/*" "$@"
}

prepare() {
  local folder=$1
  mkdir -p "$folder"
  make_certificates "$folder/tls"
  write_settings "$folder" >"$folder/server.properties"
  write_log_settings >"$folder/log4j.properties"
  if [ -e "$folder/data/meta.properties" ] || with_zookeeper; then return; fi
  local format=(kafka.tools.StorageTool format --cluster-id millrace-stack-kafka-1 --config "$folder/server.properties")
  for mechanism in SCRAM-SHA-256 SCRAM-SHA-512; do format+=(--add-scram "$mechanism=[name=millrace,password=grist]"); done
  kafka_program "${format[@]}" >&2
}

up() {
  if running_pid >/dev/null; then
    say "$server: runs already"
    return
  fi
  local java jars folder
  java=$(find_java)
  jars=$(jars)
  folder=$(server_dir "$server")
  need_free_ports "$(port 9092)" "$(port 9093)" "$(port 9094)" "$(port 9095)"
  prepare "$folder"
  start_server "$java" -Xms256m -Xmx512m -XX:+UseG1GC -XX:+ExitOnOutOfMemoryError -Djava.net.preferIPv4Stack=true \
    "-Dlog4j.configuration=file:$folder/log4j.properties" -cp "$jars/*" kafka.Kafka "$folder/server.properties"
  wait_until_ready 90 log_says 'Kafka Server started|KafkaServer id=1\] started'
  if with_zookeeper; then
    kafka_program kafka.admin.ConfigCommand --bootstrap-server "$(address)" --alter --entity-type users --entity-name millrace \
      --add-config 'SCRAM-SHA-256=[password=grist],SCRAM-SHA-512=[password=grist]' >&2
  fi
}

down() { stop_server 30; }
status() { server_status "$(port 9092)"; }
wipe() { wipe_server; }

# tool topics|groups|configs|console-consumer|console-producer|get-offsets ARGS...
tool() {
  local name=${1:-} program
  shift || true
  case $name in
    topics) program=org.apache.kafka.tools.TopicCommand ;;
    groups) program=org.apache.kafka.tools.consumer.group.ConsumerGroupCommand ;;
    configs) program=kafka.admin.ConfigCommand ;;
    console-consumer) program=org.apache.kafka.tools.consumer.ConsoleConsumer ;;
    console-producer) program=kafka.tools.ConsoleProducer ;;
    get-offsets) program=org.apache.kafka.tools.GetOffsetShell ;;
    delete-records) program=org.apache.kafka.tools.DeleteRecordsCommand ;;
    *) die "$server has no tool called '$name'; there are: topics groups configs console-consumer console-producer get-offsets delete-records" ;;
  esac
  kafka_program "$program" --bootstrap-server "$(address)" "$@"
}
