"""`./x bench shape`: runs the contestants in turn, proves that they wrote the same rows, and judges the aims."""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from measure import Report, machine, machine_line, median, run_measured  # noqa: E402
from rows import file_rows_and_hash  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = 3
THREADS = 2
PYTHON_RECORDS = 100_000


class Contest:
    def __init__(self, arguments):
        self.data = arguments.data
        self.records = arguments.records
        self.build = arguments.build
        self.python_records = min(arguments.records, PYTHON_RECORDS)
        self.rounds = arguments.rounds
        self.report = Report(arguments.json)

    def command(self, contestant, counting):
        data = self.data
        source = f"{data}/users-{self.python_records if contestant == 'python' else self.records}.jsonl"
        out = "-" if counting else self.out(contestant)
        quarantine = f"{data}/{contestant}.quarantine.jsonl"
        if contestant.startswith("millrace"):
            command = [f"{self.build}/millrace", "run", "-q", "--workers", str(THREADS), "-p", f"in={source}", "-p",
                       f"quarantine={quarantine}"]
            if counting:
                return [*command, f"{HERE}/users-count.yaml"]
            return [*command, "-p", f"out={out}", f"{HERE}/users.yaml"]
        if contestant == "bare":
            return [f"{self.build}/bench_shape_bare", source, out, quarantine, str(THREADS)]
        return [sys.executable, f"{HERE}/contestants.py", contestant, source, out, quarantine]

    def out(self, contestant):
        return f"{self.data}/{contestant}.out.jsonl"

    def records_of(self, contestant):
        return self.python_records if contestant == "python" else self.records

    def run(self, counting):
        # millrace runs twice in each round: the difference between its two series is what the machine adds by itself.
        contestants = ["millrace", "duckdb", "bare", "polars", "millrace again", "python"]
        measured = {contestant: [] for contestant in contestants}
        for _ in range(self.rounds):
            for contestant in contestants:
                for path in (self.out(contestant), f"{self.data}/{contestant}.quarantine.jsonl"):
                    if os.path.exists(path):
                        os.remove(path)
                measured[contestant].append(run_measured(self.command(contestant, counting), f"{self.data}/log"))
        return {contestant: median(runs) for contestant, runs in measured.items()}

    def show(self, medians, counting):
        durability = "none: counted and hashed" if counting else "fdatasync or fsync before the end"
        bench = "shape-count" if counting else "shape-file"
        self.report.text(f"\n{bench} (durability: {durability}; medians of {self.rounds})")
        self.report.text(f"{'contestant':<16}{'records':>10}{'seconds':>10}{'records/s':>12}{'CPU s':>9}{'peak MB':>9}")
        for contestant, one in medians.items():
            records = self.records_of(contestant)
            rate = records / one.seconds
            self.report.text(f"{contestant:<16}{records:>10,}{one.seconds:>10.3f}{rate:>12,.0f}{one.cpu_s:>9.2f}{one.peak_mb:>9.0f}")
            self.report.json(bench=bench, contestant=contestant, records=records, seconds=round(one.seconds, 4),
                             records_per_s=round(rate), cpu_s=round(one.cpu_s, 3), peak_mb=round(one.peak_mb, 1),
                             durability=durability)
        first, second = medians["millrace"].seconds, medians["millrace again"].seconds
        noise = abs(first - second) / min(first, second)
        self.report.text(f"A/A noise: {noise:.1%} between millrace's two series")
        self.report.json(bench=bench, noise=round(noise, 4))

    def agree(self):
        """Every contestant's rows are millrace's; plain Python's are those of the shorter file."""
        expected = file_rows_and_hash(self.out("millrace"))
        wrong = []
        for contestant in ("millrace again", "bare", "duckdb", "polars", "python"):
            wanted = expected
            if contestant == "python" and self.python_records != self.records:
                shorter = f"{self.data}/millrace-short.out.jsonl"
                command = self.command("millrace", False)
                command = [part.replace(f"users-{self.records}.jsonl", f"users-{self.python_records}.jsonl")
                           .replace(self.out("millrace"), shorter) for part in command]
                run_measured(command, f"{self.data}/log")
                wanted = file_rows_and_hash(shorter)
            found = file_rows_and_hash(self.out(contestant))
            if found != wanted:
                wrong.append(f"{contestant} wrote {found[0]} rows with hash {found[1]}, millrace {wanted[0]} with {wanted[1]}")
        if wrong:
            sys.exit("the contestants do not agree:\n" + "\n".join(wrong))
        self.report.text(f"cross-check: all wrote the same rows ({expected[0]:,} of {self.records:,}, hash {expected[1]})")
        self.report.json(bench="shape-file", check="same rows", records=self.records, rows=expected[0], hash=expected[1])

    def judge(self, file, count):
        def rate(medians, contestant):
            return self.records_of(contestant) / medians[contestant].seconds

        aims = [
            ("records/s to a durable file", rate(file, "millrace"), 1_000_000),
            ("records/s to the counting sink", rate(count, "millrace"), 2_000_000),
            ("times DuckDB, to a file", rate(file, "millrace") / rate(file, "duckdb"), 3),
            ("share of the bare limit, to a file", rate(file, "millrace") / rate(file, "bare"), 0.6),
            ("share of the bare limit, counting", rate(count, "millrace") / rate(count, "bare"), 0.6),
            ("peak memory in MB", max(file["millrace"].peak_mb, count["millrace"].peak_mb), 200),
        ]
        self.report.text(f"\n{'aim':<38}{'value':>12}{'goal':>14}")
        for aim, value, goal in aims:
            most = aim.startswith("peak")
            held = value < goal if most else value >= goal
            sign = "<" if most else ">="
            self.report.text(f"{aim:<38}{value:>12,.2f}{sign + ' ' + format(goal, ','):>14}  {'held' if held else 'not held'}")
            self.report.json(aim=aim, value=round(value, 3), goal=goal, held=held)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", required=True)
    parser.add_argument("--build", required=True)
    contest = Contest(parser.parse_args())
    contest.report.text(machine_line())
    contest.report.json(machine=machine())
    file = contest.run(counting=False)
    contest.show(file, counting=False)
    contest.agree()
    count = contest.run(counting=True)
    contest.show(count, counting=True)
    contest.judge(file, count)


if __name__ == "__main__":
    main()
