"""`./x bench tables`: the contestants in turn, each a process of its own on an empty directory; medians, and the aim."""
import argparse
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(__file__), ".."))
from measure import Report, machine, machine_line, median, run_measured  # noqa: E402

CONTESTANTS = ["store", "merge", "put", "store again"]
ROUNDS = 3
GOAL = 0.85
SUMMARY = {"store": "TableStore: from columns, conversions and keys included", "merge": "RocksDB: Merge of ready-made values",
           "put": "RocksDB: Put of ready-made values", "store again": "A/A: what the machine adds by itself"}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--records", type=int, required=True)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--data", required=True)
    parser.add_argument("--program", required=True)
    arguments = parser.parse_args()
    report = Report(arguments.json)
    report.text(machine_line())
    report.json(machine=machine())
    report.text(f"{arguments.records:,} rows of 240 bytes, 1,000 to a sorted batch, no log; flushed, synced and compacted at the end")
    runs = {contestant: [] for contestant in CONTESTANTS}
    for _ in range(arguments.rounds):
        for contestant in CONTESTANTS:
            command = [arguments.program, contestant.split()[0], os.path.join(arguments.data, "db"), str(arguments.records)]
            runs[contestant].append(run_measured(command, os.path.join(arguments.data, "log")))
    medians = {contestant: median(measured) for contestant, measured in runs.items()}
    report.text(f"{'contestant':<14}{'rows/s':>12}{'us CPU/row':>12}{'peak MB':>9}")
    for contestant, one in medians.items():
        rate, cpu = arguments.records / one.seconds, one.cpu_s / arguments.records * 1e6
        report.text(f"{contestant:<14}{rate:>12,.0f}{cpu:>12.2f}{one.peak_mb:>9.0f}  {SUMMARY[contestant]}")
        report.json(contestant=contestant, records=arguments.records, seconds=round(one.seconds, 3), records_per_s=round(rate),
                    cpu_us_per_record=round(cpu, 3), peak_mb=round(one.peak_mb, 1), durability="flushed and synced at the end")
    for aim, value in (("rows/s of bare Merge", medians["merge"].seconds / medians["store"].seconds),
                       ("bare Merge's CPU of ours", medians["merge"].cpu_s / medians["store"].cpu_s)):
        held = value >= GOAL
        report.text(f"{aim:<38}{value:>8.2f}{'>= ' + str(GOAL):>10}  {'held' if held else 'not held'}")
        report.json(aim=aim, value=round(value, 3), goal=GOAL, held=held)


if __name__ == "__main__":
    main()
