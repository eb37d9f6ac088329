"""Flows on a real Kafka: what comes of troubles is judged by another client than millrace's."""

import argparse
import json
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter

import kafka
from broker import Broker
from confluent_kafka import Consumer, ConsumerGroupTopicPartitions, TopicPartition
from kafka import KafkaConsumer

PROGRAM = os.path.abspath(os.environ.get("MILLRACE", "build/debug/millrace"))
SEED = int(os.environ.get("MILLRACE_KAFKA_SEED", random.randrange(1 << 30)))
KILLS = int(os.environ.get("MILLRACE_KAFKA_KILLS", 8))
LIMIT_SECONDS = 120

PIPELINE = """millrace: 1
pipeline: shop
topics:
  {name}.orders: {{ partitions: 4, columns: {{ id: string, n: int }} }}
  {name}.paid: {{ partitions: 3, compression: lz4 }}
flows:
  ingest:
    id: {name}_ingest
    from:
      file: {{ path: input.jsonl, format: json_lines }}
      columns: {{ id: string, n: int }}
    to: {{ topic: {name}.orders, key: id }}
  pay:
    id: {name}_pay
    from: {{ topic: {name}.orders }}
    steps:
      - select: "id, n, n * 2 AS twice"
      - expect: [ {{ name: odd, rule: "n % 7 <> 0" }} ]
    to: {{ topic: {name}.paid, key: id }}
profiles:
  cluster:
    systems:
      k: {{ kafka: {{ brokers: "{brokers}", settings: {{ session.timeout.ms: 1500, heartbeat.interval.ms: 300, transaction.timeout.ms: 8000 }} }} }}
    topics: k
"""


class Wrong(Exception):
    """The program did not do what it promises."""


def same(what, got, expected):
    got, expected = Counter(got), Counter(expected)
    if got == expected:
        return
    too_many, missing = got - expected, expected - got
    raise Wrong(f"{what}: {sum(too_many.values())} too many, {sum(missing.values())} missing of "
                f"{sum(expected.values())}; the first: {sorted(too_many)[:3]} and {sorted(missing)[:3]}")


class Shop:
    """A pipeline of a folder: a file into a topic, and that one into another."""

    all = []

    def __init__(self, broker, name):
        self.broker, self.name, self.processes = broker, name, []
        Shop.all.append(self)
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-shop-"))
        self.text = PIPELINE.format(name=name, brokers=broker.address)
        (self.directory / "shop.yaml").write_text(self.text)
        self.orders = []

    def add(self, count):
        with open(self.directory / "input.jsonl", "a") as out:
            for _ in range(count):
                n = len(self.orders)
                order = (f"order-{n}", n)
                self.orders.append(order)
                out.write(json.dumps({"id": order[0], "n": n}) + "\n")

    def produce(self, count):
        """Into the topic itself, beside millrace."""
        begin = len(self.orders)
        self.orders += [(f"order-{n}", n) for n in range(begin, begin + count)]
        self.broker.produce(f"{self.name}.orders",
                            ((key, json.dumps({"id": key, "n": n})) for key, n in self.orders[begin:]))

    def start(self, *command, data=".millrace"):
        process = subprocess.Popen([PROGRAM, *command, "--profile", "cluster", "--data", data], cwd=self.directory,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.processes.append(process)
        return process

    def run(self, *arguments, fails=False):
        done = subprocess.run([PROGRAM, "run", "shop.yaml", "--profile", "cluster", *arguments], cwd=self.directory,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=LIMIT_SECONDS)
        if (done.returncode != 0) != fails:
            raise Wrong(f"run ended with {done.returncode}: {done.stdout}")
        return done.stdout

    def books(self, flow, topic):
        """The sum of what the group has in the metadata of its offsets."""
        consumer = KafkaConsumer(bootstrap_servers=self.broker.address, group_id=f"shop.{self.name}_{flow}",
                                 enable_auto_commit=False)
        partitions = [kafka.TopicPartition(topic, p) for p in consumer.partitions_for_topic(topic)]
        ledger = Counter()
        for partition in partitions:
            committed = consumer.committed(partition, metadata=True)
            if committed is not None and "{" in committed.metadata:
                ledger.update(json.loads(committed.metadata.split(" ", 2)[2]).get("ledger", {}))
        consumer.close()
        return ledger

    def through(self):
        """Whether all that was produced has been paid."""
        return self.books("pay", f"{self.name}.orders")["read"] >= len(self.orders)

    def judge(self):
        orders = [json.loads(value) for _, _, _, value in self.broker.read(f"{self.name}.orders")]
        same("orders", [(r["id"], r["n"]) for r in orders], self.orders)
        paid = self.broker.read(f"{self.name}.paid")
        good = [(key, n) for key, n in self.orders if n % 7 != 0]
        same("paid", [(json.loads(v)["id"], json.loads(v)["twice"]) for _, _, _, v in paid], [(k, 2 * n) for k, n in good])
        same("keys of paid", [k.decode() for _, _, k, _ in paid], [k for k, _ in good])
        bad = [json.loads(v)["record"] for _, _, _, v in self.broker.read(f"shop.{self.name}_pay.quarantine")]
        same("quarantine", [json.loads(record)["n"] for record in bad], [n for _, n in self.orders if n % 7 == 0])
        ledger = self.books("pay", f"{self.name}.orders")
        same("books of pay", ledger.elements(), Counter(read=len(self.orders), written=len(good),
                                                        quarantined=len(self.orders) - len(good)).elements())

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                kill(process)
        shutil.rmtree(self.directory)


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


def stop(process):
    process.send_signal(signal.SIGINT)
    text, _ = process.communicate(timeout=LIMIT_SECONDS)
    if process.returncode not in (0, 130):
        raise Wrong(f"`up` ended with {process.returncode}: {text}")
    return text


def wait_until(what, condition):
    end = time.monotonic() + LIMIT_SECONDS
    while not condition():
        if time.monotonic() > end:
            raise Wrong(f"not within {LIMIT_SECONDS} s: {what}")
        time.sleep(0.2)


def test_a_run_goes_to_the_end_and_the_next_one_on_from_there(broker):
    shop = Shop(broker, "end")
    for count in (5_000, 1, 3_000):
        shop.add(count)
        shop.run()
        shop.judge()
    shop.run()
    shop.judge()


def test_kills_at_any_moment_lose_and_double_nothing(broker):
    shop, rng = Shop(broker, "kills"), random.Random(SEED)
    killed = 0
    while killed < KILLS:
        shop.add(rng.randrange(20_000))
        process = shop.start("up", "shop.yaml", "--http", "off") if rng.random() < 0.5 else shop.start("run", "shop.yaml")
        try:
            text, _ = process.communicate(timeout=6 * rng.random() ** 2)
            if process.returncode != 0:
                raise Wrong(f"it failed by itself with {process.returncode}: {text}")
        except subprocess.TimeoutExpired:
            kill(process)
            killed += 1
    shop.run()
    shop.judge()


def test_workers_share_a_flow_and_come_and_go(broker):
    shop, rng = Shop(broker, "workers"), random.Random(SEED)
    # Only a flow that reads a topic can be shared.
    (shop.directory / "shop.yaml").write_text(shop.text[:shop.text.index("  ingest:")] + shop.text[shop.text.index("  pay:"):])
    shop.run()
    workers = {}
    for life in range(8):
        data = rng.choice(["one", "two", "three"])
        if data in workers:
            (kill if rng.random() < 0.5 else stop)(workers.pop(data))
        else:
            workers[data] = shop.start("up", "shop.yaml", "--http", "off", data=data)
        shop.produce(rng.randrange(1, 4_000))
        time.sleep(rng.random() * 2)
        for data, worker in workers.items():
            if worker.poll() is not None:
                raise Wrong(f"worker {data} ended: {worker.communicate()[0]}")
    workers.setdefault("last", shop.start("up", "shop.yaml", "--http", "off", data="last"))
    wait_until("all is read", shop.through)
    for worker in workers.values():
        stop(worker)
    shop.judge()


def test_a_broker_that_hangs_or_dies_is_waited_for(broker):
    shop = Shop(broker, "broker")
    shop.add(1_000)
    shop.run()
    process = shop.start("up", "shop.yaml", "--http", "off")
    shop.produce(2_000)
    wait_until("the first are read", shop.through)
    broker.send(signal.SIGSTOP)
    time.sleep(4)
    broker.send(signal.SIGCONT)
    shop.produce(2_000)
    wait_until("those behind the stop are read", shop.through)
    shop.produce(20_000)
    broker.kill()
    time.sleep(2)
    broker.start()
    shop.produce(1_000)
    wait_until("those behind the kill are read", shop.through)
    text = stop(process)
    shop.judge()
    if "no broker of" not in text:
        raise Wrong(f"`up` does not say that it waited for the broker: {text}")


def expect_error(broker, name, replacement, expected):
    shop = Shop(broker, name)
    shop.add(1)
    old, new = replacement
    text = (shop.directory / "shop.yaml").read_text()
    (shop.directory / "shop.yaml").write_text(text.replace(old, new))
    got = shop.run(fails=True)
    for part in expected:
        if part not in got:
            raise Wrong(f"'{part}' is not in: {got}")


def test_what_keeps_millrace_out_is_said(broker):
    brokers = f'brokers: "{broker.address}"'
    sasl = f'brokers: "{broker.sasl_address}", sasl: {{ mechanism: MECHANISM, user: millrace, password: PASSWORD }}'
    for mechanism in ("plain", "scram-sha-256", "scram-sha-512"):
        given = sasl.replace("MECHANISM", mechanism)
        expect_error(broker, "password", (brokers, given.replace("PASSWORD", "wrong")),
                     ["system k: no broker of", "lets millrace in", "Authentication failed"])
    expect_error(broker, "authority", (brokers, f'brokers: "{broker.tls_address}", tls: {{}}'),
                 ["system k: no broker of", "certificate verify failed"])
    expect_error(broker, "nobody", (brokers, 'brokers: "127.0.0.1:1"'),
                 ["system k: no broker of 127.0.0.1:1 answers", "Connection refused"])


def test_passwords_and_certificates_let_millrace_in(broker):
    for i, given in enumerate([
            *(f'brokers: "{broker.sasl_address}", sasl: {{ mechanism: {m}, user: millrace, password: grist }}'
              for m in ("plain", "scram-sha-256", "scram-sha-512")),
            f'brokers: "{broker.tls_address}", tls: {{ ca: "{broker.ca}" }}']):
        shop = Shop(broker, f"in{i}")
        text = (shop.directory / "shop.yaml").read_text()
        (shop.directory / "shop.yaml").write_text(text.replace(f'brokers: "{broker.address}"', given))
        shop.add(100)
        shop.run()
        shop.judge()
    

def test_records_that_retention_took_unread_stop_the_flow(broker):
    shop = Shop(broker, "expired")
    shop.add(1_000)
    shop.run()
    shop.produce(1_000)
    topic = f"{shop.name}.orders"
    consumer = Consumer({"bootstrap.servers": broker.address, "group.id": "bounds"})
    _, end = consumer.get_watermark_offsets(TopicPartition(topic, 2), 30)
    consumer.close()
    broker.delete_records(topic, 2, end - 1)
    got = shop.run(fails=True)
    if f"{topic}[2]: the flow has read up to offset" not in got or f"and the log begins at {end - 1}" not in got:
        raise Wrong(f"the error does not say what is gone: {got}")


def test_a_log_that_is_shorter_than_what_was_read_stops_the_flow(broker):
    shop = Shop(broker, "shorter")
    shop.add(1_000)
    shop.run()
    topic, group = f"{shop.name}.orders", f"shop.{shop.name}_pay"
    behind = [TopicPartition(topic, 1, 1_000_000)]
    wait_until("the group is empty", lambda: not broker.admin.describe_consumer_groups([group])[group].result(30).members)
    broker.admin.alter_consumer_group_offsets([ConsumerGroupTopicPartitions(group, behind)])[group].result(30)
    got = shop.run(fails=True)
    if f"{topic}[1]: the flow has read up to offset 1000000, and the log ends at" not in got:
        raise Wrong(f"the error does not say that records are missing: {got}")


def test_a_topic_with_too_few_partitions_is_an_error(broker):
    broker.make_topic("few.orders", 2)
    expect_error(broker, "few", ("", ""), ["topic few.orders has 2 partitions in k, and is declared with 4"])


def test_records_that_are_too_long_for_their_topic_are_quarantined(broker):
    broker.make_topic("long.orders", 4, **{"max.message.bytes": "2000"})
    shop = Shop(broker, "long")
    with open(shop.directory / "input.jsonl", "w") as out:
        out.write(json.dumps({"id": "short", "n": 1}) + "\n" + json.dumps({"id": "x" * 5_000, "n": 2}) + "\n")
    shop.run("--flow", "ingest")
    same("orders", [json.loads(v)["n"] for _, _, _, v in broker.read("long.orders")], [1])
    bad = [json.loads(v) for _, _, _, v in broker.read("shop.long_ingest.quarantine")]
    same("quarantine", [json.loads(r["record"])["n"] for r in bad], [2])
    if "a topic takes 1488 at most" not in bad[0]["faults"][0]["reason"]:
        raise Wrong(f"the fault does not say why: {bad[0]['faults']}")


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--filter", default="")
    wanted = arguments.parse_args().filter
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_") and wanted in f"kafka {name}"]
    passed = failed = 0
    if tests:
        broker = Broker()
        try:
            for name, test in tests:
                begin = time.monotonic()
                try:
                    test(broker)
                    passed += 1
                    print(f"ok {name} ({time.monotonic() - begin:.1f} s)", flush=True)
                except Exception as problem:  # whatever it is, the other tests are run
                    failed += 1
                    print(f"{name} failed (seed {SEED}): {type(problem).__name__}: {problem}", flush=True)
                while Shop.all:
                    Shop.all.pop().end()
        finally:
            broker.end()
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed != 0)


if __name__ == "__main__":
    main()
