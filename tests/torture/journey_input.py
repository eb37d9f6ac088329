"""What a journey is fed: records of which some are broken, and what has to come of each."""

import json
import uuid
from collections import Counter

KEYS = 4_000  # so that some records change the rows of others
CHUNK_RECORDS_MAX = 1_500

PIPELINE = """millrace: 1
pipeline: torture
topics:
  events: { partitions: 4, retention: forever }
  fives: { partitions: 2, retention: forever }
  tags: { partitions: 3, retention: forever }
  once: { partitions: 2, retention: forever }
tables:
  t.events: { columns: { id: uuid, n: int, name: text, seen: bigint }, key: id }
  t.each: { columns: { n: int, id: uuid, name: text }, key: n }
  t.tags: { columns: { n: int, pos: int, tag: text }, key: { partition: [n], cluster: [pos] } }
flows:
  ingest:
    from:
      file: { path: input.jsonl, format: json_lines }
      columns: { id: string, n: int, name: string, tags: "array<string>" }
    steps:
      - expect: [ { required: [name] } ]
    to: { topic: events, key: id }
  store:
    from: { topic: events }
    steps:
      - select: "id, n, name, _meta.offset AS seen"
      - where: "n % 10 <> 3"
      - expect: [ { name: odd, rule: "n % 7 <> 0" } ]
    to:
      - { table: t.events }
      - { topic: fives, key: id, where: "n % 5 = 0" }
  each:
    from: { topic: events }
    steps:
      - select: "n, id, name"
    to: { table: t.each, where: "n % 4 <> 1" }
  explode:
    from: { topic: events }
    steps:
      - explode: tags AS (pos, tag)
      - select: "n, pos, tag"
      - expect: [ { name: long, rule: "length(tag) < 6" } ]
    to: { topic: tags, key: tag }
  collect:
    from: { topic: tags }
    to: { table: t.tags }
  once:
    from: { topic: events }
    steps:
      - dedupe: id
      - expect: [ { name: odd, rule: "n % 7 <> 0" } ]
    to: { topic: once, key: id }
"""


def written(record):
    return json.dumps(record, separators=(",", ":"))


class Input:
    """Grows between the lives of the program. The oracle: everything here follows from the lines alone."""

    def __init__(self, path, rng):
        self.path, self.rng = path, rng
        self.records = 0
        self.bad_ingest = []  # lines as they were
        self.passed = []      # records that ingest lets through, in order

    def append(self, records):
        with open(self.path, "a") as out:
            for _ in range(records):
                out.write(self.make() + "\n")

    def make(self):
        n, self.records = self.records, self.records + 1
        record = {"id": str(uuid.UUID(int=self.rng.randrange(KEYS) * 0x9E3779B97F4A7C15F39CC0605CEDC835 % 2**128)),
                  "n": n, "name": f"name {n}",
                  "tags": ["x" * self.rng.choice([1, 2, 2, 3, 7]) for _ in range(self.rng.randrange(4))]}
        kind = self.rng.random()
        line = written(record)
        if kind < 0.02:
            del record["name"]
            line = written(record) if kind < 0.01 else line[:-5]  # no name, or cut off
            self.bad_ingest.append(line)
            return line
        if kind < 0.03:
            record["id"] = f"no uuid {n}"
            line = written(record)
        self.passed.append(record)
        return line

    # Of the flow `store`.
    def filtered_by_store(self):
        return [r for r in self.passed if r["n"] % 10 == 3]

    def refused_by_store(self):
        return [r for r in self.passed if r["n"] % 10 != 3 and (r["n"] % 7 == 0 or r["id"].startswith("no"))]

    def stored(self):
        return [r for r in self.passed if r["n"] % 10 != 3 and r["n"] % 7 != 0 and not r["id"].startswith("no")]

    # Of the flow `each`: what a sink does not want it does not judge.
    def wanted_by_each(self):
        return [r for r in self.passed if r["n"] % 4 != 1]

    # Of the flow `explode`.
    def all_tags(self):
        return [(r["n"], pos, tag) for r in self.passed for pos, tag in enumerate(r["tags"])]

    def good_tags(self):
        return [one for one in self.all_tags() if len(one[2]) < 6]

    # Of the flow `once`: the first record of a key that the check lets through is the only one.
    def once(self):
        claimed, written, refused = set(), [], []
        for record in self.passed:
            if record["id"] in claimed:
                continue
            if record["n"] % 7 == 0:
                refused.append(record)
            else:
                claimed.add(record["id"])
                written.append(record)
        return written, refused

    def books(self):
        """Of each flow, as `millrace ledger` says them; what is zero is left out."""
        read, tags, good = len(self.passed), len(self.all_tags()), len(self.good_tags())
        empty = sum(1 for r in self.passed if not r["tags"])
        bad_each = sum(1 for r in self.wanted_by_each() if r["id"].startswith("no"))
        once, refused_once = self.once()
        books = {
            "once": Counter(read=read, written=len(once), quarantined=len(refused_once),
                            duplicate=read - len(once) - len(refused_once)),
            "ingest": Counter(read=self.records, written=read, quarantined=len(self.bad_ingest)),
            "store": Counter(read=read, written=len(self.stored()), filtered=len(self.filtered_by_store()),
                             quarantined=len(self.refused_by_store())),
            "each": Counter(read=read, written=len(self.wanted_by_each()) - bad_each, quarantined=bad_each,
                            filtered=read - len(self.wanted_by_each())),
            "explode": Counter(read=read, made=tags - (read - empty), written=good, filtered=empty,
                               quarantined=tags - good),
            "collect": Counter(read=good, written=good)}
        return {flow: {name: count for name, count in one.items() if count} for flow, one in books.items()}
