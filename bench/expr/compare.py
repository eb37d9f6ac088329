"""`./x bench expr`: proves that millrace and DuckDB give the same answers, expression by expression, times them in turn, and judges."""
import argparse
import hashlib
import json
import os
import re
import statistics
import subprocess
import sys
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from measure import Measured, Report, machine, machine_line, median  # noqa: E402

HERE = os.path.dirname(os.path.abspath(__file__))
ROUNDS = 3
SAMPLE_ROWS = 20_000
BUDGET_S_PER_RECORD = 1e-7  # for the passes of one contestant over one expression, of which the fastest counts
LEAST_S_PER_ROW = 1e-11  # what is faster than this beside the scan is beyond what can be told
CONTESTANTS = ["millrace", "duckdb", "millrace again"]
GOAL = 1.0
INSTANT = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?Z?")
DUCKDB_TYPES = {"string": "VARCHAR", "array<int>": "INTEGER[]", "array<string>": "VARCHAR[]",
                "map<string,int>": "MAP(VARCHAR, INTEGER)", "struct<name:string,age:int>": "STRUCT(name VARCHAR, age INTEGER)"}


@dataclass
class Expression:
    name: str
    group: str
    line: int
    millrace: str = ""
    duckdb: str = ""
    over: list = field(default_factory=list)
    differs: str = ""


def read_expressions(path):
    expressions = []
    group = ""
    for number, line in enumerate(open(path), 1):
        text = line.rstrip("\n")
        if text.startswith("#"):
            group = text[1:].strip()
        elif text and not text.startswith(" "):
            expressions.append(Expression(text, group, number))
        elif text:
            key, _, value = text.strip().partition(" ")
            if key not in ("millrace", "duckdb", "over", "differs") or not expressions:
                sys.exit(f"{path}:{number}: '{key}' is not one of millrace, duckdb, over, differs")
            value = value.strip()
            setattr(expressions[-1], key, value.split() if key == "over" else value)
    for one in expressions:
        one.duckdb = one.duckdb or one.millrace
    return expressions


class Contestant:
    """A process that answers requests, a line each."""

    def __init__(self, command):
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.greeting = self.read(" ".join(command))

    def read(self, request):
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"{self.process.args[0]} ended at: {request}")
        return json.loads(line, parse_float=Decimal)

    def ask(self, request, text):
        self.process.stdin.write(f"{request}\t{text}\n")
        self.process.stdin.flush()
        return self.read(text)

    def time(self, text, records):
        answer = self.ask(f"time {BUDGET_S_PER_RECORD * records}", text)
        return Measured(*(float(answer[name]) for name in ("seconds", "cpu_s", "peak_mb")))

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def same(ours, theirs):
    if isinstance(ours, list) and isinstance(theirs, list):
        return len(ours) == len(theirs) and all(map(same, ours, theirs))
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return ours.keys() == theirs.keys() and all(same(ours[key], theirs[key]) for key in ours)
    if ours is None or theirs is None or isinstance(ours, bool) or isinstance(theirs, bool):
        return ours is theirs
    if isinstance(ours, (int, Decimal)):  # libraries differ in the last bit of a logarithm
        ours, theirs = Decimal(ours), Decimal(theirs)
        return ours == theirs or abs(ours - theirs) <= Decimal("1e-14") * abs(ours)
    if ours != theirs and INSTANT.fullmatch(ours) and INSTANT.fullmatch(theirs):
        return instant(ours) == instant(theirs)
    return ours == theirs


def is_nested(duckdb_type):
    return duckdb_type.startswith(("STRUCT", "MAP")) or duckdb_type.endswith("[]")


def instant(text):
    return datetime.fromisoformat(text.removesuffix("Z").replace("T", " "))


class Contest:
    def __init__(self, arguments):
        self.records = arguments.records
        self.rounds = arguments.rounds
        self.report = Report(arguments.json)
        rows = f"{arguments.data}/rows.jsonl"
        self.millrace = Contestant([f"{arguments.build}/bench_expr", str(self.records), rows])
        self.types = {name: DUCKDB_TYPES.get(kind, kind.upper()) for name, kind in self.millrace.greeting.items()}
        self.duckdb = Contestant([sys.executable, f"{HERE}/duckdb_contestant.py", rows, json.dumps(self.types)])
        os.remove(rows)
        self.expressions = [one for one in read_expressions(f"{HERE}/expressions.txt")
                            if arguments.filter in one.name or arguments.filter == one.group]
        if not self.expressions:
            sys.exit(f"no expression of {HERE}/expressions.txt has '{arguments.filter}' in its name")

    def agree(self):
        wrong = []
        digest = hashlib.blake2b(digest_size=16)
        nulls = 0
        for one in self.expressions:
            ours = self.millrace.ask(f"sample {SAMPLE_ROWS}", one.millrace)
            theirs = self.duckdb.ask(f"sample {SAMPLE_ROWS}", f"SELECT {one.duckdb} FROM rows")
            nulls += ours.count(None)
            digest.update(json.dumps(ours, default=str).encode())
            unlike = [at for at, (a, b) in enumerate(zip(ours, theirs, strict=True))
                      if (a is None) != (b is None) or not (one.differs or same(a, b))]
            if unlike:
                at = unlike[0]
                wrong.append(f"expressions.txt:{one.line}: {one.name}: {len(unlike)} of {len(ours)} rows; in row {at} "
                             f"millrace has {ours[at]!r}, DuckDB {theirs[at]!r}")
        if wrong:
            sys.exit("the answers are not the same:\n" + "\n".join(wrong))
        rows = min(self.records, SAMPLE_ROWS)
        alike = sum(not one.differs for one in self.expressions)
        self.report.text(f"cross-check: {alike} expressions have the same values in {rows:,} rows, {len(self.expressions) - alike} "
                         f"differ as said ({nulls:,} nulls, hash {digest.hexdigest()})")
        self.report.json(bench="expr", check="same values", rows=rows, alike=alike, differ=len(self.expressions) - alike,
                         nulls=nulls, hash=digest.hexdigest())

    def duckdb_net(self, one):
        """What the expression costs beside a scan of its columns into the same aggregate."""
        kind = self.duckdb.ask("sample 1", f"SELECT typeof({one.duckdb}) FROM rows")[0]
        # any_value is the cheapest aggregate whose argument is always computed; of nested values it makes copies.
        sink = "count" if is_nested(kind) else "any_value"
        whole = self.duckdb.time(f"SELECT {sink}({one.duckdb}) FROM rows", self.records)
        columns = ", ".join(f"{self.scan_sink(name)}({name})" for name in one.over) or "count(*)"
        scan = self.duckdb.time(f"SELECT {columns} FROM rows", self.records)
        least = LEAST_S_PER_ROW * self.records
        return Measured(max(whole.seconds - scan.seconds, least), max(whole.cpu_s - scan.cpu_s, least), whole.peak_mb)

    def scan_sink(self, name):
        return "count" if is_nested(self.types.get(name, "")) else "any_value"

    def measure(self, one):
        measured = {contestant: [] for contestant in CONTESTANTS}
        for _ in range(self.rounds):
            for contestant in CONTESTANTS:
                measured[contestant].append(self.duckdb_net(one) if contestant == "duckdb" else
                                            self.millrace.time(one.millrace, self.records))
        return {contestant: median(runs) for contestant, runs in measured.items()}

    def show(self, one, medians):
        ratio = medians["duckdb"].cpu_s / medians["millrace"].cpu_s
        mark = " *" if one.differs else ""
        self.report.text(f"{one.name + mark:<26}{one.group:<13}" +
                         "".join(f"{self.records / medians[name].cpu_s / 1e6:>14,.1f}" for name in CONTESTANTS[:2]) + f"{ratio:>10.2f}")
        for contestant in CONTESTANTS:
            values = medians[contestant]
            self.report.json(bench="expr", contestant=contestant, expression=one.name, records=self.records,
                             seconds=round(values.seconds, 6), records_per_s=round(self.records / values.cpu_s),
                             cpu_s=round(values.cpu_s, 6), peak_mb=round(values.peak_mb, 1), durability="none")
        return ratio

    def run(self):
        self.agree()
        self.report.text(f"\nexpr (durability: none; {self.records:,} records, one thread; medians of {self.rounds} of millions of records "
                         "per second of CPU)")
        self.report.text(f"{'expression':<26}{'group':<13}{'millrace':>14}{'duckdb':>14}{'ratio':>10}")
        ratios = []
        noise = []
        for one in self.expressions:
            medians = self.measure(one)
            ratios.append(self.show(one, medians))
            first, second = (medians[name].cpu_s for name in ("millrace", "millrace again"))
            noise.append(abs(first - second) / min(first, second))
        for one in self.expressions:
            if one.differs:
                self.report.text(f"* {one.name}: {one.differs}")
        self.report.text(f"A/A noise: {statistics.median(noise):.1%} between millrace's two series, median of the expressions")
        self.report.json(bench="expr", noise=round(statistics.median(noise), 4))
        self.judge(ratios)

    def judge(self, ratios):
        value = statistics.median(ratios)
        held = value >= GOAL
        as_fast = sum(ratio >= 1 for ratio in ratios)
        self.report.text(f"\nmedian ratio to DuckDB {value:.2f}, goal >= {GOAL}: {'held' if held else 'not held'}; "
                         f"{as_fast} of {len(ratios)} expressions are at least as fast")
        self.report.json(aim="median ratio to DuckDB", value=round(value, 3), goal=GOAL, held=held, as_fast=as_fast,
                         expressions=len(ratios))

    def close(self):
        self.millrace.close()
        self.duckdb.close()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--filter", default="")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", required=True)
    parser.add_argument("--build", required=True)
    contest = Contest(parser.parse_args())
    contest.report.text(machine_line())
    contest.report.json(machine=machine())
    contest.run()
    contest.close()


if __name__ == "__main__":
    main()
