"""A Kafka of one's own on loopback, and a client of it that is not millrace's."""

import os
import pathlib
import random
import shutil
import signal
import socket
import subprocess
import tempfile

from confluent_kafka import Consumer, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, NewTopic

ROOT = pathlib.Path(__file__).resolve().parents[3]
PORTS = (2181, 9092, 9093, 9094, 9095)
# MILLRACE_STACK_KAFKA=zookeeper runs all tests on a broker that stands on ZooKeeper.
SERVERS = ["zookeeper", "kafka"] if os.environ.get("MILLRACE_STACK_KAFKA") == "zookeeper" else ["kafka"]
# Workers that are killed are missed soon, and so are the transactions that they leave behind.
SETTINGS = "\n".join(["group.min.session.timeout.ms=1000", "transaction.abort.timed.out.transaction.cleanup.interval.ms=500"])


def free_offset():
    """By how much all ports of a stack are moved so that nobody has them."""
    while True:
        offset = random.randrange(5000, 22000)
        try:
            for port in PORTS:
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port + offset))
            return offset
        except OSError:
            continue


class Broker:
    def __init__(self):
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-kafka-"))
        offset = free_offset()
        self.address = f"127.0.0.1:{9092 + offset}"
        self.sasl_address = f"127.0.0.1:{9094 + offset}"
        self.tls_address = f"127.0.0.1:{9095 + offset}"
        self.environment = {**os.environ, "MILLRACE_STACK_DIR": str(self.directory), "MILLRACE_STACK_OFFSET": str(offset),
                            "MILLRACE_STACK_KAFKA_SETTINGS": SETTINGS}
        self.stack("up")
        self.admin = AdminClient({"bootstrap.servers": self.address})

    def stack(self, command):
        done = subprocess.run([ROOT / "scripts/stack.sh", command, *SERVERS], env=self.environment, cwd=ROOT, text=True,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        if done.returncode != 0:
            raise RuntimeError(f"stack {command}: {done.stdout}")

    @property
    def ca(self):
        return self.directory / "kafka/tls/ca.pem"

    def pid(self):
        return int((self.directory / "kafka/pid").read_text().split()[0])

    def kill(self):
        os.kill(self.pid(), signal.SIGKILL)

    def start(self):
        self.stack("up")

    def send(self, number):
        os.kill(self.pid(), number)

    def end(self):
        self.stack("wipe")
        shutil.rmtree(self.directory)

    def make_topic(self, name, partitions, **settings):
        made = self.admin.create_topics([NewTopic(name, partitions, 1, config=settings)])
        made[name].result(30)

    def delete_records(self, topic, partition, offset):
        self.admin.delete_records([TopicPartition(topic, partition, offset)])[TopicPartition(topic, partition)].result(30)

    def produce(self, topic, records, partition=-1):
        producer = Producer({"bootstrap.servers": self.address, "partitioner": "murmur2_random"})
        for key, value in records:
            while True:
                try:
                    producer.produce(topic, key=key, value=value, partition=partition)
                    break
                except BufferError:
                    producer.poll(0.1)
        if producer.flush(60) != 0:
            raise RuntimeError("records were not taken")

    def read(self, topic):
        """All committed records of a topic: (partition, offset, key, value)."""
        consumer = Consumer({"bootstrap.servers": self.address, "group.id": "judge", "isolation.level": "read_committed",
                             "enable.auto.commit": False, "enable.partition.eof": True})
        try:
            partitions = sorted(consumer.list_topics(topic, 30).topics[topic].partitions)
            consumer.assign([TopicPartition(topic, p, 0) for p in partitions])
            open_partitions, records = set(partitions), []
            while open_partitions:
                message = consumer.poll(30)
                if message is None:
                    raise RuntimeError(f"{topic} cannot be read to its end")
                if message.error():
                    open_partitions.discard(message.partition())
                    continue
                records.append((message.partition(), message.offset(), message.key(), message.value()))
            return records
        finally:
            consumer.close()
