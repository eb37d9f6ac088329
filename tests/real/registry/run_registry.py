"""Flows whose schemas are in a real schema registry.

Every function called test_... is a test; its name says what holds. Each has topics of its own.
"""

import base64
import io
import json
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
import urllib.error
import urllib.request

import fastavro

MILLRACE = os.environ["MILLRACE"]
ADDRESS = sys.argv[1]
FILTER = sys.argv[2] if len(sys.argv) > 2 else ""
URL = f"http://{ADDRESS}/apis/ccompat/v7"
SECONDS_MAX = 60

PIPELINE = """millrace: 1
pipeline: shop
topics: {{ {topic}: {{ value: avro }} }}
flows:
  write:
    from: {{ file: input.jsonl, columns: {{ {columns} }} }}
    steps: [ select: "{select}" ]
    to: {{ topic: {topic}, key: id }}
  read:
    from: {{ topic: {topic} }}
    to: {{ file: out.jsonl }}
profiles:
  outside:
    systems: {{ reg: {{ registry: {{ url: "{url}"{more} }} }} }}
    schemas: reg
"""


def ask(method, path, body=None):
    """Of the registry: its answer, or what it says instead."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(URL + path, data, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as failure:
        return {"status": failure.code, **json.load(failure)}


class Folder:
    """A folder of its own, in which the program runs."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def put(self, name, text):
        (self.path / name).write_text(text)

    def pipeline(self, topic, select="id, n", columns="id: string, n: int", url=URL, more=""):
        self.put("p.yaml", PIPELINE.format(topic=topic, select=select, columns=columns, url=url, more=more))

    def millrace(self, *arguments):
        return subprocess.run([MILLRACE, *arguments], cwd=self.path, capture_output=True, text=True, timeout=SECONDS_MAX,
                              stdin=subprocess.DEVNULL, check=False)

    def run(self):
        return self.millrace("run", "p.yaml", "--profile", "outside")

    def run_well(self):
        done = self.run()
        assert done.returncode == 0, done.stdout + done.stderr
        return done

    def output(self):
        return [json.loads(line) for line in (self.path / "out.jsonl").read_text().splitlines()]

    def values(self, topic):
        """The values of a topic as they lie there: this program asks nobody what they mean."""
        done = self.millrace("topic", "tail", topic, "-n", "1000", "--json")
        assert done.returncode == 0, done.stderr
        return [json.loads(line) for line in done.stdout.splitlines()]


def test_a_flow_registers_its_schema_and_others_read_its_records(folder):
    folder.pipeline("users")
    folder.put("input.jsonl", '{"id":"a","n":1}\n{"id":"b","n":null}\n')
    folder.run_well()
    assert folder.output() == [{"id": "a", "n": 1}, {"id": "b", "n": None}]
    latest = ask("GET", "/subjects/users-value/versions/latest")
    schema = json.loads(latest["schema"])
    assert (schema["name"], schema["namespace"], latest["version"]) == ("Users", "shop", 1), latest
    for record, row in zip(folder.values("users"), folder.output()):
        value = base64.b64decode(record["value_base64"]) if "value_base64" in record else record["value"].encode()
        assert value[0] == 0 and int.from_bytes(value[1:5], "big") == latest["id"]
        assert fastavro.schemaless_reader(io.BytesIO(value[5:]), fastavro.parse_schema(schema)) == row
    folder.run_well()  # once more: it is there already
    assert ask("GET", "/subjects/users-value/versions") == [1]


def test_columns_may_be_added_and_go_while_others_read(folder):
    rows = []
    given = ""
    for number, (select, columns) in enumerate([("id, n", "id: string, n: int"), ("id, n, extra", "id: string, n: int, extra: string"),
                                                ("id", "id: string")], start=1):
        folder.pipeline("changing", select, columns)
        given += "".join(json.dumps({"id": f"{number}{i}", "n": i, "extra": "x"}) + "\n" for i in range(3))
        folder.put("input.jsonl", given)
        folder.run_well()
        rows.append(folder.output())
    assert ask("GET", "/subjects/changing-value/versions") == [1, 2, 3]
    assert rows[0][0] == {"id": "10", "n": 0}, rows[0]
    assert {"id": "10", "n": 0, "extra": None} in rows[1] and {"id": "20", "n": 0, "extra": "x"} in rows[1], rows[1]
    assert [row["id"] for row in rows[2]] == [f"{number}{i}" for number in (1, 2, 3) for i in range(3)], rows[2]


def test_what_the_registry_refuses_ends_the_flow_before_its_first_record(folder):
    folder.pipeline("strict")
    folder.put("input.jsonl", '{"id":"a","n":1}\n')
    folder.run_well()
    ask("PUT", "/config/strict-value", {"compatibility": "BACKWARD"})
    folder.pipeline("strict", "id, cast(n AS string) AS n")
    before = len(folder.values("strict"))
    assert folder.millrace("apply", "p.yaml", "--profile", "outside", "--allow", "topic:strict").returncode == 0
    done = folder.run()
    text = done.stdout + done.stderr
    assert done.returncode != 0
    assert f"topic strict: the schema registry {URL} refuses the schema of subject strict-value" in text, text
    assert len(folder.values("strict")) == before
    assert ask("GET", "/subjects/strict-value/versions") == [1]


def test_subjects_are_called_as_said(folder):
    for naming, subject in [("record", "shop.Named"), ("topic_record", "named-shop.Named")]:
        folder.pipeline("named", more=f", naming: {naming}")
        folder.put("input.jsonl", '{"id":"a","n":1}\n')
        folder.run_well()
        assert ask("GET", f"/subjects/{subject}/versions") == [1], naming


def test_a_topic_of_others_has_the_columns_of_its_newest_schema(folder):
    fields = [{"name": "id", "type": "string"}, {"name": "kind", "type": {"type": "enum", "name": "K", "symbols": ["A"]}, "default": "A"}]
    ask("POST", "/subjects/foreign-value/versions", {"schema": json.dumps({"type": "record", "name": "F", "fields": fields})})
    folder.put("p.yaml", "millrace: 1\ntopics: { foreign: { value: avro } }\nflows: { read: { from: { topic: foreign }, steps: [ select: "
               f"\"id, kind, missing\" ], to: {{ file: out.jsonl }} }} }}\nprofiles: {{ outside: {{ systems: {{ reg: {{ registry: \"{URL}\" }} }}, schemas: reg }} }}\n")
    done = folder.millrace("check", "p.yaml", "--profile", "outside")
    assert done.returncode != 0 and "missing" in done.stdout + done.stderr, done
    without = folder.millrace("check", "p.yaml")
    assert "nobody says the columns of topic 'foreign', which holds Avro" in without.stdout + without.stderr, without
    folder.put("p.yaml", (folder.path / "p.yaml").read_text().replace(", missing", ""))
    done = folder.millrace("check", "p.yaml", "--profile", "outside")
    assert done.returncode == 0, done.stdout + done.stderr


def test_a_registry_that_is_away_is_waited_for(folder):
    """Stopped, and not gone: it takes connections, and does not answer."""
    folder.pipeline("away")
    folder.put("input.jsonl", '{"id":"a","n":1}\n')
    folder.pipeline("away", url="http://127.0.0.1:9")
    done = folder.run()
    assert done.returncode != 0
    assert re.search(r"topic away: schema registry: POST http://127.0.0.1:9/subjects/away-value", done.stdout + done.stderr), done
    pid = int((pathlib.Path(os.environ["MILLRACE_STACK_DIR"]) / "registry" / "pid").read_text().split()[0])
    folder.pipeline("away")
    os.kill(pid, signal.SIGSTOP)
    try:
        running = subprocess.Popen([MILLRACE, "up", "p.yaml", "--profile", "outside"], cwd=folder.path, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        time.sleep(3)
        assert running.poll() is None
    finally:
        os.kill(pid, signal.SIGCONT)
    try:
        end = time.monotonic() + SECONDS_MAX
        while time.monotonic() < end:
            done = folder.millrace("topic", "tail", "away", "--json")
            if done.returncode == 0 and done.stdout:
                break
            time.sleep(0.2)
        assert done.stdout, done
    finally:
        running.send_signal(signal.SIGTERM)
        running.communicate(timeout=SECONDS_MAX)


def main():
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or FILTER not in name:
            continue
        folder = Folder(tempfile.mkdtemp())
        try:
            test(folder)
            passed += 1
        except Exception:  # whatever it is, the others go on
            print(f"{name} failed:")
            traceback.print_exc(file=sys.stdout)
            failed += 1
        finally:
            shutil.rmtree(folder.path)
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
