"""`./x bench embedded`: users from a file through a topic into a table, the contestants in turn; then the process that is up."""
import argparse
import os
import shutil
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [os.path.join(HERE, ".."), HERE]
import live  # noqa: E402
from measure import Report, machine, machine_line, median, run_measured  # noqa: E402
from rows import rows_and_hash  # noqa: E402

ROUNDS = 3
THREADS = 2
PEER_RECORDS = 100_000  # SQLite gets as many, and the rows of all are compared over them
TABLE = "bench.users"
# millrace runs twice in each round: the difference between its two series is what the machine adds by itself.
CONTESTANTS = ["millrace", "bare", "millrace dedupe", "millrace again", "sqlite", "spark"]
DURABILITY = {"millrace": "every 4 MB of input: fdatasync, one commit with position and books; rows flushed at the end",
              "bare": "every 4 MB of input: fdatasync; rows flushed at the end",
              "sqlite": "WAL, fsync every 4,000 records, with the position",
              "spark": "none until the end: the job is all or nothing"}
SHARE_OF_BARE = 0.6
RECORDS_PER_S = 300_000
PEAK_MB = 256


class Contest:
    def __init__(self, arguments):
        self.data, self.build, self.spark = arguments.data, arguments.build, arguments.spark
        self.rounds = arguments.rounds
        self.only = arguments.only.split(",") if arguments.only else CONTESTANTS
        self.report = Report(arguments.json)

    def users(self, records):
        return f"{self.data}/users-{records}.jsonl"

    def directory(self, contestant):
        return f"{self.data}/{contestant.replace(' ', '-')}.home"

    def command(self, contestant, records):
        source, directory = self.users(records), self.directory(contestant)
        if contestant == "bare":
            return [f"{self.build}/bench_embedded_bare", "run", source, directory, str(THREADS)]
        if contestant.startswith("millrace"):
            pipeline = "users-dedupe.yaml" if contestant.endswith("dedupe") else "users.yaml"
            return [f"{self.build}/millrace", "run", "-q", "--settle", "--workers", str(THREADS), "--data", directory, "-p",
                    f"in={source}", f"{HERE}/{pipeline}"]
        python = self.spark if contestant == "spark" else sys.executable
        return [python, f"{HERE}/contestants.py", contestant, source, directory]

    def run_once(self, contestant, records):
        shutil.rmtree(self.directory(contestant), ignore_errors=True)
        return run_measured(self.command(contestant, records), f"{self.data}/log")

    @staticmethod
    def records_of(contestant, records):
        return min(records, PEER_RECORDS) if contestant == "sqlite" else records

    def dump(self, contestant):
        """The command that prints a contestant's rows."""
        directory = self.directory(contestant)
        if contestant == "bare":
            return [f"{self.build}/bench_embedded_bare", "dump", directory]
        if contestant.startswith("millrace"):
            return [f"{self.build}/millrace", "query", f"SELECT * FROM {TABLE}", "--json", "--data", directory]
        return [sys.executable, f"{HERE}/contestants.py", "dump", contestant, directory]

    def count(self, contestant):
        with subprocess.Popen(self.dump(contestant), stdout=subprocess.PIPE) as process:
            count = sum(piece.count(b"\n") for piece in iter(lambda: process.stdout.read(1 << 20), b""))
        if process.returncode != 0:
            sys.exit(f"{contestant}: its rows cannot be read")
        return count

    def agree(self, records):
        """All contestants, over records that are few enough, and the rows that they leave."""
        found = {}
        for contestant in self.only:
            self.run_once(contestant, records)
            with subprocess.Popen(self.dump(contestant), stdout=subprocess.PIPE) as process:
                found[contestant] = rows_and_hash(process.stdout, contestant)
            shutil.rmtree(self.directory(contestant))
        rows, digest = expected = found[self.only[0]]
        wrong = [f"{name}: {one[0]:,} rows, hash {one[1]}" for name, one in found.items() if one != expected]
        if wrong or rows == 0:
            sys.exit(f"the contestants do not agree: {self.only[0]} left {rows:,} rows, hash {digest}\n" + "\n".join(wrong))
        self.report.text(f"cross-check: all left the same rows ({rows:,} of {records:,} records, hash {digest})")
        self.report.json(bench="embedded", check="same rows", records=records, rows=rows, hash=digest)

    def run(self, records):
        measured = {contestant: [] for contestant in self.only}
        rows = {}
        for _ in range(self.rounds):
            for contestant in self.only:
                measured[contestant].append(self.run_once(contestant, self.records_of(contestant, records)))
                if contestant not in rows and contestant in ("millrace", "millrace dedupe", "bare"):
                    rows[contestant] = self.count(contestant)
                if contestant != "millrace" or contestant == self.only[-1]:
                    shutil.rmtree(self.directory(contestant))
        if len(set(rows.values())) > 1:
            sys.exit(f"the contestants do not agree: {rows}")
        medians = {contestant: median(runs) for contestant, runs in measured.items()}
        self.show(records, medians, rows)
        return medians

    def show(self, records, medians, rows):
        counted = f"; {next(iter(rows.values())):,} rows counted in each table" if rows else ""
        self.report.text(f"\n{records:,} users (medians of {self.rounds}{counted})")
        self.report.text(f"{'contestant':<17}{'records':>11}{'seconds':>9}{'records/s':>11}{'CPU s':>8}{'us CPU each':>12}{'peak MB':>9}")
        for contestant, one in medians.items():
            count = self.records_of(contestant, records)
            self.report.text(f"{contestant:<17}{count:>11,}{one.seconds:>9.2f}{count / one.seconds:>11,.0f}{one.cpu_s:>8.2f}"
                             f"{one.cpu_s / count * 1e6:>12.2f}{one.peak_mb:>9.0f}")
            self.report.json(bench="embedded", contestant=contestant, records=count, seconds=round(one.seconds, 4),
                             records_per_s=round(count / one.seconds), cpu_s=round(one.cpu_s, 3), peak_mb=round(one.peak_mb, 1),
                             durability=DURABILITY[contestant.split()[0]])
        for name in dict.fromkeys(contestant.split()[0] for contestant in medians):
            self.report.text(f"durability of {name}: {DURABILITY[name]}")
        if "millrace" in medians and "millrace again" in medians:
            first, second = medians["millrace"].seconds, medians["millrace again"].seconds
            noise = abs(first - second) / min(first, second)
            self.report.text(f"A/A noise: {noise:.1%} between millrace's two series")
            self.report.json(bench="embedded", records=records, noise=round(noise, 4))

    def aims(self, records, medians):
        aims = []
        for contestant, what in (("millrace", ""), ("millrace dedupe", ", with dedupe")):
            if contestant not in medians:
                continue
            one = medians[contestant]
            at = f"{records / 1e6:g} million{what}"
            if "bare" in medians:
                bare = medians["bare"]
                aims.append((f"share of the bare limit, {at}", bare.seconds / one.seconds, SHARE_OF_BARE))
                aims.append((f"the same of its CPU, {at}", bare.cpu_s / one.cpu_s, SHARE_OF_BARE))
            aims.append((f"records/s, {at}", records / one.seconds, RECORDS_PER_S))
            aims.append((f"peak memory in MB, {at}", one.peak_mb, -PEAK_MB))
        return aims

    def judge(self, aims):
        """A goal below zero: the value is to stay under it."""
        self.report.text(f"\n{'aim':<52}{'value':>12}{'goal':>12}")
        for aim, value, goal in aims:
            held = value >= goal if goal > 0 else value < -goal
            sign = ">=" if goal > 0 else "<"
            self.report.text(f"{aim:<52}{value:>12,.2f}{sign + ' ' + format(abs(goal), ','):>12}  {'held' if held else 'not held'}")
            self.report.json(aim=aim, value=round(value, 3), goal=abs(goal), held=held)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", required=True, help="how many; several sizes, with commas between, give the cost curve")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--only", default="", help="contestants, with commas between")
    parser.add_argument("--live-seconds", type=int, default=20, help="how long the process that is up gets 10,000 records/s; 0: never")
    parser.add_argument("--live-users", default="", help="users for that, who are in no other file")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", required=True)
    parser.add_argument("--build", required=True)
    parser.add_argument("--spark", required=True, help="the Python that has pyspark")
    arguments = parser.parse_args()
    contest = Contest(arguments)
    contest.report.text(machine_line())
    contest.report.json(machine=machine())
    sizes = [int(size) for size in arguments.records.split(",")]
    contest.agree(min(sizes[0], PEER_RECORDS))
    aims = []
    for records in sizes:
        aims += contest.aims(records, contest.run(records))
    if arguments.live_seconds > 0:
        home = contest.directory("millrace")
        if not os.path.isdir(home):
            contest.run_once("millrace", sizes[-1])
        aims += live.run(live.Place(program=f"{arguments.build}/millrace", data=home, work=arguments.data,
                                    users=arguments.live_users), arguments.live_seconds, contest.report)
    contest.judge(aims)


if __name__ == "__main__":
    main()
