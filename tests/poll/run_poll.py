"""The program polls real servers of this file's own on loopback: pages of every kind, answers that go wrong, kills.

Every function called test_... is a test; its name says what holds.
"""

import contextlib
import email.utils
import gzip
import http.server
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import traceback
import urllib.parse

MILLRACE = os.environ["MILLRACE"]
SECONDS_MAX = 30
DATA = ["--data", "data"]

FILE_FLOW = """millrace: 1
flows:
  f:
    retry: {{ attempts: 3, backoff: 10ms, backoff_max: 20ms }}
    from: {{ http: {{ url: "{url}"{more} }}, columns: {{ id: int }} }}
    to: {{ file: out.jsonl }}
"""
TOPIC_FLOW = """millrace: 1
topics: {{ users: {{ partitions: 1 }} }}
flows:
  f:
    retry: {{ attempts: 3, backoff: 10ms, backoff_max: 20ms }}
    from: {{ http: {{ url: "{url}"{more} }}, columns: {{ id: int }} }}
    to: {{ topic: users }}
"""
TABLE_FLOW = """millrace: 1
tables: {{ shop.users: {{ columns: {{ id: int }}, key: id }} }}
flows:
  f:
    from: {{ http: {{ url: "{url}"{more} }}, columns: {{ id: int }} }}
    to: {{ table: shop.users }}
"""
READ_TOPIC = """millrace: 1
topics: { users: { partitions: 1, columns: { id: int } } }
flows:
  read: { from: { topic: users }, to: { file: all.jsonl } }
"""


class Ask:
    """A request as the server got it."""

    def __init__(self, handler):
        parts = urllib.parse.urlsplit(handler.path)
        self.method = handler.command
        self.target = handler.path
        self.path = parts.path
        self.query = dict(urllib.parse.parse_qsl(parts.query, keep_blank_values=True))
        self.headers = {name.lower(): value for name, value in handler.headers.items()}
        self.body = handler.rfile.read(int(self.headers.get("content-length", 0)))
        self.at = time.monotonic()


class Server:
    """Answers each request with what `answer(ask)` gives: a body, or (status, headers, body). Notes what it was asked."""

    def __init__(self, answer):
        self.asked = []
        server = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                ask = Ask(self)
                server.asked.append(ask)
                given = answer(ask)
                status, headers, body = given if isinstance(given, tuple) else (200, {}, given)
                if not isinstance(body, (str, bytes)):
                    body = json.dumps(body)
                if isinstance(body, str):
                    body = body.encode()
                with contextlib.suppress(OSError):  # who asked may be gone
                    self.send_response(status)
                    for name, value in {"Content-Length": str(len(body)), **headers}.items():
                        self.send_header(name, value)
                    self.end_headers()
                    self.wfile.write(body)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    def url(self, path="/"):
        return f"http://localhost:{self.port}{path}"

    def targets(self):
        return [ask.target for ask in self.asked]


class Folder:
    """A folder of its own, in which the program runs."""

    def __init__(self, path):
        self.path = pathlib.Path(path)

    def flow(self, url, more="", form=FILE_FLOW):
        self.put(form.format(url=url, more=", " + more if more else ""))

    def put(self, text):
        (self.path / "p.yaml").write_text(text)

    def run(self, *arguments, env=None):
        return subprocess.run([MILLRACE, *arguments], cwd=self.path, capture_output=True, text=True, timeout=SECONDS_MAX,
                              env={**os.environ, **(env or {})})

    def start(self, *arguments, env=None):
        return subprocess.Popen([MILLRACE, *arguments], cwd=self.path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                text=True, env={**os.environ, **(env or {})})

    def poll(self, url, more="", form=FILE_FLOW, env=None):
        """Runs a flow that polls, and has to succeed."""
        self.flow(url, more, form)
        return self.again(env)

    def again(self, env=None):
        done = self.run("run", "p.yaml", *DATA, env=env)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def fail(self, url, more="", form=FILE_FLOW, env=None):
        """Runs a flow that polls, and has to fail; gives what it says."""
        self.flow(url, more, form)
        done = self.run("run", "p.yaml", *DATA, env=env)
        assert done.returncode == 1, (done.returncode, done.stdout + done.stderr)
        return done.stdout + done.stderr

    def ids(self):
        return [json.loads(line)["id"] for line in (self.path / "out.jsonl").read_text().splitlines()]

    def topic_ids(self):
        (self.path / "read.yaml").write_text(READ_TOPIC)
        done = self.run("run", "read.yaml", *DATA)
        assert done.returncode == 0, done.stdout + done.stderr
        return [json.loads(line)["id"] for line in (self.path / "all.jsonl").read_text().splitlines()]

    def quarantined(self):
        lines = (self.path / "f.quarantine.jsonl").read_text().splitlines()
        return [(record["record"], record["faults"][0]["reason"]) for record in map(json.loads, lines)]


def records(*ids):
    return [{"id": number} for number in ids]


def wait_until(holds):
    end = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < end, "it does not come to pass"
        time.sleep(0.01)


def test_one_answer_is_all_without_paging(folder):
    with Server(lambda ask: {"data": records(1, 2, 3)}) as server:
        report = folder.poll(server.url("/v1"), "records: data, params: { a b: 'c&d', n: 5 }, headers: { X-Mine: yes }")
        assert folder.ids() == [1, 2, 3]
        assert "read 3 = written 3" in report, report
        assert server.targets() == ["/v1?a%20b=c%26d&n=5"], server.targets()
        assert server.asked[0].headers["x-mine"] == "yes"
        assert server.asked[0].headers["user-agent"] == "millrace"


def test_pages_by_number_end_with_the_first_empty_one(folder):
    pages = {"1": records(1, 2), "2": records(3, 4), "3": records(5)}
    with Server(lambda ask: pages.get(ask.query["p"], [])) as server:
        folder.poll(server.url(), "paging: { page: { param: p, size_param: n, size: 2 } }")
        assert folder.ids() == [1, 2, 3, 4, 5]
        assert server.targets() == [f"/?n=2&p={page}" for page in (1, 2, 3, 4)]


def test_a_poll_ends_after_as_many_pages_as_it_is_to_have(folder):
    with Server(lambda ask: records(int(ask.query["page"]))) as server:
        folder.poll(server.url(), "paging: { page: { first: 0 } }, pages: 3")
        assert folder.ids() == [0, 1, 2]
        assert len(server.asked) == 3


def test_pages_by_offset_count_what_came_not_what_was_asked_for(folder):
    rows = records(*range(7))
    with Server(lambda ask: rows[int(ask.query["skip"]):][:3]) as server:  # the server gives at most three
        folder.poll(server.url(), "paging: { offset: { param: skip, size_param: limit, size: 100 } }")
        assert folder.ids() == list(range(7))
        assert [ask.query["skip"] for ask in server.asked] == ["0", "3", "6", "7"]


def test_pages_by_cursor_end_with_the_one_that_has_none(folder):
    pages = {None: (records(1), "x/y=="), "x/y==": ([], "z"), "z": (records(2), "")}

    def answer(ask):
        rows, cursor = pages[ask.query.get("after")]
        return {"items": rows, "meta": {"next": cursor}}

    with Server(answer) as server:
        folder.poll(server.url("/?q=1"), "records: items, paging: { cursor: { path: meta.next, param: after } }")
        assert folder.ids() == [1, 2]
        assert server.targets() == ["/?q=1", "/?q=1&after=x%2Fy%3D%3D", "/?q=1&after=z"]


def test_pages_by_link_header_follow_next(folder):
    def answer(ask):
        page = int(ask.query.get("page", "1"))
        link = f'</list?page={page + 1}>; rel="next", </list>; rel="first"' if page < 3 else '</list>; rel="first"'
        return 200, {"Link": link}, records(page)

    with Server(answer) as server:
        folder.poll(server.url("/list"), "paging: { link: next }")
        assert folder.ids() == [1, 2, 3]
        assert server.targets() == ["/list", "/list?page=2", "/list?page=3"]


def test_pages_by_next_url_follow_it_whole_or_relative(folder):
    with Server(lambda ask: answer(ask)) as server:
        def answer(ask):
            follow = {"/a": server.url("/b?x=1"), "/b": "c", "/c": None}[ask.path]
            return {"rows": records(ord(ask.path[1])), "paging": {"next": follow}}

        folder.poll(server.url("/a"), "records: rows, paging: { next: paging.next }")
        assert folder.ids() == [97, 98, 99]
        assert server.targets() == ["/a", "/b?x=1", "/c"]


def test_a_next_page_on_another_host_is_followed_only_if_named(folder):
    def other_page(ask):
        return {"rows": records(2)}

    with Server(other_page) as other, Server(lambda ask: {"rows": records(1), "next": other.url("/two")}) as server:
        said = folder.fail(server.url(), "records: rows, paging: { next: next }, auth: { bearer: hush }")
        assert f"the next page is on another host, {other.url('/two')}, which would get the credentials" in said, said
        assert not other.asked
        folder.poll(server.url(), f"records: rows, paging: {{ next: {{ path: next, hosts: ['localhost:{other.port}'] }} }}, "
                                  "auth: { bearer: hush }")
        assert folder.ids() == [1, 2]
        assert other.asked[0].headers["authorization"] == "Bearer hush"


def test_a_page_that_leads_to_itself_fails_the_run(folder):
    with Server(lambda ask: {"rows": records(1), "next": ask.target}) as server:
        said = folder.fail(server.url("/a"), "records: rows, paging: { next: next }")
        assert "leads to the same page again" in said, said
    with Server(lambda ask: {"rows": records(1), "next": "same"}) as server:
        said = folder.fail(server.url("/a"), "records: rows, paging: { cursor: { path: next } }")
        assert "the cursor at next leads to the same page again" in said, said


def test_what_the_server_puts_off_is_asked_for_when_it_says(folder):
    def answer(ask):
        turn = len(server.asked)
        if turn == 1:
            return 429, {"Retry-After": "1"}, "slow down"
        if turn == 2:
            return 503, {"Retry-After": email.utils.formatdate(time.time() + 2, usegmt=True)}, ""
        return records(1)

    with Server(answer) as server:
        folder.flow(server.url())
        folder.put((folder.path / "p.yaml").read_text().replace("attempts: 3", "attempts: 1"))  # to be put off is no failure
        report = folder.again()
        first, second, third = [ask.at for ask in server.asked]
        assert second - first >= 1, second - first
        assert third - second >= 0.9, third - second
        assert "2 requests were asked again" in report and "503 Service Unavailable" in report, report
        assert folder.ids() == [1]


def test_a_server_cannot_put_off_a_run_for_longer_than_allowed(folder):
    with Server(lambda ask: (429, {"Retry-After": "3600"}, "")) as server:
        said = folder.fail(server.url(), "wait_max: 1m")
        assert "the answer is 429 Too Many Requests; it asks to wait 3600 s, and wait_max is 1m" in said, said
        assert len(server.asked) == 1


def test_a_server_that_fails_is_asked_again(folder):
    def answer(ask):
        return (500, {}, "oops") if len(server.asked) < 3 else records(1)

    with Server(answer) as server:
        folder.poll(server.url())
        assert folder.ids() == [1]
        assert len(server.asked) == 3


def test_a_server_that_goes_on_failing_fails_the_run(folder):
    with Server(lambda ask: (502, {}, "<h1>Bad\ngateway</h1>")) as server:
        said = folder.fail(server.url("/x?token=abc"))
        assert f"GET {server.url('/x?token=***')}: the answer is 502 Bad Gateway (<h1>Bad gateway</h1>); asked 3 times" in said, said
        assert len(server.asked) == 3
        assert not (folder.path / "out.jsonl").exists()


def test_a_refusal_is_not_asked_again(folder):
    for status, words in ((401, "401 Unauthorized"), (404, "404 Not Found"), (501, "501 Not Implemented")):
        with Server(lambda ask, status=status: (status, {}, "no")) as server:
            said = folder.fail(server.url())
            assert f"the answer is {words} (no)" in said, said
            assert len(server.asked) == 1


def test_secrets_are_sent_and_never_shown(folder):
    with Server(lambda ask: (403, {}, "no entry for tiger, Basic YWRhOnRpZ2Vy")) as server:
        env = {"PASSWORD": "tiger"}
        said = folder.fail(server.url("/${secret:env:PASSWORD}"),
                           'auth: { basic: { user: ada, password: "${secret:env:PASSWORD}" } }', env=env)
        assert server.asked[0].headers["authorization"] == "Basic YWRhOnRpZ2Vy"
        assert server.asked[0].path == "/tiger"
        assert "/***: the answer is 403 Forbidden (no entry for ***, Basic ***)" in said, said
        assert "tiger" not in said and "YWRhOnRpZ2Vy" not in said, said
        for arguments in (["check", "p.yaml"], ["explain", "p.yaml"], ["explain", "p.yaml", "--json"]):
            done = folder.run(*arguments, env=env)
            assert "tiger" not in done.stdout + done.stderr, arguments


def test_a_key_in_a_header_does_not_follow_a_redirect_to_another_host(folder):
    with Server(lambda ask: records(1)) as other, Server(lambda ask: (302, {"Location": other.url("/moved")}, "")) as server:
        folder.poll(server.url(), "auth: { header: { name: X-Key, value: hush } }")
        assert folder.ids() == [1]
        assert server.asked[0].headers["x-key"] == "hush"
        assert "x-key" not in other.asked[0].headers


def test_a_redirect_in_circles_fails_the_run(folder):
    with Server(lambda ask: (302, {"Location": "/"}, "")) as server:
        said = folder.fail(server.url())
        assert "redirects more than 5 times" in said, said
        assert len(server.asked) == 6


def test_a_body_is_posted_with_the_times_of_the_run(folder):
    with Server(lambda ask: records(1)) as server:
        before = time.time()
        folder.poll(server.url(), 'body: { since: "${run.start}", n: 5, all: true }, params: { until: "${run.end}" }')
        ask = server.asked[0]
        body = json.loads(ask.body)
        assert ask.method == "POST" and ask.headers["content-type"] == "application/json"
        assert body["n"] == 5 and body["all"] is True
        asked_at = time.mktime(time.strptime(body["since"], "%Y-%m-%dT%H:%M:%SZ")) - time.timezone
        assert before - 2 <= asked_at <= time.time() + 1, body
        assert ask.query["until"] == body["since"]


def test_requests_keep_to_the_rate(folder):
    with Server(lambda ask: records(1) if int(ask.query["page"]) < 6 else []) as server:
        folder.poll(server.url(), "paging: { page: page }, rate: 2 per 300ms")
        times = [ask.at for ask in server.asked]
        assert len(times) == 6
        for early, late in zip(times, times[2:]):
            assert late - early >= 0.29, times


def test_an_answer_that_is_no_json_is_one_broken_record_and_the_poll_goes_on(folder):
    pages = {"1": records(1), "2": "<html>\n<h1>Sorry</h1>\n</html>", "3": records(3)}
    with Server(lambda ask: pages.get(ask.query["page"], [])) as server:
        report = folder.poll(server.url(), "paging: { page: page }")
        assert folder.ids() == [1, 3]
        assert folder.quarantined() == [("<html>\n<h1>Sorry</h1>\n</html>", "the answer is no JSON")], folder.quarantined()
        assert "read 3 = written 2 + quarantined 1" in report, report


def test_an_answer_without_records_where_they_should_be_is_one_broken_record(folder):
    with Server(lambda ask: {"error": "try later", "data": None}) as server:
        folder.poll(server.url(), "records: data.items")
        (record, reason), = folder.quarantined()
        assert record == '{"error": "try later", "data": null}', record
        assert "data.items" in reason, reason


def test_a_broken_record_costs_only_itself(folder):
    with Server(lambda ask: '{"data": [{"id": 1}, {"id": x}, {"id": "y"}, {"id": 4}], "n": 4}') as server:
        folder.poll(server.url(), "records: data")
        assert folder.ids() == [1, 4]
        assert [record for record, _ in folder.quarantined()] == ['{"id": x}', '{"id": "y"}']


def test_an_answer_that_cannot_be_read_and_had_the_way_on_fails_the_run(folder):
    with Server(lambda ask: '{"rows": [{"id": 1}], "next": ') as server:
        said = folder.fail(server.url(), "records: rows, paging: { next: next }")
        assert "the answer cannot be read up to next" in said, said


def test_three_answers_in_a_row_that_cannot_be_read_fail_the_run(folder):
    with Server(lambda ask: "gone fishing") as server:
        said = folder.fail(server.url(), "paging: { page: page }")
        assert "3 answers in a row cannot be read" in said, said
        assert len(server.asked) == 3


def test_csv_and_json_lines_are_read_page_by_page(folder):
    with Server(lambda ask: "name,id\nada,1\nbob,2\n" if ask.query["page"] == "1" else "name,id\n") as server:
        folder.poll(server.url(), "format: csv, paging: { page: page }")
        assert folder.ids() == [1, 2]
        assert len(server.asked) == 2
    with Server(lambda ask: '{"id": 1}\n\n{"id": 2}\n') as server:
        folder.poll(server.url(), "format: json_lines")
        assert folder.ids() == [1, 2]


def test_a_packed_answer_is_unpacked_and_a_bomb_is_refused(folder):
    with Server(lambda ask: (200, {"Content-Encoding": "gzip"}, gzip.compress(json.dumps(records(1)).encode()))) as server:
        folder.poll(server.url())
        assert folder.ids() == [1]
    bomb = gzip.compress(b" " * 10_000_000)
    with Server(lambda ask: (200, {"Content-Encoding": "gzip"}, bomb)) as server:
        said = folder.fail(server.url(), "body_max: 1MB")
        assert "the body of the answer is longer than 1048576 bytes" in said, said


def test_nobody_there_is_asked_again_and_then_told(folder):
    with Server(lambda ask: "") as server:
        url = server.url()
    said = folder.fail(url)
    assert f"GET {url}" in said and "Failed to connect" in said and "asked 3 times" in said, said


def test_an_answer_that_does_not_come_is_a_timeout(folder):
    over = threading.Event()
    with Server(lambda ask: over.wait(SECONDS_MAX) and "") as server:
        said = folder.fail(server.url(), "idle_timeout: 50ms")
        over.set()
        assert "nothing came for 0.05 s; asked 3 times" in said, said


def test_a_run_that_waits_stops_when_told_to(folder):
    with Server(lambda ask: (429, {"Retry-After": "300"}, "")) as server:
        folder.flow(server.url())
        process = folder.start("run", "p.yaml", *DATA)
        wait_until(lambda: server.asked)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=SECONDS_MAX)
        assert process.returncode == 130, said
        assert "interrupted" in said, said


def test_what_has_not_changed_is_not_sent_again(folder):
    version = ["v1"]

    def answer(ask):
        if ask.headers.get("if-none-match") == version[0]:
            return 304, {}, ""
        return 200, {"ETag": version[0]}, records(1 if version[0] == "v1" else 2)

    with Server(answer) as server:
        report = folder.poll(server.url(), form=TOPIC_FLOW)
        assert "read 1 = written 1" in report, report
        report = folder.again()
        assert "read 0 = written 0" in report, report
        version[0] = "v2"
        folder.again()
        assert folder.topic_ids() == [1, 2]
        assert [ask.headers.get("if-none-match") for ask in server.asked] == [None, "v1", "v1"]
        folder.poll(server.url("/?other=1"), form=TOPIC_FLOW)  # another request: what was said of the first is of no use
        assert "if-none-match" not in server.asked[-1].headers


def kill_in_mid_poll(folder, paging, answer):
    """A run is killed while it waits for the third page; the next one begins there."""
    killed = threading.Event()
    reached = threading.Event()

    def slow_answer(ask):
        if len(server.asked) == 3 and not killed.is_set():
            reached.set()
            killed.wait(SECONDS_MAX)
        return answer(server, ask)

    with Server(slow_answer) as server:
        folder.flow(server.url("/u?since=${run.start}"), f"records: rows, paging: {paging}", form=TOPIC_FLOW)
        process = folder.start("run", "p.yaml", *DATA)
        assert reached.wait(SECONDS_MAX)
        wait_until(lambda: folder_has_committed(folder, process, 2))
        process.kill()
        process.communicate()
        killed.set()
        time.sleep(1.1)  # so that the next run is one of another second
        folder.again()
        assert folder.topic_ids() == [1, 2, 3, 4, 5], folder.topic_ids()
        assert server.asked[2].target == server.asked[3].target, "the page that was not read, for the same time"
        report = folder.again()  # the poll is over: the next one is a new one
        assert "read 5 = written 5" in report, report


def folder_has_committed(folder, process, pages):
    """Whether the records of so many pages are in the topic's files."""
    assert process.poll() is None, process.communicate()
    written = b"".join(path.read_bytes() for path in (folder.path / "data/topics/topics").rglob("*.log"))
    return all(b'"id":%d' % page in written for page in range(1, pages + 1))


def test_a_kill_between_pages_doubles_nothing_whatever_the_paging(folder):
    def by_number(server, ask):
        page = int(ask.query["page"])
        return {"rows": records(page) if page <= 5 else []}

    def by_next(server, ask):
        page = int(ask.query.get("n", 1))
        return {"rows": records(page), "next": f"/u?n={page + 1}" if page < 5 else None}

    for paging, answer in (("{ page: page }", by_number), ("{ next: next }", by_next)):
        shutil.rmtree(folder.path / "data", ignore_errors=True)
        kill_in_mid_poll(folder, paging, answer)


def test_a_kill_between_pages_leaves_a_table_with_each_row_once(folder):
    reached, killed = threading.Event(), threading.Event()

    def answer(ask):
        page = int(ask.query["page"])
        if page == 3 and not killed.is_set():
            reached.set()
            killed.wait(SECONDS_MAX)
        return records(page, page + 100) if page <= 5 else []

    with Server(answer) as server:
        folder.flow(server.url(), "paging: { page: page }", form=TABLE_FLOW)
        process = folder.start("run", "p.yaml", *DATA)
        assert reached.wait(SECONDS_MAX)
        process.kill()
        process.communicate()
        killed.set()
        folder.again()
        done = folder.run("query", "SELECT id FROM shop.users", "--csv", *DATA)
        assert sorted(map(int, done.stdout.split()[1:])) == [*range(1, 6), *range(101, 106)], done.stdout + done.stderr
        done = folder.run("ledger", "p.yaml", *DATA)
        assert "read 10 = written 10" in done.stdout, (done.stdout, done.stderr)


def start_up(folder):
    process = folder.start("up", "p.yaml", "--http", "off", *DATA)

    def listens():  # a command that comes before it does would take the data directory for itself
        assert process.poll() is None, process.communicate()
        with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(OSError):
            one.connect(str(folder.path / "data/control.sock"))
            return True

    wait_until(listens)
    return process


def test_a_scheduled_run_asks_for_its_own_time_and_goes_on_with_it_after_a_kill(folder):
    reached, killed = threading.Event(), threading.Event()

    def answer(ask):
        page = int(ask.query["page"])
        if page == 3 and not killed.is_set():
            reached.set()
            killed.wait(SECONDS_MAX)
        return records(page) if page <= 5 else []

    with Server(answer) as server:
        folder.flow(server.url("/?since=${run.start}&until=${run.end}"), "paging: { page: page }", form=TOPIC_FLOW)
        folder.put((folder.path / "p.yaml").read_text().replace("retry:", "cron: '0 * * * *'\n    retry:"))
        process = start_up(folder)
        wait_until(lambda: folder.run("trigger", "f", "--at", "2026-01-01T10:00:00Z", *DATA).returncode == 0)
        assert reached.wait(SECONDS_MAX)
        wait_until(lambda: folder_has_committed(folder, process, 2))
        process.kill()
        process.communicate()
        killed.set()
        process = start_up(folder)
        wait_until(lambda: '"succeeded"' in folder.run("runs", "--json", *DATA).stdout)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS_MAX)
        assert folder.topic_ids() == [1, 2, 3, 4, 5]
        times = {(ask.query["since"], ask.query["until"]) for ask in server.asked}
        assert times == {("2026-01-01T09:00:00Z", "2026-01-01T10:00:00Z")}, times
        asked = [ask.query["page"] for ask in server.asked]
        assert asked == ["1", "2", "3", "3", "4", "5", "6"], asked


def test_a_cleared_run_asks_again_whatever_the_server_said_of_its_last_answer(folder):
    def answer(ask):
        return (304, {}, "") if ask.headers.get("if-none-match") == "v1" else (200, {"ETag": "v1"}, records(1, 2))

    with Server(answer) as server:
        folder.flow(server.url(), form=TABLE_FLOW)
        folder.put((folder.path / "p.yaml").read_text().replace("  f:\n", "  f:\n    cron: '0 0 1 1 *'\n"))
        folder.again()
        run = json.loads(folder.run("runs", "--json", *DATA).stdout)["run"]
        cleared = folder.run("clear", run, "--yes", *DATA)
        assert cleared.returncode == 0 and "rows that are in its tables are overwritten by their key" in cleared.stdout, cleared
        process = start_up(folder)
        wait_until(lambda: '"cause":"clear"' in (shown := folder.run("runs", "--json", *DATA).stdout) and '"succeeded"' in shown)
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS_MAX)
        assert [ask.headers.get("if-none-match") for ask in server.asked] == [None, None]
        assert folder.run("query", "--json", "SELECT count(*) FROM shop.users", *DATA).stdout == '{"count":2}\n'


@contextlib.contextmanager
def users_api(folder, *faults):
    """The program's own API; gives its address."""
    process = folder.start("users-api", "--listen", "0", "--seed", "poll", *faults)
    try:
        yield process.stdout.readline().split()[3]
    finally:
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=SECONDS_MAX)


USERS = """millrace: 1
flows:
  f:
    retry: {{ attempts: 10, backoff: 1ms, backoff_max: 10ms }}
    from: {{ http: {{ url: "{url}?results=5", records: results, paging: {{ page: page }}, pages: 20 }} }}
    steps: [ {{ select: login.uuid AS id }} ]
    to: {{ file: out.jsonl }}
"""


def test_an_api_that_goes_wrong_now_and_then_is_polled_to_its_end(folder):
    with users_api(folder, "--errors", "20%", "--too-many", "2%") as url:
        folder.put(USERS.format(url=url))
        report = folder.again()
        assert "asked again" in report and "500 Internal Server Error" in report, report
        assert "read 100 = written 100" in report, report
        assert len(set(folder.ids())) == 100


def test_answers_that_end_in_their_middle_cost_what_is_missing_and_the_books_say_so(folder):
    with users_api(folder, "--broken-json", "20%") as url:
        folder.put(USERS.format(url=url))
        report = folder.again()
        broken = folder.quarantined()
        assert broken, report
        assert f"written {len(folder.ids())} + quarantined {len(broken)}" in report, report
        assert all("ends inside a document" in reason for _, reason in broken), broken


def test_each_run_polls_anew(folder):
    with Server(lambda ask: records(1)) as server:
        folder.poll(server.url(), form=TOPIC_FLOW)
        folder.again()
        assert folder.topic_ids() == [1, 1]


RAW_FLOW = """millrace: 1
topics: {{ users: {{ partitions: 1 }} }}
flows:
  f:
    retry: {{ attempts: 3, backoff: 10ms, backoff_max: 20ms }}
    from: {{ http: {{ url: "{url}"{more} }}, columns: {{ id: int }} }}
    raw: api
    to: {{ topic: users }}
"""
RAW_TABLE_FLOW = """millrace: 1
tables: {{ shop.users: {{ columns: {{ id: int, name: text }}, key: id }} }}
flows:
  f:
    from: {{ http: {{ url: "{url}"{more} }}, columns: {{ id: int, n: string }} }}
    raw: {{ name: api, retention: 30d }}
    steps: [ {{ select: "id, n AS name" }} ]
    to: {{ table: shop.users }}
"""


def said(folder, *arguments):
    done = folder.run(*arguments, *DATA)
    assert done.returncode == 0, (done.stdout, done.stderr)
    return done.stdout


def refused(folder, *arguments):
    done = folder.run(*arguments, *DATA)
    assert done.returncode in (1, 2), (done.returncode, done.stdout)
    return done.stderr


def payloads(folder):
    return [json.loads(line) for line in said(folder, "raw", "show", "f", "-n", "0", "--json").splitlines()]


def body(folder, at):
    """Of a payload: its very bytes."""
    done = subprocess.run([MILLRACE, "raw", "show", "f", "--at", str(at), "--body", *DATA], cwd=folder.path,
                          capture_output=True, timeout=SECONDS_MAX)
    assert done.returncode == 0, done
    return done.stdout


def test_answers_are_kept_as_they_came_whatever_they_hold(folder):
    answers = [b'[{"id": 1},   {"id":2}]', b'[{"id": "x"}, {"id"', b"\xff\xfe no JSON", b""]

    def answer(ask):
        page = int(ask.query["page"]) - 1
        return 200, {"Set-Cookie": "who=me", "X-Page": str(page), "Link": '</?token=hush&page=7>; rel="x"'}, answers[page]

    with Server(answer) as server:
        folder.poll(server.url("/?api_key=hush"), "paging: { page: page }, pages: 4", form=RAW_FLOW)
        assert folder.topic_ids() == [1, 2]
        for at, text in enumerate(answers):
            assert body(folder, at) == text, (at, body(folder, at))
        kept = payloads(folder)
        assert [one["source"] for one in kept] == [server.url(f"/?api_key=***&page={page}") for page in (1, 2, 3, 4)], kept
        assert all(one["flow"] == "p.f" and one["status"] == 200 and one["run"] == kept[0]["run"] for one in kept), kept
        headers = {header["name"].lower(): header["value"] for header in kept[1]["headers"]}
        assert headers["x-page"] == "1" and headers["set-cookie"] == "***", headers
        assert headers["link"] == '</?token=***&page=7>; rel="x"', headers
        assert b"hush" not in b"".join(path.read_bytes() for path in (folder.path / "data/topics/topics").rglob("*.log"))
        listed = said(folder, "raw", "list", "f", "--run", kept[0]["run"], "-n", "2")
        assert listed.count("p.f") == 2 and " 3 " in listed, listed
        shown = said(folder, "raw", "show", "f", "--at", "1")
        assert f"p.f 1  {kept[1]['source']}  status 200, came in " in shown and '\n\n[{"id": "x"}, {"id"\n' in shown, shown
        assert said(folder, "raw", "list", "--to", "2020-01-01") == "there is no such payload\n"


def test_what_an_api_said_before_a_run_failed_is_kept(folder):
    with Server(lambda ask: (200, {}, records(1)) if ask.query["page"] == "1" else (500, {}, "out of order")) as server:
        folder.fail(server.url(), "paging: { page: page }", form=RAW_FLOW)
        kept = payloads(folder)
        assert [one["status"] for one in kept] == [200, 500, 500, 500], kept
        assert kept[3]["body"] == "out of order"
        assert folder.topic_ids() == [1]
        assert said(folder, "raw", "replay", "f", "--at", "0-3", "--file", "p.yaml").startswith(
            "p.f: 4 payloads, 3 of them no answers to take records from: 1 records replayed: written 1\n")


def test_an_answer_that_fails_the_run_by_what_it_says_is_kept(folder):
    with Server(lambda ask: {"rows": records(1), "next": 7, "more": {"x": []}}) as server:
        folder.fail(server.url(), "records: rows, paging: { next: more.x }", form=RAW_FLOW)
        assert payloads(folder)[-1]["body"] == '{"rows": [{"id": 1}], "next": 7, "more": {"x": []}}'


def test_what_the_users_api_broke_is_there_byte_by_byte_and_is_replayed(folder):
    with users_api(folder, "--broken-json", "30%") as url:
        folder.put(USERS.format(url=url).replace("out.jsonl", "x").replace("to: { file: x }", "raw: api\n    to: { topic: ids }")
                   .replace("flows:", "topics: { ids: {} }\nflows:"))
        folder.again()
    before = said(folder, "ledger")
    broken = [json.loads(line) for line in said(folder, "quarantine", "show", "f", "-n", "99", "--json").splitlines()]
    kept = [one["body"] for one in payloads(folder)]
    assert len(kept) == 20 and broken, (len(kept), broken)
    assert all(any(one["record"] in text for text in kept) for one in broken), broken
    assert any(not text.endswith("}") for text in kept)
    written = int(before.split("written ")[1].split()[0])
    replayed = said(folder, "raw", "replay", "f", "--all", "--file", "p.yaml")
    assert f"20 payloads: {written + len(broken)} records replayed: written {written}, " in replayed, (replayed, before)
    assert f"written {2 * written}" in said(folder, "ledger")


def rows(folder):
    lines = said(folder, "query", "--json", "SELECT id, name FROM shop.users").splitlines()
    return {row["id"]: row["name"] for row in map(json.loads, lines)}


def test_a_replay_makes_of_payloads_what_the_file_says_today(folder):
    def answer(ask):
        return {"people": [{"id": 1, "n": f"b{len(server.asked)}"}, {"id": 2, "n": "z"}]}

    with Server(answer) as server:
        folder.flow(server.url(), "records: users", RAW_TABLE_FLOW)  # not where they are
        folder.again()
        assert rows(folder) == {}
        folder.flow(server.url(), "records: people", RAW_TABLE_FLOW)
        assert said(folder, "raw", "replay", "f", "--at", "0", "--file", "p.yaml").splitlines()[0] \
            == "p.f: 1 payloads: 2 records replayed: written 2"
        assert rows(folder) == {1: "b1", 2: "z"}
        folder.again()
        assert rows(folder) == {1: "b2", 2: "z"}
        # What comes of the older payload now is smaller than what came of it then, and wins; but not over the newer one.
        folder.put((folder.path / "p.yaml").read_text().replace("n AS name", "concat('a', n) AS name"))
        said(folder, "raw", "replay", "f", "--at", "0", "--file", "p.yaml")
        assert rows(folder) == {1: "b2", 2: "z"}
        said(folder, "raw", "replay", "f", "--all", "--file", "p.yaml")
        assert rows(folder) == {1: "ab2", 2: "az"}
        assert "p.f: read 11 = written 10 + quarantined 1" in said(folder, "ledger")
        assert len(server.asked) == 2
        runs = [json.loads(line) for line in said(folder, "runs", "--json").splitlines()]
        replays = [run for run in runs if run["cause"] == "replay"]
        assert [(run["state"], run["ledger"]["written"]) for run in replays] == [("succeeded", n) for n in (4, 2, 2)], runs
        said_no = refused(folder, "clear", replays[0]["run"])
        assert "no scheduled flow" in said_no, said_no
        assert len(payloads(folder)) == 2  # a replay is no payload


def test_what_cannot_be_replayed_is_told(folder):
    with Server(lambda ask: records(1)) as server:
        folder.poll(server.url(), form=TOPIC_FLOW)
        assert "no flow keeps its payloads here; with `raw: NAME` in the file a flow does" in refused(folder, "raw", "list")
        assert "flow f keeps no payloads; with `raw: NAME` beside its `from` it does" \
            in refused(folder, "raw", "replay", "f", "--all", "--file", "p.yaml")
        assert f"flow f reads {server.url()}, and only what comes from topics can be replayed\n" \
            in refused(folder, "replay", "f", "--from", "earliest", "--file", "p.yaml")
        folder.poll(server.url(), form=RAW_FLOW)
        assert "and only what comes from topics can be replayed; `millrace raw replay` has its payloads" \
            in refused(folder, "replay", "f", "--from", "earliest", "--file", "p.yaml")
    assert "say which payloads to replay: by offsets, by run, by time, or all of them" \
        in refused(folder, "raw", "replay", "f", "--file", "p.yaml")
    assert "'from' is a time as 2026-11-21T10:05:00Z, not 'noon'" in refused(folder, "raw", "list", "--from", "noon")
    assert "'4-2' is no set of offsets" in refused(folder, "raw", "show", "f", "--at", "4-2")
    assert "'limit' is not below 0; 0 is all" in refused(folder, "raw", "list", "-n", "-2")
    assert "there is no such payload" in refused(folder, "raw", "show", "f", "--at", "99")
    folder.put(READ_TOPIC)
    assert "flow read keeps no position: it reads all of its source in every run" \
        in refused(folder, "replay", "read", "--from", "earliest", "--file", "p.yaml")
    assert "'from' is missing" in refused(folder, "replay", "read", "--file", "p.yaml")


COPY = """millrace: 1
topics: {{ users: {{ partitions: 2, columns: {{ id: int, pad: string }} }}, copy: {{ partitions: 1 }} }}
tables: {{ shop.users: {{ columns: {{ id: int, name: text }}, key: id }} }}
flows:
  fill: {{ from: {{ file: in.jsonl, columns: {{ id: int, pad: string }} }}, to: {{ topic: users, key: id }} }}
  copy: {{ from: {{ topic: users }}, to: {{ topic: copy }} }}
  store: {{ from: {{ topic: users }}, steps: [ {{ select: "id, '{name}' AS name" }} ], to: {{ table: shop.users }} }}
"""
MANY = 300_000
PAD = "x" * 40


def copied(folder):
    (folder.path / "count.yaml").write_text("""millrace: 1
topics: { copy: { columns: { id: int, pad: string } } }
flows: { count: { from: { topic: copy }, steps: [ { select: id } ], to: { file: copied.jsonl } } }
""")
    said(folder, "run", "-q", "count.yaml")
    return [json.loads(line)["id"] for line in (folder.path / "copied.jsonl").read_text().splitlines()]


def grown(folder, topic):
    return sum(path.stat().st_size for path in (folder.path / "data/topics/topics" / topic).rglob("*.log"))


def killed_in_its_middle(folder, command, watched, by):
    """Starts a command, and kills it once a topic has grown by more than one commit."""
    before = grown(folder, watched)
    process = folder.start(*command, *DATA)
    wait_until(lambda: grown(folder, watched) > before + by or process.poll() is not None)
    process.kill()
    process.communicate(timeout=SECONDS_MAX)
    assert process.returncode == -signal.SIGKILL, "it was over before it was killed"


def test_a_replay_of_a_stretch_that_is_killed_goes_on_and_adds_nothing_twice(folder):
    (folder.path / "in.jsonl").write_text("".join(f'{{"id":{i},"pad":"{PAD}"}}\n' for i in range(MANY)))
    folder.put(COPY.format(name="z"))
    said(folder, "run", "-q", "p.yaml")
    replay = ["replay", "copy", "--from", "earliest", "--file", "p.yaml"]
    killed_in_its_middle(folder, replay, "copy", 6_000_000)
    assert "flow p.copy has a replay that was interrupted: topic users from earliest to latest; ask for the same to go " \
        "on with it, or say --anew" in refused(folder, *replay, "--to", "offset:5")
    done = said(folder, *replay)
    assert f"p.copy: {MANY:,} records replayed: written {MANY:,}\n" in done and "which had been interrupted" in done, done
    assert sorted(copied(folder)) == sorted(2 * list(range(MANY)))
    assert f"p.copy: read {2 * MANY} = written {2 * MANY}" in said(folder, "ledger")
    states = [json.loads(line) for line in said(folder, "runs", "--json").splitlines()]
    assert [(run["state"], run["cause"], run["attempt"]) for run in states if run["flow"] == "p.copy"] \
        == [("succeeded", "replay", 2)], states


def test_a_replay_into_a_table_is_killed_or_given_up_and_the_rows_are_those_of_today(folder):
    (folder.path / "in.jsonl").write_text("".join(f'{{"id":{i},"pad":""}}\n' for i in range(1000)))
    folder.put(COPY.format(name="z"))
    said(folder, "run", "-q", "p.yaml")
    folder.put(COPY.format(name="a"))
    assert "p.store: 20 records replayed: written 20\n" \
        in said(folder, "replay", "store", "--from", "offset:10", "--to", "offset:20", "--file", "p.yaml")
    assert list(rows(folder).values()).count("a") == 20
    assert "p.store: 10 records replayed" \
        in said(folder, "replay", "store", "--from", "offset:20", "--to", "offset:30", "--partition", "1", "--file", "p.yaml")
    assert list(rows(folder).values()).count("a") == 30
    assert "flow store reads the partitions 0 to 1" \
        in refused(folder, "replay", "store", "--from", "earliest", "--partition", "2", "--file", "p.yaml")
    assert "p.store: 0 records replayed: nothing" \
        in said(folder, "replay", "store", "--from", "2100-01-01T00:00:00Z", "--file", "p.yaml")
    said(folder, "replay", "store", "--from", "earliest", "--file", "p.yaml")
    assert set(rows(folder).values()) == {"a"} and len(rows(folder)) == 1000
    folder.put(COPY.format(name="Z"))
    said(folder, "reset", "store", "--to", "offset:100", "--file", "p.yaml")
    said(folder, "run", "-q", "p.yaml")
    assert list(rows(folder).values()).count("a") == 200  # those that were not read again


def test_a_replay_of_payloads_that_is_killed_goes_on_and_adds_nothing_twice(folder):
    def answer(ask):
        first = 1000 * int(ask.query["page"])
        return [{"id": number, "pad": 5 * PAD} for number in range(first, first + 1000)]

    with Server(answer) as server:
        folder.poll(server.url(), "paging: { page: page }, pages: 100", form=RAW_FLOW)
    replay = ["raw", "replay", "f", "--at", "0-79", "--file", "p.yaml"]
    killed_in_its_middle(folder, replay, "users", 600_000)
    assert "has a replay that was interrupted: payloads at 0-79" in refused(folder, *replay[:-2], "--run", "x", "--file", "p.yaml")
    done = said(folder, *replay)
    assert "80,000 records replayed: written 80,000" in done, done
    ids = folder.topic_ids()
    assert sorted(ids) == sorted([*range(1000, 101_000), *range(1000, 81_000)]), len(ids)
    killed_in_its_middle(folder, replay, "users", 600_000)
    assert "1 payloads: 1,000 records replayed" in said(folder, "raw", "replay", "f", "--at", "99", "--anew", "--file", "p.yaml")
    states = [json.loads(line)["state"] for line in said(folder, "runs", "--json").splitlines()]
    assert states == ["succeeded", "cancelled", "succeeded"], states


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    passed = failed = 0
    for name, test in list(globals().items()):
        if not name.startswith("test_") or wanted not in f"poll/{name}":
            continue
        path = tempfile.mkdtemp(prefix="millrace-poll-")
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
    sys.exit(main())
