"""Kills the program again and again, and judges what is left by an oracle of its own: the input, and Python."""

import argparse
import json
import os
import pathlib
import random
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid

ROOT = pathlib.Path(__file__).resolve().parents[2]
RECORDS = 20_000
KEYS = 15_000  # so that some records change the rows of others
RUN_SECONDS_MAX = 120

PIPELINE = """millrace: 1
pipeline: torture
topics: { events: { partitions: 3, retention: forever } }
tables:
  t.events: { columns: { id: uuid, n: int, name: text, seen: bigint }, key: id }
flows:
  ingest:
    from: { file: { path: input.jsonl, format: json_lines }, columns: { id: string, n: int, name: string } }
    steps:
      - expect: [ { required: [name] } ]
    to: { topic: events, key: id }
  store:
    from: { topic: events }
    steps:
      - select: "id, n, name, _meta.offset AS seen"
      - where: "n % 10 <> 3"
      - expect: [ { name: odd, rule: "n % 7 <> 0" } ]
    to: { table: t.events }
"""
LOOK = """millrace: 1
pipeline: look
topics: { torture.ingest.quarantine: { retention: forever, columns: { record: string } },
          torture.store.quarantine: { retention: forever, columns: { record: string } } }
flows:
  first: { from: { topic: torture.ingest.quarantine }, to: { file: ingest.jsonl } }
  second: { from: { topic: torture.store.quarantine }, to: { file: store.jsonl } }
"""
LINE = re.compile(r"(\w[\w ]*?) (\d+)")


def make_input(path, rng):
    """Records, some broken; gives what has to come of them."""
    rows, bad_ingest, bad_store = {}, [], []
    filtered = 0
    with open(path, "w") as out:
        for n in range(RECORDS):
            key = str(uuid.UUID(int=rng.randrange(KEYS) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128))
            kind = rng.random()
            if kind < 0.01:
                line = f'{{"id":"{key}","n":{n},"name":'
            elif kind < 0.02:
                line = json.dumps({"id": key, "n": n})
            elif kind < 0.03:
                line = json.dumps({"id": f"no uuid {n}", "n": n, "name": "x"})
            else:
                line = json.dumps({"id": key, "n": n, "name": f"name {n}"})
            out.write(line + "\n")
            if kind < 0.02:
                bad_ingest.append(line)
            elif n % 10 == 3:
                filtered += 1
            elif n % 7 == 0 or kind < 0.03:
                bad_store.append(n)
            else:
                rows[key] = n  # the later one wins
    return {"rows": rows, "bad_ingest": sorted(bad_ingest), "bad_store": sorted(bad_store), "filtered": filtered}


def run(program, directory, *arguments, check=True):
    done = subprocess.run([program, *arguments], cwd=directory, capture_output=True, text=True, timeout=RUN_SECONDS_MAX)
    if check and done.returncode != 0:
        raise AssertionError(f"millrace {' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}{done.stderr}")
    return done.stdout


def kill_until_done(program, directory, rng, longest, rounds_left):
    """Starts and kills; gives how often. Ends when a run came to its end by itself, or there are no rounds left."""
    rounds = 0
    while rounds < rounds_left:
        process = subprocess.Popen([program, "run", "torture.yaml", "--quiet"], cwd=directory,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _, error = process.communicate(timeout=rng.uniform(0.0, longest))
            if process.returncode != 0:
                raise AssertionError(f"the run failed by itself with {process.returncode}: {error}")
            return rounds
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            rounds += 1
    return rounds


def judge(program, directory, expected):
    run(program, directory, "run", "torture.yaml", "--quiet")
    lines = run(program, directory, "query", "SELECT id, n FROM t.events", "--json").splitlines()
    rows = [json.loads(line) for line in lines]
    got = {row["id"]: row["n"] for row in rows}
    assert len(got) == len(rows), "a row is in the table twice"
    assert got == expected["rows"], f"{len(got)} rows, not {len(expected['rows'])}: {first_difference(got, expected['rows'])}"

    (directory / "look.yaml").write_text(LOOK)
    run(program, directory, "run", "look.yaml", "--quiet")
    records = [json.loads(line)["record"] for line in open(directory / "ingest.jsonl")]
    assert sorted(records) == expected["bad_ingest"], f"quarantine of ingest has {len(records)}, not {len(expected['bad_ingest'])}"
    numbers = sorted(json.loads(json.loads(line)["record"])["n"] for line in open(directory / "store.jsonl"))
    assert numbers == expected["bad_store"], f"quarantine of store has {len(numbers)}, not {len(expected['bad_store'])}"

    books = {line.split(":")[0]: dict((name, int(count)) for name, count in LINE.findall(line.split(":", 1)[1]))
             for line in run(program, directory, "ledger", "torture.yaml").splitlines()}
    passed = RECORDS - len(expected["bad_ingest"])
    assert books["ingest"] == {"read": RECORDS, "written": passed, "quarantined": len(expected["bad_ingest"])}, books
    assert books["store"] == {"read": passed, "filtered": expected["filtered"], "quarantined": len(expected["bad_store"]),
                              "written": passed - expected["filtered"] - len(expected["bad_store"])}, books


def first_difference(got, expected):
    for key in sorted(set(got) | set(expected)):
        if got.get(key) != expected.get(key):
            return f"{key} is {got.get(key)}, not {expected.get(key)}"
    return "none"


def torture(program, rounds, seed):
    rng = random.Random(seed)
    killed = journeys = 0
    while killed < rounds:
        directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-torture-"))
        try:
            (directory / "torture.yaml").write_text(PIPELINE)
            expected = make_input(directory / "input.jsonl", rng)
            if journeys == 0:  # how long a whole run takes here
                shutil.copytree(directory, directory / "whole")
                begin = time.monotonic()
                run(program, directory / "whole", "run", "torture.yaml", "--quiet")
                whole = time.monotonic() - begin
            killed += kill_until_done(program, directory, rng, whole * 0.7, rounds - killed)
            judge(program, directory, expected)
            journeys += 1
        finally:
            shutil.rmtree(directory)
    return killed, journeys


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--filter", default="")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("MILLRACE_TORTURE_ROUNDS", "100")))
    parser.add_argument("--seed", type=int, default=int(os.environ.get("MILLRACE_TORTURE_SEED", "1")))
    arguments = parser.parse_args()
    if arguments.filter not in "torture: killed again and again":
        print("0 passed, 0 failed")
        return 0
    try:
        killed, journeys = torture(os.environ["MILLRACE"], arguments.rounds, arguments.seed)
        print(f"killed {killed} times on {journeys} journeys of {RECORDS:,} records, seed {arguments.seed}")
        print("1 passed, 0 failed")
        return 0
    except AssertionError as failure:
        print(f"seed {arguments.seed}: {failure}")
        print("0 passed, 1 failed")
        return 1


if __name__ == "__main__":
    sys.exit(main())
