"""Users from an embedded topic into Cassandra, beside a bare writer of such rows; both in turn, round after round."""
import argparse
import pathlib
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from cassandra.cluster import Cluster  # noqa: E402
from measure import Report, machine, machine_line, median, run_measured  # noqa: E402

TABLE = "bench.users"


def rows_in(session):
    return sum(1 for _ in session.execute(f"SELECT id FROM {TABLE}", timeout=600))


class Contestants:
    def __init__(self, arguments):
        self.arguments = arguments
        self.build = pathlib.Path(arguments.build).resolve()
        self.data = pathlib.Path(arguments.data)
        self.log = self.data / "log"
        self.filled = self.data / "filled.home"

    def millrace(self, home, flow):
        given = {"in": self.arguments.users, "cassandra": self.arguments.cassandra}
        params = [word for name, value in given.items() for word in ("--param", f"{name}={value}")]
        return [self.build / "millrace", "run", "bench/cluster/users-cluster.yaml", "--flow", flow, "--profile", "cluster", "--data", home, *params]

    def fill_topic(self):
        """Also makes the table."""
        shutil.rmtree(self.filled, ignore_errors=True)
        run_measured(self.millrace(self.filled, "ingest"), self.log)

    def measure(self, name, session):
        session.execute(f"TRUNCATE {TABLE}", timeout=600)
        host, port = self.arguments.cassandra.rsplit(":", 1)
        if name == "bare":
            measured = run_measured([self.build / "bench_cluster_bare", host, port, TABLE, str(self.arguments.records)], self.log)
        else:
            home = self.data / "run.home"
            shutil.rmtree(home, ignore_errors=True)
            shutil.copytree(self.filled, home)
            measured = run_measured(self.millrace(home, "store"), self.log)
        found = rows_in(session)
        if found != self.arguments.records:
            sys.exit(f"{name}: {found} rows in Cassandra, not {self.arguments.records}:\n{self.log.read_text()}")
        return measured


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--json", action="store_true")
    for name in ("users", "data", "build", "cassandra"):
        parser.add_argument(f"--{name}", required=True)
    arguments = parser.parse_args()
    host, port = arguments.cassandra.rsplit(":", 1)
    session = Cluster([host], port=int(port)).connect()
    contestants = Contestants(arguments)
    contestants.fill_topic()
    names = ["bare", "millrace"]
    for name in names:  # a JVM that has just started knows nothing yet
        contestants.measure(name, session)
    measured = {name: [] for name in names}
    for _ in range(arguments.rounds):
        for name in names:
            measured[name].append(contestants.measure(name, session))
    report = Report(arguments.json)
    report.text(f"{arguments.records} users into Cassandra, median of {arguments.rounds} rounds; {machine_line()}")
    report.text(f"{'':10} {'rows/s':>10} {'us of CPU/row':>14} {'peak MB':>8}")
    for name in names:
        middle = median(measured[name])
        rate, cpu = arguments.records / middle.seconds, middle.cpu_s * 1e6 / arguments.records
        report.text(f"{name:10} {rate:10.0f} {cpu:14.2f} {middle.peak_mb:8.0f}")
        report.json(contestant=name, records=arguments.records, rows_per_s=rate, cpu_us=cpu, peak_mb=middle.peak_mb, **machine())


if __name__ == "__main__":
    main()
