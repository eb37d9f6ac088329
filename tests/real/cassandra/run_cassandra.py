"""Pipelines that write to a real Cassandra; every function called test_... is a test, its name says what holds.

The tables are read back by the cassandra-driver of PyPI. Also runs the unit tests that need a server.
"""

import contextlib
import datetime
import decimal
import ipaddress
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
import uuid

from cassandra.auth import PlainTextAuthProvider
from cassandra.cluster import Cluster

MILLRACE = os.environ["MILLRACE"]
BUILD = pathlib.Path(os.environ["MILLRACE_BUILD"])
HOST, PORT = os.environ["MILLRACE_CASSANDRA"].rsplit(":", 1)
STACK = pathlib.Path(os.environ["MILLRACE_STACK_DIR"])
SECONDS_MAX = 120
LOGIN = 'user: cassandra, password: "${secret:env:CASSANDRA_PASSWORD}"'
os.environ["CASSANDRA_PASSWORD"] = "cassandra"


def connect():
    """Also awaits the first user, which the server makes a moment after it has started."""
    for attempt in range(60):
        with contextlib.suppress(Exception):
            cluster = Cluster([HOST], port=int(PORT), auth_provider=PlainTextAuthProvider("cassandra", "cassandra"))
            return cluster.connect()
        time.sleep(1)
    raise AssertionError("the server lets nobody in")


class Room:
    """A folder with a pipeline file, and the program in it."""

    def __init__(self, text):
        self.folder = pathlib.Path(tempfile.mkdtemp())
        self.write("p.yaml", text)

    def write(self, name, text):
        (self.folder / name).write_text(text)

    def start(self, *arguments):
        command = [MILLRACE, *arguments, "--data", "data"]
        return subprocess.Popen(command, cwd=self.folder, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)

    def run(self, *arguments, status=0):
        process = self.start(*arguments)
        try:
            output, _ = process.communicate(timeout=SECONDS_MAX)
        except subprocess.TimeoutExpired:
            process.kill()
            output, _ = process.communicate()
            raise AssertionError(f"{arguments} takes longer than {SECONDS_MAX} s: {output}")
        assert process.returncode == status, f"{arguments} ended with {process.returncode}, not {status}: {output}"
        return output

    def close(self):
        shutil.rmtree(self.folder, ignore_errors=True)


def profile(more=LOGIN):
    return f"""
profiles:
  cluster:
    systems:
      cass: {{ cassandra: {{ hosts: "{HOST}:{PORT}", replication: 1{', ' if more else ''}{more} }} }}
    tables: cass
"""


def keyspace_of(name):
    return "real_" + re.sub("[^a-z]", "_", name)[:40]


def users_pipeline(keyspace, more=LOGIN, columns="id: text, n: int, name: text"):
    return f"""millrace: 1
pipeline: real
topics:
  users: {{ partitions: 4, columns: {{ id: string, n: int, name: string }} }}
tables:
  {keyspace}.users:
    columns: {{ {columns} }}
    key: id
flows:
  ingest:
    from: {{ file: users.jsonl, columns: {{ n: int }} }}
    steps:
      - select: id, n, name
    to: {{ topic: users, key: id }}
  store:
    from: {{ topic: users }}
    to: {{ table: {keyspace}.users }}
{profile(more)}"""


def write_users(room, count):
    with open(room.folder / "users.jsonl", "w") as file:
        for i in range(count):
            file.write(json.dumps({"id": f"user-{i}", "n": i, "name": f"Nutzer Nr. {i}, größer"}) + "\n")


@contextlib.contextmanager
def users(session, name, count, **more):
    """A room with so many users in its topic, and the name of the table that they are to be in."""
    keyspace = keyspace_of(name)
    session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
    room = Room(users_pipeline(keyspace, **more))
    try:
        write_users(room, count)
        room.run("run", "p.yaml", "--flow", "ingest", "--profile", "cluster")
        yield room, f"{keyspace}.users"
    finally:
        room.close()


def expect_users(session, table, count):
    """All of them are there, each as it was written."""
    rows = 0
    for row in session.execute(f"SELECT id, n, name FROM {table}"):
        assert row.id == f"user-{row.n}" and row.name == f"Nutzer Nr. {row.n}, größer", row
        rows += 1
    assert rows == count, f"{rows} rows, not {count}"


def server_pid():
    return int((STACK / "cassandra" / "pid").read_text().split()[0])


def stack(*arguments):
    subprocess.run(["scripts/stack.sh", *arguments], check=True, stdout=subprocess.DEVNULL)


def written_so_far(session, table):
    return len(list(session.execute(f"SELECT id FROM {table}", timeout=30)))


def await_rows(session, table, at_least):
    deadline = time.monotonic() + SECONDS_MAX
    while time.monotonic() < deadline:
        with contextlib.suppress(Exception):
            if written_so_far(session, table) >= at_least:
                return
        time.sleep(0.02)
    raise AssertionError(f"{table} never has {at_least} rows")


def test_every_type_that_tables_have_comes_out_as_it_went_in(session):
    types = {
        "a": ("ascii", "plain", "plain"),
        "bi": ("bigint", "-9223372036854775808", -9223372036854775808),
        "bo": ("boolean", "true", True),
        "de": ("decimal", "-12345678901234567890.123456789", decimal.Decimal("-12345678901234567890.123456789")),
        "do": ("double", "1.5e300", 1.5e300),
        "f": ("float", "0.5", 0.5),
        "i": ("int", "-2147483648", -2147483648),
        "t": ("text", "größer 鍵 🚀", "größer 鍵 🚀"),
        "ts": ("timestamp", "2026-11-21T07:47:03.125Z", datetime.datetime(2026, 11, 21, 7, 47, 3, 125000)),
        "u": ("uuid", "123e4567-e89b-42d3-a456-426614174000", uuid.UUID("123e4567-e89b-42d3-a456-426614174000")),
        "tu": ("timeuuid", "50554d6e-29bb-11e5-b345-feff819cdc9f", uuid.UUID("50554d6e-29bb-11e5-b345-feff819cdc9f")),
        "v": ("varint", "123456789012345678901234567890", 123456789012345678901234567890),
        "ine": ("inet", "2001:db8::1", ipaddress.ip_address("2001:db8::1")),
        "da": ("date", "2026-11-21", datetime.date(2026, 11, 21)),
        "ti": ("time", "08:12:54.123456789", datetime.time(8, 12, 54, 123456)),
        "s": ("smallint", "-32768", -32768),
        "ty": ("tinyint", "127", 127),
        "du": ("duration", "1mo2d3h", (1, 2, 3 * 3600 * 10**9)),
    }
    columns = ", ".join(f"{name}: {kind}" for name, (kind, _, _) in types.items())
    keyspace = keyspace_of("types")
    session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
    room = Room(f"""millrace: 1
pipeline: real
topics:
  all: {{ partitions: 1, columns: {{ k: string, {", ".join(f"{name}: string" for name in types)}, hex: string }} }}
tables:
  {keyspace}.all_types:
    columns: {{ k: text, {columns}, b: blob, l: "list<int>", se: "set<text>", m: "map<text, bigint>",
               ll: "list<frozen<list<int>>>" }}
    key: k
flows:
  ingest: {{ from: {{ file: all.jsonl, columns: {{ k: string, {", ".join(f"{name}: string" for name in types)}, hex: string }} }}, to: {{ topic: all, key: k }} }}
  store:
    from: {{ topic: all }}
    steps:
      - select: |
          k, {", ".join(types)}, unhex(hex) AS b, array(3, 1, 2) AS l, array('b', 'a', 'b') AS se,
          map('x', 1L, 'y', 2L) AS m, array(array(1), array(2, 3)) AS ll
    to: {{ table: {keyspace}.all_types }}
{profile()}""")
    try:
        record = {"k": "full", "hex": "00ff"} | {name: text for name, (_, text, _) in types.items()}
        room.write("all.jsonl", json.dumps(record) + "\n" + json.dumps({"k": "empty"}) + "\n")
        room.run("run", "p.yaml", "--profile", "cluster")
        rows = {row.k: row for row in session.execute(f"SELECT * FROM {keyspace}.all_types")}
        assert set(rows) == {"full", "empty"}, rows
        full = rows["full"]
        for name, (kind, _, expected) in types.items():
            got = getattr(full, name)
            if kind == "date":
                got = got.date()
            if kind == "time":
                got = got.time()
            if kind == "duration":
                got = (got.months, got.days, got.nanoseconds)
            if kind == "inet":
                got = ipaddress.ip_address(got)
            assert got == expected, f"{kind}: {got!r}, not {expected!r}"
            assert getattr(rows["empty"], name) is None, name
        assert full.b == b"\x00\xff" and full.l == [3, 1, 2] and set(full.se) == {"a", "b"}, full
        assert dict(full.m) == {"x": 1, "y": 2} and [list(one) for one in full.ll] == [[1], [2, 3]], full
    finally:
        room.close()


def test_rows_are_the_same_cells_after_a_kill_of_the_program(session):
    with users(session, "killed", 40_000) as (room, table):
        process = room.start("run", "p.yaml", "--flow", "store", "--profile", "cluster")
        await_rows(session, table, 2_000)
        process.kill()
        process.communicate()
        before = {row.id: row.writetime_n for row in session.execute(f"SELECT id, writetime(n) FROM {table}")}
        assert 2_000 <= len(before) < 40_000, len(before)
        room.run("run", "p.yaml", "--flow", "store", "--profile", "cluster")
        after = {row.id: row.writetime_n for row in session.execute(f"SELECT id, writetime(n) FROM {table}")}
        expect_users(session, table, 40_000)
        changed = [id for id, stamp in before.items() if after[id] != stamp]
        assert not changed, f"{len(changed)} rows have another write time, as {changed[0]}"


def test_nothing_is_lost_when_the_server_is_killed_under_load(session):
    with users(session, "server_killed", 60_000) as (room, table):
        process = room.start("run", "p.yaml", "--flow", "store", "--profile", "cluster")
        await_rows(session, table, 2_000)
        os.kill(server_pid(), signal.SIGKILL)
        time.sleep(2)
        stack("up", "cassandra")
        output, _ = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 0, output
        expect_users(connect(), table, 60_000)


def test_nothing_is_lost_when_the_server_stands_still(session):
    with users(session, "server_stopped", 60_000) as (room, table):
        process = room.start("run", "p.yaml", "--flow", "store", "--profile", "cluster")
        await_rows(session, table, 2_000)
        os.kill(server_pid(), signal.SIGSTOP)
        time.sleep(16)
        os.kill(server_pid(), signal.SIGCONT)
        output, _ = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 0, output
        expect_users(connect(), table, 60_000)


def test_a_table_that_is_dropped_under_it_stops_the_flow_with_a_reason(session):
    with users(session, "dropped", 60_000) as (room, table):
        process = room.start("run", "p.yaml", "--flow", "store", "--profile", "cluster")
        await_rows(session, table, 2_000)
        session.execute(f"DROP TABLE {table}", timeout=60)
        output, _ = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode != 0 and f"table {table} of cass" in output, output
        # It is made anew, and gets everything: what was not committed is read again, and what was is gone with the table.
        room.run("run", "p.yaml", "--flow", "store", "--profile", "cluster")


def test_a_table_that_differs_is_shown_with_what_differs(session):
    with users(session, "differs", 10) as (room, table):
        session.execute(f"DROP TABLE {table}")
        session.execute(f"CREATE TABLE {table} (id text PRIMARY KEY, n text)")
        output = room.run("run", "p.yaml", "--flow", "store", "--profile", "cluster", status=1)
        assert "column n is text there, and int in the file" in output, output
        assert f'column name is missing there; ALTER TABLE {table} ADD "name" text;' in output, output


def test_nothing_is_created_where_that_is_not_allowed(session):
    keyspace = keyspace_of("uncreated")
    session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
    room = Room(users_pipeline(keyspace, more=LOGIN + ", create: false"))
    try:
        write_users(room, 1)
        output = room.run("run", "p.yaml", "--profile", "cluster", status=1)
        assert f"there is no keyspace {keyspace}; create it, or say `create: true`" in output, output
    finally:
        room.close()


def test_a_wrong_password_is_an_error_that_does_not_show_it(session):
    room = Room(users_pipeline(keyspace_of("password"), more='user: cassandra, password: "${secret:file:wrong}"'))
    try:
        room.write("wrong", "wrong-and-secret")
        write_users(room, 1)
        output = room.run("run", "p.yaml", "--profile", "cluster", status=1)
        assert "user 'cassandra' is not let in" in output and "wrong-and-secret" not in output, output
    finally:
        room.close()


def test_somebody_who_may_not_write_is_told_so(session):
    with users(session, "unauthorised", 10) as (room, table):
        room.run("run", "p.yaml", "--flow", "store", "--profile", "cluster")
        session.execute("CREATE ROLE IF NOT EXISTS reader WITH PASSWORD = 'reader' AND LOGIN = true")
        session.execute(f"GRANT SELECT ON TABLE {table} TO reader")
        keyspace = table.split(".")[0]
        room.write("p.yaml", users_pipeline(keyspace, more="user: reader, password: reader"))
        write_users(room, 20)
        room.run("run", "p.yaml", "--flow", "ingest", "--profile", "cluster")
        output = room.run("run", "p.yaml", "--flow", "store", "--profile", "cluster", status=1)
        assert "not authorised" in output and "MODIFY" in output, output


def test_tls_encrypts_and_verifies(session):
    ca = STACK / "cassandra" / "tls" / "ca.pem"
    with users(session, "tls", 5_000, more=LOGIN + f", tls: {{ ca: {ca} }}") as (room, table):
        process = room.start("run", "p.yaml", "--flow", "store", "--profile", "cluster")
        encrypted = 0
        while process.poll() is None:
            clients = session.execute("SELECT driver_name, ssl_enabled FROM system_views.clients")
            encrypted = max(encrypted, sum(1 for one in clients if one.driver_name == "millrace" and one.ssl_enabled))
        output, _ = process.communicate()
        assert process.returncode == 0, output
        assert encrypted > 0, "no connection was encrypted"
        expect_users(session, table, 5_000)
        room.write("p.yaml", users_pipeline(table.split(".")[0], more=LOGIN + ", tls: {}"))
        output = room.run("run", "p.yaml", "--flow", "store", "--profile", "cluster", status=1)
        assert "the server's certificate is not trusted" in output, output


def test_values_that_do_not_fit_are_quarantined(session):
    with users(session, "misfits", 100, columns="id: text, n: tinyint, name: text") as (room, table):
        write_users(room, 300)
        room.run("run", "p.yaml", "--flow", "ingest", "--profile", "cluster")
        output = room.run("run", "p.yaml", "--flow", "store", "--profile", "cluster")
        assert len(list(session.execute(f"SELECT id FROM {table}"))) == 128, output
        assert "quarantined" in output, output


def test_rows_end_when_their_time_is_over(session):
    keyspace = keyspace_of("ttl")
    session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
    room = Room(users_pipeline(keyspace).replace("    key: id\n", "    key: id\n    ttl: 1h\n"))
    try:
        write_users(room, 10)
        room.run("run", "p.yaml", "--profile", "cluster")
        for row in session.execute(f"SELECT ttl(n) FROM {keyspace}.users"):
            assert 3_500 < row.ttl_n <= 3_600, row
    finally:
        room.close()


def test_unit_tests_of_the_client(session):
    """Those that need a server; they skip themselves elsewhere."""
    result = subprocess.run([BUILD / "wire_test", "--gtest_filter=RealServer.*"], capture_output=True, text=True)
    assert result.returncode == 0 and "SKIPPED" not in result.stdout, result.stdout + result.stderr


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    passed = failed = 0
    session = None
    for name, test in list(globals().items()):
        if not name.startswith("test_") or (wanted not in name and wanted not in "real/cassandra"):
            continue
        session = session or connect()
        started = time.monotonic()
        try:
            test(session)
            passed += 1
            print(f"ok {name} ({time.monotonic() - started:.1f} s)", flush=True)
        except Exception:
            failed += 1
            print(f"FAILED {name}")
            traceback.print_exc(file=sys.stdout)
            with contextlib.suppress(Exception):
                session = connect()
    print(f"{passed} passed, {failed} failed")
    return failed > 0


if __name__ == "__main__":
    sys.exit(main())
