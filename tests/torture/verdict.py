"""Lets the program finish, and holds what there is against what has to be there."""

import json
import subprocess
from collections import Counter

RUN_SECONDS_MAX = 120

QUARANTINED = ("ingest", "store", "each", "explode", "once")
LOOK = ("millrace: 1\npipeline: look\ntopics:\n  fives: { partitions: 2, retention: forever, columns: { n: int } }\n"
        "  once: { partitions: 2, retention: forever, columns: { n: int } }\n"
        + "".join(f"  torture.{flow}.quarantine: {{ retention: forever, columns: {{ record: string, element: int }} }}\n"
                  for flow in QUARANTINED)
        + "flows:\n  fives: { from: { topic: fives }, to: { file: fives.jsonl } }\n"
        "  all_once: { from: { topic: once }, to: { file: all_once.jsonl } }\n"
        + "".join(f"  {flow}: {{ from: {{ topic: torture.{flow}.quarantine }}, to: {{ file: {flow}.jsonl }} }}\n"
                  for flow in QUARANTINED))


class Wrong(Exception):
    """The program did not do what it promises."""


def run(program, directory, *arguments):
    done = subprocess.run([program, *arguments], cwd=directory, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    if done.returncode != 0:
        raise Wrong(f"millrace {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def json_lines(text):
    return [json.loads(line) for line in text.splitlines()]


def compare(what, got, expected):
    """As often each as expected, whatever the order."""
    got, expected = Counter(got), Counter(expected)
    if got == expected:
        return
    too_many, missing = got - expected, expected - got
    raise Wrong(f"{what}: {sum(too_many.values())} too many, {sum(missing.values())} missing of "
                f"{sum(expected.values())}; the first: {sorted(too_many)[:3]} and {sorted(missing)[:3]}")


def judge(program, directory, oracle):
    run(program, directory, "run", "torture.yaml", "--quiet")

    def rows(select):
        return json_lines(run(program, directory, "query", select, "--json"))

    last = {r["id"]: r["n"] for r in oracle.stored()}
    compare("table t.events", [(r["id"], r["n"], r["name"]) for r in rows("SELECT id, n, name FROM t.events")],
            [(key, n, f"name {n}") for key, n in last.items()])
    compare("table t.each", [(r["n"], r["id"]) for r in rows("SELECT n, id FROM t.each")],
            [(r["n"], r["id"]) for r in oracle.wanted_by_each() if not r["id"].startswith("no")])
    compare("table t.tags", [(r["n"], r["pos"], r["tag"]) for r in rows("SELECT n, pos, tag FROM t.tags")],
            oracle.good_tags())

    (directory / "look.yaml").write_text(LOOK)
    run(program, directory, "run", "look.yaml", "--quiet")

    def records(flow):
        return json_lines((directory / f"{flow}.jsonl").read_text())

    def number(record):
        return json.loads(record["record"])["n"]

    compare("topic fives", [r["n"] for r in records("fives")], [r["n"] for r in oracle.stored() if r["n"] % 5 == 0])
    compare("quarantine of ingest", [r["record"] for r in records("ingest")], oracle.bad_ingest)
    compare("quarantine of store", map(number, records("store")), [r["n"] for r in oracle.refused_by_store()])
    compare("quarantine of each", map(number, records("each")),
            [r["n"] for r in oracle.wanted_by_each() if r["id"].startswith("no")])
    compare("quarantine of explode", [(number(r), r["element"]) for r in records("explode")],
            [(n, pos) for n, pos, tag in oracle.all_tags() if len(tag) >= 6])

    once, refused_once = oracle.once()
    compare("topic once", [r["n"] for r in records("all_once")], [r["n"] for r in once])
    compare("quarantine of once", map(number, records("once")), [r["n"] for r in refused_once])

    books = {one["flow"].removeprefix("torture."): {name: count for name, count in one["ledger"].items() if count}
             for one in json_lines(run(program, directory, "ledger", "torture.yaml", "--json"))}
    for flow, expected in oracle.books().items():
        if books.get(flow) != expected:
            raise Wrong(f"the ledger of {flow} says {books.get(flow)}, not {expected}")
