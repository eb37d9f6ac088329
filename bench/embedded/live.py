"""The part of `./x bench embedded` about the process that is up: start, memory at rest, and how soon a row can be read.

It is given 10,000 users a second, in deliveries of 100 over several connections. How long each took is told by its own histogram
(from a record's intake until its row can be read), and by a probe from outside: one user more is delivered and asked for
until the table has it.
  live.py produce PORT USERS SECONDS    is the process that delivers
"""
import http.client
import os
import re
import resource
import signal
import socket
import statistics
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote

HERE = os.path.dirname(os.path.abspath(__file__))
RECORDS_PER_S = 10_000
DELIVERY_RECORDS = 100
CONNECTIONS = 4
PROBES_PER_S = 50
STARTS = 7
IDLE_SECONDS = 3
READY_SECONDS_MAX = 30
ROW_SECONDS_MAX = 10
P99_MS, START_MS, IDLE_MB, PEAK_MB = 10, 100, 50, 256


@dataclass
class Place:
    program: str
    data: str  # the data directory
    work: str  # for logs
    users: str  # a file of users that are not in the table


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


class Up:
    """`millrace up`, from its start until it is ready; ends with the block."""

    def __init__(self, place):
        self.http, self.intake = free_port(), free_port()
        self.place = place

    def __enter__(self):
        command = [self.place.program, "up", "--workers", "2", "--data", self.place.data, "--http", f"127.0.0.1:{self.http}", "-p",
                   f"listen=127.0.0.1:{self.intake}", f"{HERE}/users-live.yaml"]
        begin = time.monotonic()
        self.log = open(f"{self.place.work}/up.log", "wb")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=subprocess.STDOUT)
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() - begin > READY_SECONDS_MAX:
                self.process.kill()
                sys.exit(f"millrace up is not ready:\n{open(self.log.name).read()}")
            time.sleep(0.001)
        self.start_ms = (time.monotonic() - begin) * 1000
        return self

    def __exit__(self, *_):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()
        self.log.close()

    def ready(self):
        try:
            return self.get("/readyz")[0] == 200
        except OSError:
            return False

    def get(self, path):
        connection = http.client.HTTPConnection("127.0.0.1", self.http, timeout=READY_SECONDS_MAX)
        connection.request("GET", path)
        answer = connection.getresponse()
        found = answer.status, answer.read().decode()
        connection.close()
        return found

    def memory_mb(self, name):
        with open(f"/proc/{self.process.pid}/status") as status:
            return int(re.search(rf"{name}:\s+(\d+) kB", status.read()).group(1)) / 1024

    def cpu_s(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def latency_buckets(self):
        """Upper bound in seconds -> how many records of the flow into the table took at most that."""
        lines = self.get("/metrics")[1].splitlines()
        found = {}
        for line in lines:
            match = re.match(r'millrace_commit_latency_seconds_bucket\{.*flow="store".*le="([^"]+)"\} (\S+)', line)
            if match:
                found[float(match.group(1))] = float(match.group(2))
        return found


def wait_until(moment):
    left = moment - time.monotonic()
    if left > 0:
        time.sleep(left)


def produce(port, users, seconds):
    """Deliveries at their times; a connection that is late sends at once. Exits with how far it fell short."""
    with open(users, "rb") as lines:
        bodies = []
        for _ in range(RECORDS_PER_S * seconds // DELIVERY_RECORDS):
            bodies.append(b"".join(lines.readline() for _ in range(DELIVERY_RECORDS)))
    begin = time.monotonic() + 0.1
    refused = []

    def send(first):
        connection = http.client.HTTPConnection("127.0.0.1", port)
        for number in range(first, len(bodies), CONNECTIONS):
            wait_until(begin + number * DELIVERY_RECORDS / RECORDS_PER_S)
            connection.request("POST", "/users", bodies[number], {"Content-Type": "application/x-ndjson"})
            answer = connection.getresponse()
            if answer.status >= 300:
                refused.append(answer.status)
            answer.read()

    threads = [threading.Thread(target=send, args=(first,)) for first in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    took = time.monotonic() - begin
    cpu = resource.getrusage(resource.RUSAGE_SELF)
    print(f"{len(bodies) * DELIVERY_RECORDS} {took} {len(refused)} {cpu.ru_utime + cpu.ru_stime}")


class SocketConnection(http.client.HTTPConnection):
    def __init__(self, path):
        super().__init__("localhost")
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect(self.path)


def probe(up, users, seconds):
    """Milliseconds from when a user is sent until a SELECT has it, of users one by one."""
    intake = http.client.HTTPConnection("127.0.0.1", up.intake)
    reader = SocketConnection(f"{up.place.data}/control.sock")
    latencies = []
    begin = time.monotonic()
    for number, line in enumerate(users):
        if time.monotonic() - begin > seconds:
            break
        wait_until(begin + number / PROBES_PER_S)
        key = re.search(rb'"uuid":"([^"]+)"', line).group(1).decode()
        path = "/v1/query?statement=" + quote(f"SELECT id FROM bench.users WHERE id = {key}")
        sent = time.monotonic()
        intake.request("POST", "/users", line, {"Content-Type": "application/x-ndjson"})
        while True:
            reader.request("GET", path)
            found = reader.getresponse().read()
            if key.encode() in found:
                break
            if time.monotonic() - sent > ROW_SECONDS_MAX:
                sys.exit(f"the row of user {key} did not come within {ROW_SECONDS_MAX} s: {found}")
        latencies.append((time.monotonic() - sent) * 1000)
        intake.getresponse().read()
    return latencies


def quantile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def bucket_quantile_ms(buckets, share):
    """Between which bounds the quantile is, and where if a bucket's values are evenly spread."""
    total = buckets[float("inf")]
    below, bound_before = 0.0, 0.0
    for bound, count in sorted(buckets.items()):
        if count >= share * total:
            inside = (share * total - below) / max(count - below, 1)
            return bound_before * 1000, bound * 1000, (bound_before + inside * (bound - bound_before)) * 1000
        below, bound_before = count, bound
    return bound_before * 1000, float("inf"), float("inf")


def latency(place, seconds, report):
    with open(place.users, "rb") as lines:
        every = lines.readlines()
    probes = every[-PROBES_PER_S * seconds:]
    with Up(place) as up:
        before, cpu = up.latency_buckets(), up.cpu_s()
        producer = subprocess.Popen([sys.executable, __file__, "produce", str(up.intake), place.users, str(seconds)],
                                    stdout=subprocess.PIPE, text=True)
        latencies = probe(up, probes, seconds)
        records, took, refused, producer_cpu = producer.communicate()[0].split()
        cpu = up.cpu_s() - cpu
        after = up.latency_buckets()
        peak_mb = up.memory_mb("VmHWM")
    if int(refused) > 0 or float(took) > seconds * 1.1:
        report.text(f"the producer fell behind: {took} s, {refused} refused")
    buckets = {bound: count - before.get(bound, 0) for bound, count in after.items()}
    low, high, p99 = bucket_quantile_ms(buckets, 0.99)
    report.text(f"\nup, {int(records) / float(took):,.0f} records/s for {float(took):.1f} s in deliveries of {DELIVERY_RECORDS}, into a "
                f"topic (fdatasync) and from there into the table")
    report.text(f"intake to queryable row, by its own histogram of {buckets[float('inf')]:,.0f} records: p99 {p99:.1f} ms (between "
                f"{low:g} and {high:g})")
    report.text(f"by the probe of {len(latencies)} users: p50 {quantile(latencies, 0.5):.1f}, p90 {quantile(latencies, 0.9):.1f}, p99 "
                f"{quantile(latencies, 0.99):.1f}, at most {max(latencies):.1f} ms")
    report.text(f"CPU: {cpu / float(took):.2f} cores, the producer {float(producer_cpu) / float(took):.2f}; peak memory {peak_mb:.0f} MB")
    report.json(bench="embedded-live", contestant="millrace", records=int(records), seconds=float(took),
                records_per_s=round(int(records) / float(took)), cpu_s=round(cpu, 2), peak_mb=round(peak_mb, 1),
                durability="fdatasync of the topic before each answer", histogram_p99_ms=round(p99, 2),
                probe_p50_ms=round(quantile(latencies, 0.5), 2), probe_p99_ms=round(quantile(latencies, 0.99), 2))
    return [(f"p99 from intake to queryable row in ms, {RECORDS_PER_S:,} records/s", p99, -P99_MS),
            ("the same by a probe from outside", quantile(latencies, 0.99), -P99_MS),
            ("peak memory in MB meanwhile", peak_mb, -PEAK_MB)]


def start(place, report):
    times, memory = [], []
    for _ in range(STARTS):
        with Up(place) as up:
            times.append(up.start_ms)
            if len(times) == STARTS:
                time.sleep(IDLE_SECONDS)
                memory.append(up.memory_mb("VmRSS"))
    report.text(f"\nup on the data directory as it is: ready after {statistics.median(times):.0f} ms (median of {STARTS}, {min(times):.0f} to "
                f"{max(times):.0f}), {memory[0]:.0f} MB resident when idle")
    report.json(bench="embedded-start", contestant="millrace", start_ms=round(statistics.median(times), 1),
                start_ms_max=round(max(times), 1), idle_mb=round(memory[0], 1))
    return [("start to ready in ms", statistics.median(times), -START_MS), ("memory in MB when idle", memory[0], -IDLE_MB)]


def run(place, seconds, report):
    return start(place, report) + latency(place, seconds, report)


if __name__ == "__main__":
    produce(int(sys.argv[2]), sys.argv[3], int(sys.argv[4]))
