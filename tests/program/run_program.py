"""The program as a process: exit codes, pipes, signals, terminals, permissions, machine-readable output.

Every function called test_... is a test; its name says what holds.
"""

import contextlib
import fcntl
import json
import os
import pathlib
import pty
import re
import select
import shutil
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import termios
import time
import traceback
import urllib.error
import urllib.request
import xml.etree.ElementTree

ROOT = pathlib.Path(__file__).resolve().parents[2]
MILLRACE = os.environ["MILLRACE"]
SECONDS_MAX = 30
NOBODY = 65534

FLOW = """millrace: 1
flows:
  f:
    from: {{ file: {{ path: "{source}", format: json_lines }}, columns: {{ id: int, name: string }} }}
    steps:
      - expect:
          - {{ required: [name]{severity} }}
    to: {{ file: "{sink}" }}
"""
TESTS = "tests: [ { name: ada passes, given: [ { id: 1, name: Ada } ], expect: { rows: [ { id: %d } ] } } ]\n"
GOOD = '{"id":1,"name":"Ada"}\n'
BAD = '{"id":2}\n'


class Folder:
    """A folder of its own, in which the program runs."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def put(self, name, text):
        (self.path / name).write_text(text)

    def flow(self, source="in.jsonl", sink="out.jsonl", severity="", more=""):
        self.put("p.yaml", FLOW.format(source=source, sink=sink, severity=severity) + more)

    def run(self, *arguments, stdin="", env=None, **options):
        return subprocess.run([MILLRACE, *arguments], cwd=self.path, input=stdin, capture_output=True, text=True,
                              timeout=SECONDS_MAX, env=dict(os.environ, **(env or {})), **options)

    def start(self, *arguments):
        return subprocess.Popen([MILLRACE, *arguments], cwd=self.path, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                stderr=subprocess.PIPE, text=True)

    def partial_files(self):
        return sorted(path.name for path in self.path.glob("*.partial-*"))


def wait_until(holds):
    end = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.01)


def in_terminal(folder, arguments, columns=60, env=None, stdin=None):
    """What the program writes to a terminal of so many columns; standard output and error alike."""
    leader, follower = pty.openpty()
    fcntl.ioctl(follower, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
    environment = {**os.environ, "TERM": "xterm", **(env or {})}
    environment.pop("COLUMNS", None)
    process = subprocess.Popen([MILLRACE, *arguments], cwd=folder.path, stdin=stdin or subprocess.DEVNULL, stdout=follower,
                               stderr=follower, env=environment)
    os.close(follower)
    written = b""
    end = time.monotonic() + SECONDS_MAX
    while time.monotonic() < end:
        if not select.select([leader], [], [], 0.1)[0]:
            continue
        with contextlib.suppress(OSError):  # the other side is closed
            if chunk := os.read(leader, 65536):
                written += chunk
                continue
        break
    process.wait(SECONDS_MAX)
    os.close(leader)
    return written.decode().replace("\r\n", "\n")


def exit_0(folder):
    folder.flow()
    folder.put("in.jsonl", GOOD)
    return folder.run("run", "p.yaml").returncode


def exit_1(folder):
    folder.put("in.jsonl", GOOD + BAD)
    codes = set()
    for severity in (", else: stop", ", at_most: 0"):
        folder.flow(severity=severity)
        codes.add(folder.run("run", "p.yaml").returncode)
    folder.flow(source="away.jsonl")
    codes.add(folder.run("run", "p.yaml").returncode)
    folder.flow(more=TESTS % 2)
    codes.add(folder.run("test", "p.yaml").returncode)
    assert len(codes) == 1, codes
    return codes.pop()


def exit_2(folder):
    return folder.run("run", "--dance").returncode


def exit_3(folder):
    folder.put("p.yaml", "millrace: 1\n")
    return folder.run("run", "p.yaml").returncode


def exit_130(folder):
    folder.flow(source="-")
    codes = set()
    for number in (signal.SIGINT, signal.SIGTERM):
        process = folder.start("run", "p.yaml")
        wait_until(folder.partial_files)
        process.stdin.write(GOOD)
        process.stdin.flush()
        process.send_signal(number)
        wait_until(lambda: process.poll() is not None)  # the pipe stays open: it must not wait for its end
        out, err = process.communicate()
        assert "ledger: " in out and "failed: interrupted; nothing was published" in out, (out, err)
        assert not folder.partial_files(), "nothing stays behind"
        codes.add(process.returncode)
    assert len(codes) == 1, codes
    return codes.pop()


def test_every_exit_code_of_the_reference_is_what_it_says(folder):
    table = (ROOT / "docs/reference/exit-codes.md").read_text()
    documented = {int(code) for code in re.findall(r"^\| (\d+) \|", table, re.M)}
    proofs = {int(name[5:]): proof for name, proof in globals().items() if re.fullmatch(r"exit_\d+", name)}
    assert documented == set(proofs), (documented, set(proofs))
    for code, proof in proofs.items():
        with tempfile.TemporaryDirectory() as own:
            assert proof(Folder(own)) == code, code


def test_records_go_from_pipe_to_pipe_and_the_report_beside_them(folder):
    folder.flow(source="-", sink="-")
    done = folder.run("run", "p.yaml", stdin=GOOD + BAD)
    assert done.stdout == '{"id":1,"name":"Ada"}\n', done.stdout
    assert "ledger: read 2 = written 1 + quarantined 1" in done.stderr, done.stderr
    assert "  -> quarantine f.quarantine.jsonl: 1 record\n" in done.stderr, done.stderr
    quarantined = json.loads((folder.path / "f.quarantine.jsonl").read_text())
    assert quarantined["source"] == "stdin" and quarantined["line"] == 2, quarantined


def test_quiet_prints_nothing_but_errors(folder):
    folder.flow()
    folder.put("in.jsonl", GOOD)
    done = folder.run("run", "p.yaml", "-q")
    assert (done.stdout, done.stderr) == ("", ""), done
    folder.flow(source="away.jsonl")
    done = folder.run("run", "p.yaml", "-q")
    assert done.stdout == "" and done.stderr == "millrace: flow f: cannot find away.jsonl: No such file or directory\n", done


def test_a_reader_that_goes_away_fails_the_run(folder):
    folder.flow(source="-", sink="-")
    reader, writer = os.pipe()
    os.close(reader)
    process = subprocess.Popen([MILLRACE, "run", "p.yaml"], cwd=folder.path, stdin=subprocess.PIPE, stdout=writer,
                               stderr=subprocess.PIPE, text=True)
    os.close(writer)
    _, err = process.communicate(GOOD, timeout=SECONDS_MAX)
    assert process.returncode == 1 and "cannot write to the standard output: Broken pipe" in err, err


def test_a_reader_of_help_may_go_away(folder):
    done = subprocess.run(["bash", "-o", "pipefail", "-c", f"'{MILLRACE}' help functions | head -n 1"], capture_output=True,
                          text=True, timeout=SECONDS_MAX)
    assert done.returncode == 0 and done.stderr == "", done


def test_a_file_without_permission_is_told_by_its_name(folder):
    folder.flow()
    folder.put("in.jsonl", GOOD)
    (folder.path / "in.jsonl").chmod(0)
    folder.path.chmod(0o777)
    as_nobody = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if os.geteuid() == 0 else {}
    done = folder.run("run", "p.yaml", **as_nobody)
    assert done.returncode == 1 and "cannot open in.jsonl: Permission denied" in done.stdout, done
    (folder.path / "in.jsonl").chmod(0o444)
    folder.path.chmod(0o555)
    done = folder.run("run", "p.yaml", **as_nobody)
    folder.path.chmod(0o755)
    assert done.returncode == 1 and "cannot create out.jsonl.partial-" in done.stdout, done
    assert "Permission denied" in done.stdout, done


def test_a_file_that_vanishes_between_check_and_run_fails_the_run(folder):
    folder.flow()
    folder.put("in.jsonl", GOOD)
    assert folder.run("check", "p.yaml").returncode == 0
    (folder.path / "in.jsonl").unlink()
    done = folder.run("run", "p.yaml")
    assert done.returncode == 1 and "failed: cannot find in.jsonl: No such file or directory" in done.stdout, done


def test_what_a_killed_run_leaves_is_removed_by_the_next_one_and_told(folder):
    folder.flow(source="-")
    process = folder.start("run", "p.yaml")
    wait_until(lambda: len(folder.partial_files()) == 2)  # of the sink and of the quarantine
    left = folder.partial_files()
    running = folder.run("run", "p.yaml", stdin=GOOD)
    assert running.returncode == 0 and "note:" not in running.stdout, running.stdout
    assert folder.partial_files() == left, "another run's files stay"
    process.kill()
    process.communicate()
    done = folder.run("run", "p.yaml", stdin=GOOD)
    for name in left:
        assert f"note: removed {name}, left by a run that was killed" in done.stdout, done.stdout
    assert folder.partial_files() == [], folder.partial_files()


def json_commands(folder):
    """Every command with --json: arguments and standard input."""
    folder.flow(more=TESTS % 1)
    folder.put("in.jsonl", GOOD + BAD)
    folder.put("failing.yaml", FLOW.format(source="away.jsonl", sink="o.jsonl", severity="") + TESTS % 2)
    folder.put("wrong.yaml", "millrace: 1\nflow: {}\n")
    folder.put("odd.csv", 'id;"a\x07b"\n1;x\n')
    for command in ("run", "check", "preview", "test", "explain"):
        for file in ("p.yaml", "failing.yaml", "wrong.yaml", "away.yaml"):
            yield command, file
    for file in ("in.jsonl", "odd.csv", "away.csv"):
        yield "infer", file
    for expression in ("1 + 1", "1 +", "1 div 0", "'\x01\"'", "array(null)", "cast('nan' as double)", "a.b"):
        yield "eval", expression
    yield "schema",
    for words in ((), ("file",), ("upper",), ("checks",), ("functions",), ("functions", "string"), ("nothing-like-it",)):
        yield "help", *words


def test_every_command_with_json_writes_json_or_nothing_to_the_standard_output(folder):
    for arguments in json_commands(folder):
        done = folder.run(*arguments, "--json")
        # `run` writes an object for each flow, on a line of its own.
        for text in done.stdout.splitlines() if done.stdout.startswith("{\"flow\"") else [done.stdout]:
            try:
                json.loads(text or "null")
            except ValueError:
                raise AssertionError(f"{arguments}: {text}") from None
        assert done.returncode in (0, 1, 2, 3), (arguments, done)
        assert done.stdout or (done.stderr and done.returncode), f"{arguments} says nothing"


def test_a_report_of_tests_is_junit_and_json(folder):
    folder.flow(more=TESTS % 1)
    folder.put("p.tests.yaml", "- { name: 'beside <it>', given: [], expect: { rows: [ { id: 1 } ] } }\n")
    done = folder.run("test", "p.yaml", "--junit", "report.xml", "--json")
    told = json.loads(done.stdout)
    assert [(one["name"], one["passed"]) for one in told] == [("ada passes", True), ("beside <it>", False)], told
    assert told[1]["place"] == "p.tests.yaml:1" and told[1]["differences"] == ['- row 1: {"id":1}'], told
    suite = xml.etree.ElementTree.parse(folder.path / "report.xml").getroot()
    assert (suite.get("tests"), suite.get("failures")) == ("2", "1"), suite.attrib
    assert [case.get("name") for case in suite.iter("testcase")] == ["ada passes", "beside <it>"]
    assert done.returncode == 1


def test_a_hundred_cases_run_in_under_a_second(folder):
    folder.flow()
    cases = "".join(f"- {{ name: case {i}, given: [ {{ id: {i}, name: x }} ], expect: {{ rows: [ {{ id: {i} }} ] }} }}\n"
                    for i in range(100))
    folder.put("p.tests.yaml", cases)
    begin = time.monotonic()
    done = folder.run("test", "p.yaml")
    seconds = time.monotonic() - begin
    assert done.stdout.splitlines()[-1].startswith("100 passed, 0 failed"), done.stdout
    assert seconds < 1, seconds


def test_nothing_is_wider_than_the_terminal(folder):
    folder.flow()
    folder.put("in.jsonl", "".join(json.dumps({"id": i, "name": "name " * 20}) + "\n" for i in range(3)))
    for arguments in (["preview", "p.yaml"], ["help"], ["help", "functions"]):
        for line in in_terminal(folder, arguments).splitlines():
            plain = re.sub(r"\x1b\[[0-9;]*[mK]", "", line)
            signature = re.fullmatch(r"  \w+\(.*\)", plain)  # is not parted
            wide = len(plain) > 60 and not signature
            assert not wide, f"{arguments}: {plain}"


def test_the_progress_line_fits_the_terminal_and_goes_away(folder):
    folder.flow(source="-")
    reader, writer = os.pipe()
    try:
        started = subprocess.Popen(["bash", "-c", f"for i in 1 2 3 4 5; do echo '{GOOD.strip()}'; sleep 0.2; done"], stdout=writer)
        os.close(writer)
        written = in_terminal(folder, ["run", "p.yaml"], stdin=reader)
        started.wait(SECONDS_MAX)
    finally:
        os.close(reader)
    drawn = [line for line in re.split(r"\r\x1b\[K", written.split("\n")[0])]
    assert any("records/s" in line for line in drawn), written
    assert all(len(line) < 60 for line in drawn[:-1]), drawn
    assert "ledger: read 5 = written 5" in written, written


def test_colors_are_for_terminals_that_have_not_refused_them(folder):
    folder.flow()
    folder.put("in.jsonl", GOOD)
    assert "\x1b[1m" in in_terminal(folder, ["run", "p.yaml"])
    for refusal in ({"NO_COLOR": "1"}, {"TERM": "dumb"}):
        assert "\x1b[1m" not in in_terminal(folder, ["run", "p.yaml"], env=refusal), refusal
    assert "\x1b" not in folder.run("run", "p.yaml").stdout


@contextlib.contextmanager
def users_api(folder, *arguments):
    """Where it answers; ended with Ctrl-C."""
    process = folder.start("users-api", "--listen", "0", *arguments)
    try:
        first = process.stdout.readline()
        yield re.search(r"http://[^ ]*/api/", first)[0]
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS_MAX) == 0
    finally:
        process.kill()
        process.communicate()


def ask(url):
    with urllib.request.urlopen(url, timeout=SECONDS_MAX) as answer:
        return answer.read().decode()


def test_users_of_the_api_pass_the_checks_of_the_example(folder):
    with users_api(folder) as url:
        users = json.loads(ask(url + "?results=2000&seed=example"))["results"]
        assert ask(url + "?results=10&seed=a") == ask(url + "?results=10&seed=a")
    folder.put("users.jsonl", "".join(json.dumps(user) + "\n" for user in users))
    shutil.copy(ROOT / "examples/users/users.yaml", folder.path)
    (folder.path / "out").mkdir()
    ran = folder.run("run", "users.yaml")
    assert ran.returncode == 0, ran
    assert ran.stdout.count("ledger: read 2000 = written 2000") == 2, ran.stdout


def test_users_api_says_what_is_wrong_with_its_arguments(folder):
    for arguments, text in (
        (["--faults", "200%"], "millrace: '200%' is no share; write 2%, 0.5% or 0.02\n"),
        (["--listen", "x"], "millrace: 'x' is no address to listen on: there is no port; write 127.0.0.1:8090, [::1]:8090 or 8090\n"),
    ):
        ran = folder.run("users-api", *arguments)
        assert (ran.returncode, ran.stderr) == (2, text), ran


WEBHOOK = """millrace: 1
topics:
  events: {{ value: json }}
flows:
  intake:
    from: {{ webhook: {{ path: /events, listen: "127.0.0.1:{port}", body_max: 2KB, {more}columns: {{ id: int }} }} }}
{beside}    steps: [ {{ select: "id, name" }}, {{ expect: [ {{ required: [name] }} ] }} ]
    to: {{ topic: events, key: id }}
"""
EVENTS = """millrace: 1
topics:
  events: { value: json, columns: { id: int, name: string } }
flows:
  look:
    from: { topic: events }
    steps: [ { select: "id, name" } ]
    to: { file: events.jsonl }
"""


def free_port():
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return one.getsockname()[1]


def post(url, body, **headers):
    """Status and answer, which is JSON; None when nobody listens."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(url, body.encode(), {"Content-Type": "application/json", **headers})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS_MAX) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as error:
        return error.code, json.load(error)
    except urllib.error.URLError:
        return None


@contextlib.contextmanager
def webhook(folder, more="", beside=""):
    port = free_port()
    folder.put("p.yaml", WEBHOOK.format(port=port, more=more, beside=beside))
    url = f"http://127.0.0.1:{port}/events"
    process = folder.start("up", "p.yaml")
    try:
        wait_until(lambda: post(url, "[]") is not None)
        yield process, url
    finally:
        process.kill()
        process.communicate()


def test_what_a_webhook_has_said_yes_to_outlives_a_kill(folder):
    with webhook(folder) as (process, url):
        assert post(url, '[{"id":1,"name":"Ada"},{"id":2}]') == (
            200, {"read": 2, "written": 1, "filtered": 0, "dropped": 0, "duplicate": 0, "quarantined": 1})
        assert post(url, "id,name\n3,Bob\n", Content_Type="text/csv")[0] == 200
        process.kill()
        process.wait(SECONDS_MAX)
    folder.put("look.yaml", EVENTS)
    ran = folder.run("run", "look.yaml")
    assert ran.returncode == 0, ran
    written = [json.loads(line)["name"] for line in (folder.path / "events.jsonl").read_text().splitlines()]
    assert sorted(written) == ["Ada", "Bob"], written


def test_a_webhook_refuses_what_it_cannot_take(folder):
    with webhook(folder, more="token: t0ken, rate: 3 per 1h, ") as (process, url):
        def send(body, **headers):
            return post(url, body, Authorization="Bearer t0ken", **headers)

        assert post(url, "[]")[0] == 401
        assert post(url, "[]", Authorization="Bearer other") == (403, {"error": "this is not the token"})
        assert send("x" * 3000) == (413, {"error": "the body has more than 2048 bytes"})
        assert send("x", Content_Type="image/png")[0] == 415
        assert send('{"id":1,"name":"Ada"}')[0] == 200
        assert send("[]")[0] == 200
        assert send("[]") == (429, {"error": "more than 3 requests in 1h"})
        assert post(url + "/x", "[]") == (404, {"error": "there is nothing at /events/x"})
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS_MAX) == 0


def test_deliveries_are_kept_as_they_came_and_replayed_by_the_process_that_is_up(folder):
    bodies = ['[{"id":1,"name":"Ada"}, {"id":2}]', '{"id":3,"name":"Bob"', "id,name\n4,Cyd\n", "[]"]
    with webhook(folder, more="token: t0ken, ", beside="    raw: events\n") as (process, url):
        assert [post(url, body, Authorization="Bearer t0ken", X_Page="7",
                     Content_Type="text/csv" if "," in body[:3] else "application/json")[0] for body in bodies] == [200] * 4
        assert post(url, "[]")[0] == 401  # is no delivery
        kept = [json.loads(line) for line in said(folder, "raw", "show", "intake", "-n", "0", "--json").splitlines()]
        assert [one["body"] for one in kept] == bodies, kept
        assert kept[0]["status"] is None and kept[0]["source"] == "webhook /events", kept[0]
        headers = {header["name"].lower(): header["value"] for header in kept[0]["headers"]}
        assert headers["authorization"] == "***" and headers["x-page"] == "7", headers
        assert said(folder, "raw", "show", "intake", "--at", "2", "--body") == bodies[2]
        assert "p.intake: 2 payloads: 3 records replayed: written 2, quarantined 1\n" \
            in said(folder, "raw", "replay", "intake", "--at", "0,2")
        assert said(folder, "quarantine", "retry", "intake") == "p.intake: 3 records tried again: quarantined 3\n"
        assert "p.intake: read 7 = written 4 + quarantined 3" in said(folder, "ledger")
        assert re.search(r"p.intake@\S+ +succeeded", said(folder, "runs")), said(folder, "runs")
        assert post(url, '{"id":9,"name":"Eve"}', Authorization="Bearer t0ken")[0] == 200  # it goes on
        process.kill()
        process.wait(SECONDS_MAX)
    assert said(folder, "raw", "list", "intake").count("webhook /events") == 5


UP = """millrace: 1
pipeline: users
topics:
  users_created: { partitions: 2, value: json }
tables:
  demo.users: { columns: { id: text, age: int }, key: id }
flows:
  ingest:
    from: { file: users.jsonl, columns: { id: string, age: int } }
    steps: [ { expect: [ { range: { age: 0..%d } } ] } ]
    to: { topic: users_created, key: id }
  store:
    from: { topic: users_created }
    to: { table: demo.users }
"""
USERS = "".join(f'{{"id":"{i}","age":{10 * i}}}\n' for i in range(1, 21))


@contextlib.contextmanager
def up(folder, *arguments):
    """A process that is up; ended with Ctrl-C, after which it must be well."""
    process = folder.start("up", *arguments)
    try:
        wait_until(lambda: folder.run("status").stdout.startswith("up as process") or process.poll() is not None)
        yield process
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 0, (process.returncode, out, err)
    finally:
        process.kill()
        process.communicate()


def count(folder):
    return json.loads(folder.run("query", "--json", "SELECT count(*) FROM demo.users").stdout or '{"count":-1}')["count"]


def said(folder, *arguments):
    done = folder.run(*arguments)
    assert done.returncode == 0, done
    return done.stdout


def refused(folder, *arguments, stdin=""):
    done = folder.run(*arguments, stdin=stdin)
    assert done.returncode in (1, 2), done
    return done.stderr


def test_a_process_that_is_up_is_asked_and_ordered_over_its_socket(folder):
    folder.put("users.yaml", UP % 150)
    folder.put("users.jsonl", USERS)
    assert "there is no data directory .millrace; run a pipeline first" in refused(folder, "status")
    with up(folder, "users.yaml", "--http", "off"):
        wait_until(lambda: count(folder) == 15)
        status = said(folder, "status")
        assert re.search(r"users.store +running +15 +15 +0 +0", status), status
        assert "ledger: read 20 = written 15 + quarantined 5\n  range age: 5 failed of 20" in said(folder, "flows", "ingest")
        assert "there is no flow 'nobody'; `millrace status` lists them" in refused(folder, "flows", "nobody")
        assert said(folder, "pause", "store") == "users.store is paused\n"
        assert said(folder, "topic", "produce", "users_created", "--key", "77", "--value", '{"id":"77","age":3}') \
            == "users_created[1]: 1 from offset 8\n"
        assert "there is nothing to append: give --value, or a record a line" in refused(folder, "topic", "produce", "users_created")
        assert "millrace: one command takes at most 16.0 MB of records" in refused(folder, "topic", "produce", "users_created", stdin="x" * (17 << 20))
        assert re.search(r"users.store +paused +15 +15 +0 +1\n", said(folder, "status"))
        assert "warning  flow users.store: paused\n         `millrace resume users.store` lets it go on" in said(folder, "doctor")
        said(folder, "resume", "store")
        wait_until(lambda: count(folder) == 16)
        assert "users.store goes on from earliest, with books of its 2th generation" in said(folder, "reset", "store", "--to", "earliest")
        wait_until(lambda: "users.store: read 16 = written 16" in said(folder, "ledger"))
        assert "'never' is no place to go on from: say earliest" in refused(folder, "reset", "store", "--to", "never")
        assert "users.store: 16 records replayed: written 16\n" in said(folder, "replay", "store", "--from", "earliest")
        assert "'never' is no place" in refused(folder, "replay", "store", "--from", "never")
        assert "users.store: read 32 = written 32" in said(folder, "ledger") and count(folder) == 16
        assert "has the offsets 0 to 7, and not 99" in refused(folder, "reset", "store", "--to", "offset:99")
        tail = said(folder, "topic", "tail", "users_created", "--partition", "1", "-n", "1")
        assert tail.endswith(' 77  {"id":"77","age":3}\n'), tail
        assert "the data directory .millrace/topics is in use" in refused(folder, "run", "users.yaml")
        tables = said(folder, "tables")
        assert "rows (about)" in tables and re.search(r"\ndemo.users +2 ", tables), tables
        assert "for ever" in said(folder, "topics")
        assert "pinned at" in said(folder, "topic", "describe", "users_created")
        assert "there is no topic 'nope'" in refused(folder, "topic", "tail", "nope")
    assert "nothing is up; data in .millrace" in said(folder, "status")
    assert "nothing is up, so the pipeline file is needed to know the flow: say --file users.yaml" in refused(folder, "reset", "store", "--to", "latest")
    assert "goes on from latest" in said(folder, "reset", "store", "--to", "latest", "--file", "users.yaml")


def test_a_flow_that_was_paused_stays_so_over_a_restart(folder):
    folder.put("users.yaml", UP % 150)
    folder.put("users.jsonl", USERS)
    said(folder, "run", "-q", "users.yaml")
    said(folder, "pause", "users.ingest")
    assert "the data directory knows no flow 'nobody'" in refused(folder, "pause", "nobody")
    folder.put("users.jsonl", USERS + '{"id":"21","age":1}\n')
    with up(folder, "users.yaml", "--http", "off"):
        assert re.search(r"users.ingest +paused +20 ", said(folder, "status"))
        said(folder, "resume", "ingest")
        wait_until(lambda: count(folder) == 16)


def test_records_in_quarantine_are_looked_at_tried_retried_and_given_up_and_the_books_balance(folder):
    folder.put("users.yaml", UP % 150)
    folder.put("edited.yaml", UP % 180)
    folder.put("users.jsonl", USERS)
    said(folder, "run", "-q", "users.yaml")
    listed = said(folder, "quarantine", "list")
    assert "no flow 'nobody' has a quarantine here" in refused(folder, "quarantine", "show", "nobody")
    assert re.search(r"users.ingest +range age +5 .*160 is not within 0..150", listed), listed
    shown = said(folder, "quarantine", "show", "ingest", "--file", "users.yaml", "--at", "1")
    assert shown.startswith("ingest 1  users.jsonl:17 in step expect, came in ") and shown.endswith('  {"id":"17","age":170}\n'), shown
    tried = said(folder, "quarantine", "try", "ingest", "--file", "edited.yaml")
    assert tried.startswith("users.ingest: 5 records would become: written 3, quarantined 2\n"), tried
    assert said(folder, "quarantine", "retry", "ingest", "--file", "edited.yaml", "--at", "0,3") \
        == "users.ingest: 2 records tried again: written 1, quarantined 1\n"
    assert "users.ingest: read 20 = written 16 + quarantined 4" in said(folder, "ledger")
    assert "say which records to drop: by rule, by offsets, or all of them" in refused(folder, "quarantine", "drop", "ingest", "--file", "edited.yaml")
    assert said(folder, "quarantine", "export", "ingest", "--file", "users.yaml", "--at", "2,5") == '{"id":"18","age":180}\n{"id":"19","age":190}\n'
    assert said(folder, "quarantine", "drop", "ingest", "--file", "users.yaml", "--all") == "users.ingest: 4 records given up: dropped 4\n"
    assert "users.ingest: read 20 = written 16 + dropped 4" in said(folder, "ledger")
    assert said(folder, "quarantine", "list", "--file", "users.yaml") == "nothing is in quarantine\n"
    said(folder, "run", "-q", "users.yaml")
    assert count(folder) == 16


def test_records_that_were_quarantined_before_a_reset_are_retried_and_given_up_and_the_books_balance(folder):
    folder.put("users.yaml", UP % 150)
    folder.put("edited.yaml", UP % 180)
    folder.put("users.jsonl", USERS)
    said(folder, "run", "-q", "users.yaml")
    said(folder, "quarantine", "retry", "ingest", "--file", "edited.yaml", "--at", "0")
    said(folder, "reset", "ingest", "--to", "earliest", "--file", "users.yaml")
    assert "users.ingest: read 0 = written 0\n" in said(folder, "ledger")
    assert said(folder, "quarantine", "retry", "ingest", "--file", "edited.yaml") \
        == "users.ingest: 4 records tried again: written 2, quarantined 2\n"
    assert "users.ingest: read 4 = written 2 + quarantined 2\n" in said(folder, "ledger")
    said(folder, "reset", "ingest", "--to", "earliest", "--file", "users.yaml")
    said(folder, "quarantine", "drop", "ingest", "--file", "users.yaml", "--all")
    assert "users.ingest: read 2 = written 0 + dropped 2\n" in said(folder, "ledger")


def test_up_without_a_file_runs_a_pipeline_that_comes_with_the_program(folder):
    printed = said(folder, "up", "--print")
    folder.put("users.yaml", printed)
    assert folder.run("check", "users.yaml").returncode == 0
    began = time.monotonic()
    with up(folder, "--http", "off"):
        assert "  next run at 20" in said(folder, "flows", "ingest")
        rows = lambda: folder.run("query", "--json", "SELECT count(*) FROM spark_streams.created_users").stdout
        wait_until(lambda: rows() not in ("", '{"count":0}\n'))
        assert time.monotonic() - began < SECONDS_MAX / 2
        wait_until(lambda: len(said(folder, "runs", "--json").splitlines()) >= 2)
        runs = [json.loads(line) for line in said(folder, "runs", "--json", "--state", "succeeded").splitlines()]
        assert all(run["run"].startswith("users.ingest@") and run["ledger"]["read"] == 100 for run in runs), runs


def test_the_screen_of_up_shows_the_flows_and_what_to_try(folder):
    folder.put("users.yaml", UP % 150)
    folder.put("users.jsonl", USERS)
    ender = subprocess.Popen(["/bin/sh", "-c", f"sleep 2; pkill -INT -f 'up users.yaml --data {folder.path}/d'"])
    shown = in_terminal(folder, ["up", "users.yaml", "--data", f"{folder.path}/d", "--http", "off"], columns=120)
    ender.wait(SECONDS_MAX)
    for text in ("millrace  up ", "users.store ", "in another terminal:", "millrace status --data ",
                 'millrace query "SELECT count(*) FROM demo.users"', "millrace topic tail users_created -n 3",
                 "Ctrl-C stops, and the next start goes on there", "users.ingest: range age failed 5"):
        assert text in shown, shown


def test_a_data_directory_without_flows_says_so(folder):
    folder.put("p.yaml", UP % 150)
    folder.put("users.jsonl", "")
    said(folder, "run", "-q", "p.yaml", "--flow", "store")
    assert "no flow has run here yet" in said(folder, "status") or "users.store" in said(folder, "status")
    assert said(folder, "runs") == "there are no such runs\n"


def test_up_says_what_it_cannot_do(folder):
    (folder.path / "empty").mkdir()
    assert refused(folder, "up", "empty") == "millrace: there is no pipeline file in empty\n"
    folder.put("users.yaml", UP % 150)
    folder.put("users.jsonl", USERS)
    assert "'x' is no address to listen on" in refused(folder, "up", "users.yaml", "--http", "x")


def test_the_files_of_a_directory_share_topics_and_tables_while_they_are_up(folder):
    (folder.path / "pipes").mkdir()
    head, flows = (UP % 150).split("flows:\n")
    store = flows.index("  store:\n")
    folder.put("pipes/users.yaml", f"{head}flows:\n{flows[:store]}".replace("users.jsonl", "../users.jsonl"))
    folder.put("pipes/store.yaml", f"millrace: 1\nflows:\n{flows[store:]}")
    folder.put("users.jsonl", USERS)
    assert said(folder, "check", "pipes").splitlines() == ["pipes/store.yaml: all is well: 1 flow, 0 steps",
                                                           "pipes/users.yaml: all is well: 1 flow, 1 step"]
    assert "6 new, 0 changed, 0 gone, 0 as before" in said(folder, "plan", "pipes", "--data", ".millrace")
    with up(folder, "pipes", "--data", ".millrace", "--http", "off"):
        wait_until(lambda: count(folder) == 15)
        assert "6 as before" in said(folder, "plan", "pipes", "--data", ".millrace")
        assert "store.store goes on from earliest" in said(folder, "reset", "store", "--to", "earliest")
    assert "store.store goes on from latest" in said(folder, "reset", "store", "--to", "latest", "--file", "pipes/store.yaml",
                                                     "--data", ".millrace")
    said(folder, "run", "-q", "pipes/store.yaml", "--data", ".millrace")


def test_a_changed_file_is_planned_while_it_is_up_and_taken_over_at_its_next_start(folder):
    folder.put("users.yaml", UP % 150)
    folder.put("users.jsonl", USERS)
    with up(folder, "users.yaml", "--http", "off"):
        wait_until(lambda: count(folder) == 15)
        folder.put("users.yaml", (UP % 150).replace("value: json", "value: json, retention: 1ms"))
        done = folder.run("plan", "users.yaml")
        loss = "retention 7d -> 1ms: up to 15 records that are older would be deleted"
        assert done.returncode == 1 and f"LOSS: {loss}" in done.stdout, done
        assert re.search(r"process \d+ has it up, and goes on as it was started; its next start does this\n", done.stdout), done
        assert "a process has .millrace up: stop it with Ctrl-C, apply, and start it again" in refused(
            folder, "apply", "users.yaml", "--allow-loss")
    assert f"topic users_created: {loss}\n`millrace plan users.yaml` shows all of it; `millrace apply users.yaml " \
        "--allow topic:users_created` does what loses something" in refused(folder, "up", "users.yaml")
    assert said(folder, "apply", "users.yaml", "--allow", "topic:users_created").endswith("\ndone\n")
    with up(folder, "users.yaml", "--http", "off"):
        assert "up as process" in said(folder, "status")


def test_a_flow_that_got_another_name_goes_on_where_it_was(folder):
    folder.put("users.yaml", UP % 150)
    folder.put("users.jsonl", USERS)
    said(folder, "run", "-q", "users.yaml")
    folder.put("users.yaml", (UP % 150).replace("  store:\n", "  save:\n    id: store\n"))
    with up(folder, "users.yaml", "--http", "off"):
        assert re.search(r"users.store +\w+ +15 +15 +0 +0", said(folder, "status"))
        assert said(folder, "pause", "save") == "users.store is paused\n"
        assert said(folder, "resume", "store").startswith("users.store is ")
    assert count(folder) == 15
    assert "users.store: read 15 = written 15" in said(folder, "ledger")


def test_a_topic_that_a_flow_reads_no_more_is_not_kept_for_it(folder):
    base = (UP % 150).replace("topics:\n", "topics:\n  kept: {}\n  more: { columns: { id: string, age: int } }\n")
    base = base.replace("to: { table: demo.users }", "to: { topic: kept }")
    folder.put("users.yaml", base)
    folder.put("users.jsonl", USERS)

    def pinned():
        rows = said(folder, "topic", "describe", "users_created").splitlines()[2:]
        return any(len(row.split()) == 7 for row in rows)  # partition, begin, end, size in two words, segments, pinned at

    with up(folder, "users.yaml", "--http", "off"):
        wait_until(pinned)
        wait_until(lambda: re.search(r"users.store +running +15 ", said(folder, "status")))
    folder.put("users.yaml", base.replace("from: { topic: users_created }", "from: { topic: more }"))
    with up(folder, "users.yaml", "--http", "off"):
        wait_until(lambda: re.search(r"users.store +running", said(folder, "status")))
        wait_until(lambda: not pinned())


def test_the_port_reads_no_files_for_anybody(folder):
    folder.put("users.yaml", UP % 150)
    folder.put("users.jsonl", USERS)
    address = f"127.0.0.1:{free_port()}"
    with up(folder, "users.yaml", "--http", address):
        for question in ("plan?files=users.jsonl", "quarantine/try?flow=ingest&file=users.jsonl"):
            try:
                urllib.request.urlopen(f"http://{address}/v1/{question}", timeout=SECONDS_MAX)
                raise AssertionError(question)
            except urllib.error.HTTPError as error:
                assert error.code in (404, 405), error
                assert '"age"' not in error.read().decode()


METRIC = re.compile(r'([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\.)*",?)*)\})? (-?[0-9.e+-]+|NaN|[+-]Inf)')


def metrics(text):
    """All samples by name and labels; what is no line of Prometheus' text format fails."""
    samples = {}
    for line in text.splitlines():
        if re.fullmatch(r"# (HELP [a-z_0-9]+ .*|TYPE [a-z_0-9]+ (counter|gauge|histogram))", line):
            continue
        match = METRIC.fullmatch(line)
        assert match, line
        key = (match[1], match[2] or "")
        assert key not in samples, f"{key} is there twice"
        samples[key] = float(match[3])
    return samples


def test_metrics_say_what_became_of_the_records_and_how_the_process_is(folder):
    folder.put("p.yaml", WEBHOOK.format(port=(port := free_port()), more="", beside=""))
    url = f"http://127.0.0.1:{free_port()}"
    process = folder.start("up", "p.yaml", "--log", "json", "--http", url.removeprefix("http://"))
    try:
        events = f"http://127.0.0.1:{port}/events"
        wait_until(lambda: post(events, "[]") is not None)
        assert ask(f"{url}/healthz") == "ok\n"
        assert ask(f"{url}/readyz") == "ready\n"
        assert post(events, '[{"id":1,"name":"Ada"},{"id":2}]')[0] == 200
        now = metrics(ask(f"{url}/metrics"))
        flow = 'pipeline="p",flow="intake"'
        for outcome, records in (("read", 2), ("written", 1), ("quarantined", 1), ("dropped", 0)):
            assert now["millrace_records_total", f'{flow},outcome="{outcome}"'] == records, now
        assert now["millrace_flow_state", f'{flow},state="running"'] == 1, now
        assert now["millrace_commit_latency_seconds_count", flow] == 2, now
        assert 0 < now["millrace_commit_latency_seconds_sum", flow] < SECONDS_MAX, now
        assert now["millrace_sync_seconds_count", ""] > 0, now
        assert now["millrace_topic_end_offset", 'topic="events",partition="0"'] == 1, now
        assert now["process_resident_memory_bytes", ""] > 1e6, now
        assert now["host_disk_bytes", ""] > now["host_disk_free_bytes", ""] > 0, now
        process.send_signal(signal.SIGINT)
        said_on_the_way = [json.loads(line) for line in process.communicate(timeout=SECONDS_MAX)[1].splitlines()]
        assert {line["subject"] for line in said_on_the_way} == {"p.intake"}, said_on_the_way
        assert process.returncode == 0
    finally:
        process.kill()
        process.communicate()


def test_up_knows_two_kinds_of_log_lines(folder):
    folder.flow()
    ran = folder.run("up", "p.yaml", "--log", "xml")
    assert (ran.returncode, ran.stderr) == (2, "millrace: --log is text or json, not 'xml'\n"), ran


def main(tests, runner):
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    passed = failed = 0
    for name, test in list(tests.items()):
        if not name.startswith("test_") or wanted not in f"{runner}/{name}":
            continue
        path = tempfile.mkdtemp(prefix="millrace-program-")
        try:
            test(Folder(path))
            passed += 1
        except Exception:  # whatever it is, the others are to run too
            failed += 1
            print(f"{name}:\n{traceback.format_exc()}")
        finally:
            shutil.rmtree(path, ignore_errors=True)
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main(globals(), "program"))
