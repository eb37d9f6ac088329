"""Scheduled flows in the real process: runs, kills in mid-run, alerts, and the commands about runs.

As in tests/program, every function called test_... is a test.
"""

import contextlib
import json
import signal
import socket
import subprocess
import sys
import time

from run_program import MILLRACE, main, wait_until

INGEST = """millrace: 1
pipeline: p
topics: {{ t: {{}} }}
flows:
  ingest:
    {timing}
    from: {{ file: {{ path: in.jsonl, format: json_lines }}, columns: {{ id: int }} }}
    to: {{ topic: t }}
{more}"""

STORE = """millrace: 1
pipeline: p
topics: { t: {} }
tables: { k.t: { columns: { id: int }, key: id } }
flows:
  ingest:
    every: 1d
    from: { file: { path: in.jsonl, format: json_lines }, columns: { id: int } }
    to: { topic: t }
  store:
    after: ingest
    from: { topic: t }
    to: { table: k.t }
"""

FILES = """millrace: 1
pipeline: p
flows:
  copy:
    cron: "0 0 1 1 *"
    at_once: 3
    from: { file: in.jsonl, columns: { id: int } }
    to: { file: out.jsonl }
"""


def pipeline(folder, timing="every: 1s", more=""):
    folder.put("p.yaml", INGEST.format(timing=timing, more=more))
    folder.put("in.jsonl", "".join('{"id":%d}\n' % i for i in range(3)))


def listens(folder):
    with socket.socket(socket.AF_UNIX) as one, contextlib.suppress(OSError):
        one.connect(str(folder.path / ".millrace/control.sock"))
        return True
    return False


@contextlib.contextmanager
def up(folder, stop=signal.SIGINT):
    with open(folder.path / "up.txt", "a") as log:
        process = subprocess.Popen([MILLRACE, "up", "p.yaml", "--http", "off"], cwd=folder.path, stdin=subprocess.PIPE,
                                   stdout=log, stderr=subprocess.STDOUT)
    # Commands that come before it listens would take the data directory for themselves.
    wait_until(lambda: listens(folder) or process.poll() is not None)
    try:
        yield process
    finally:
        process.send_signal(stop)
        process.wait(20)


def runs(folder, *arguments):
    done = folder.run("runs", "--json", "--limit", "0", *arguments)
    return [json.loads(line) for line in done.stdout.splitlines()]


def states(folder, *arguments):
    return [run["state"] for run in runs(folder, *arguments)]


def query(folder, statement):
    done = folder.run("query", "--json", statement)
    assert done.returncode == 0, done
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_run_is_in_the_history_while_it_is_up_and_afterwards(folder):
    pipeline(folder)
    with up(folder):
        wait_until(lambda: states(folder).count("succeeded") >= 2)
    found = runs(folder)
    assert len({run["run"] for run in found}) == len(found) >= 2, found
    assert [run["run"] for run in found] == sorted((run["run"] for run in found), reverse=True), found
    first = [run for run in found if run["state"] == "succeeded"][-1]
    assert first["flow"] == "p.ingest" and first["ledger"]["written"] == 3, first
    assert first["window_end"] == first["instant"] and first["window_start"] < first["instant"], first
    rows = query(folder, "SELECT run, state, written FROM millrace.runs WHERE flow = 'p.ingest' LIMIT 1000")
    assert {"run": first["run"], "state": "succeeded", "written": 3} in rows, rows
    table = folder.run("runs", "--flow", "ingest", env={"COLUMNS": "200"}).stdout.splitlines()
    assert table[0].split() == ["run", "state", "attempt", "started", "took", "read", "written", "quarantined", "error"], table
    assert any(first["run"] in line and " succeeded " in line for line in table), table


def log_bytes(folder, topic):
    return sum(log.stat().st_size for log in (folder.path / ".millrace/topics/topics" / topic).glob("*/*.log"))


def test_a_run_that_was_killed_goes_on_and_adds_nothing_twice(folder):
    pipeline(folder, timing="every: 1d")
    count = 1_000_000
    folder.put("in.jsonl", "".join('{"id":%d}\n' % i for i in range(count)))
    for _ in range(3):
        before = log_bytes(folder, "t")
        with up(folder, signal.SIGKILL):
            wait_until(lambda: log_bytes(folder, "t") != before)
    with up(folder):
        wait_until(lambda: states(folder) == ["succeeded"])
    found = runs(folder)
    assert found[0]["attempt"] > 1, "it was never killed in mid-run"
    ledger = found[0]["ledger"]
    assert (ledger["read"], ledger["written"], ledger["in_flight"]) == (count, count, 0), found
    books = folder.run("ledger", "p.yaml").stdout
    assert f"read {count} = written {count}" in books.replace(",", ""), books


def test_an_interrupted_run_goes_on_at_the_next_start(folder):
    pipeline(folder, timing="every: 1d", more="")
    folder.put("p.yaml", INGEST.format(timing="every: 1d", more="").replace("in.jsonl", '"-"'))
    with up(folder):
        wait_until(lambda: states(folder) == ["running"])
    assert states(folder) == ["due"], runs(folder)
    with up(folder) as process:
        process.stdin.write(b'{"id":1}\n')
        process.stdin.close()
        wait_until(lambda: states(folder) == ["succeeded"])
    assert runs(folder)[0]["attempt"] == 2, runs(folder)


def test_each_run_is_told_of_on_the_error_output(folder):
    pipeline(folder, timing="every: 1d")
    with up(folder):
        wait_until(lambda: states(folder) == ["succeeded"])
    run = runs(folder)[0]
    said = [line for line in (folder.path / "up.txt").read_text().splitlines() if "p.ingest" in line]
    assert len(said) == 1 and f"run of {run['instant']} succeeded: read 3 = written 3 in " in said[0], said


def test_run_makes_one_run_now(folder):
    pipeline(folder, timing="cron: '0 0 1 1 *'")
    ran = folder.run("run", "p.yaml")
    assert ran.returncode == 0 and "ledger: read 3 = written 3" in ran.stdout, ran
    found = [(run["state"], run["cause"], run["ledger"]["read"]) for run in runs(folder)]
    assert found == [("succeeded", "trigger", 3)], found


def test_run_of_a_flow_that_has_only_files_is_in_the_history_too(folder):
    pipeline(folder)
    folder.put("p.yaml", FILES)
    assert folder.run("run", "-q", "p.yaml").returncode == 0
    found = runs(folder)
    assert [(run["flow"], run["state"], run["ledger"]["written"]) for run in found] == [("p.copy", "succeeded", 3)], found


def test_run_goes_on_with_one_that_was_interrupted(folder):
    folder.put("p.yaml", INGEST.format(timing="cron: '0 0 1 1 *'", more="").replace("in.jsonl", '"-"'))
    process = folder.start("run", "p.yaml")
    # The history is synced before the run begins, and is the first that the tables' log has.
    wait_until(lambda: b"running" in b"".join(log.read_bytes() for log in folder.path.glob(".millrace/tables/**/*.log")))
    process.send_signal(signal.SIGINT)
    assert process.wait(20) == 130
    assert states(folder) == ["due"], runs(folder)
    ran = folder.run("run", "p.yaml", stdin='{"id":7}\n')
    assert ran.returncode == 0 and f"went on with run {runs(folder)[0]['run']}" in ran.stdout, ran
    found = [(run["state"], run["attempt"], run["ledger"]["read"]) for run in runs(folder)]
    assert found == [("succeeded", 2, 1)], found


def test_a_run_that_takes_too_long_has_timed_out(folder):
    pipeline(folder)
    folder.put("p.yaml", INGEST.format(timing="every: 1d\n    timeout: 1s", more="").replace("in.jsonl", '"-"'))
    with up(folder):
        wait_until(lambda: states(folder) == ["timed_out"])
    assert runs(folder)[0]["error"] == "it took longer than its timeout", runs(folder)


def test_files_may_be_written_by_several_runs_at_once(folder):
    folder.put("p.yaml", FILES)
    folder.put("in.jsonl", '{"id":1}\n')
    with up(folder):
        for day in range(1, 5):
            assert folder.run("trigger", "copy", "--at", f"2026-01-0{day}").returncode == 0
        wait_until(lambda: states(folder) == ["succeeded"] * 4)
    assert sorted(path.name for path in folder.path.glob("out*")) == ["out.jsonl"]


def test_a_flow_after_another_runs_when_that_has_succeeded(folder):
    pipeline(folder, timing="every: 1d", more="""  report:
    after: [ingest]
    from: { topic: t }
    to: { file: report.jsonl }
""")
    with up(folder):
        wait_until(lambda: states(folder) == ["succeeded", "succeeded"])
    assert (folder.path / "report.jsonl").read_text().count("\n") == 3
    ingest, report = sorted(runs(folder), key=lambda run: run["flow"])
    assert ingest["instant"] == report["instant"], (ingest, report)


def test_a_failure_is_told_once_and_what_comes_after_is_skipped(folder):
    pipeline(folder, timing="every: 1d\n    alert: { command: [tee, -a, alerts.jsonl] }", more="""  report:
    after: [ingest]
    from: { topic: t }
    to: { file: report.jsonl }
""")
    (folder.path / "in.jsonl").unlink()
    with up(folder):
        wait_until(lambda: states(folder) == ["failed", "skipped"] or states(folder) == ["skipped", "failed"])
        wait_until((folder.path / "alerts.jsonl").exists)
        wait_until(lambda: "tee was told" in folder.run("logs", "ingest").stdout)
    alerts = [json.loads(line) for line in (folder.path / "alerts.jsonl").read_text().replace("}{", "}\n{").splitlines()]
    assert len(alerts) == 1, alerts
    assert (alerts[0]["flow"], alerts[0]["reason"], alerts[0]["state"]) == ("p.ingest", "failed", "failed"), alerts
    log = folder.run("logs", alerts[0]["run"]).stdout
    assert "attempt 1 begins" in log and "! failed: " in log, log


def test_runs_can_be_asked_for_while_it_is_up(folder):
    pipeline(folder, timing="cron: '0 0 1 1 *'")
    with up(folder):
        wait_until(lambda: folder.run("trigger", "ingest").returncode == 0)
        wait_until(lambda: states(folder) == ["succeeded"])
        done = folder.run("trigger", "p.ingest", "--at", "2026-11-21T10:05:00Z")
        assert done.stdout == "run p.ingest@2026-11-21T10:05:00Z is due\n", done
        wait_until(lambda: states(folder) == ["succeeded", "succeeded"])
        again = folder.run("trigger", "ingest", "--at", "2026-11-21T10:05:00Z")
        assert again.stderr == ("millrace: run p.ingest@2026-11-21T10:05:00Z is succeeded already; "
                                "`millrace clear` makes it due again\n"), again


def test_backfill_shows_its_plan_and_asks(folder):
    pipeline(folder, timing="cron: '0 6 * * *'")
    with up(folder):
        wait_until(lambda: "p.ingest" in folder.run("status").stdout)
    words = ["backfill", "ingest", "--from", "2026-01-01", "--to", "2026-01-04"]
    plan = folder.run(*words)
    assert plan.returncode == 2, plan
    assert plan.stdout == """3 runs of p.ingest to make up for
  p.ingest@2026-01-01T06:00:00Z  for 2025-12-31T06:00:00Z to 2026-01-01T06:00:00Z
  p.ingest@2026-01-02T06:00:00Z  for 2026-01-01T06:00:00Z to 2026-01-02T06:00:00Z
  p.ingest@2026-01-03T06:00:00Z  for 2026-01-02T06:00:00Z to 2026-01-03T06:00:00Z
""", plan
    assert plan.stderr == "millrace: nothing has been done; add --yes to do it\n", plan
    assert states(folder) == []
    done = folder.run(*words, "--yes")
    assert done.stdout.endswith("3 runs are due; nothing is up, `millrace up` runs what is due\n"), done
    assert states(folder) == ["due"] * 3
    with up(folder):
        wait_until(lambda: states(folder) == ["succeeded"] * 3)
    again = folder.run(*words)
    assert again.stdout == "0 runs of p.ingest to make up for; 3 more times have a run already, and keep it\n", again


def test_clear_says_what_happens_to_what_is_there(folder):
    pipeline(folder, timing="every: 1d")
    with up(folder):
        wait_until(lambda: states(folder) == ["succeeded"])
    run = runs(folder)[0]["run"]
    plan = folder.run("clear", run)
    assert plan.returncode == 2 and "records that are in its topics stay, and come a second time\n" in plan.stdout, plan
    assert plan.stderr == "millrace: nothing has been done; add --again to let topics get these records a second time\n", plan
    asked = folder.run("clear", run, "--again")
    assert asked.stderr == "millrace: nothing has been done; add --yes to do it\n", asked
    done = folder.run("clear", run, "--again", "--yes")
    assert done.stdout.endswith("1 run is due again; nothing is up, `millrace up` runs what is due\n"), done
    assert states(folder) == ["due"]
    with up(folder):
        wait_until(lambda: states(folder) == ["succeeded"])
    again = runs(folder)[0]
    assert again["cause"] == "clear" and again["ledger"]["written"] == 3, again
    assert "t                    1           6 " in folder.run("topics").stdout, folder.run("topics")


def test_a_cleared_run_does_again_what_it_did_and_doubles_nothing_in_a_table(folder):
    pipeline(folder)
    folder.put("p.yaml", STORE)
    with up(folder):
        wait_until(lambda: states(folder) == ["succeeded", "succeeded"])
    store = next(run for run in runs(folder) if run["flow"] == "p.store")
    assert store["ledger"]["written"] == 3, store
    plan = folder.run("clear", store["run"])
    assert plan.stdout.endswith("rows that are in its tables are overwritten by their key\nthe flow goes back to where the "
                                "first of them began, with new books, and reads on from there\n"), plan
    assert folder.run("clear", store["run"], "--yes").returncode == 0
    with up(folder):
        wait_until(lambda: states(folder, "--flow", "store") == ["succeeded"])
    again = next(run for run in runs(folder) if run["flow"] == "p.store")
    assert again["cause"] == "clear" and again["ledger"]["read"] == again["ledger"]["written"] == 3, again
    assert query(folder, "SELECT count(*) FROM k.t") == [{"count": 3}]
    assert "p.store: read 3 = written 3\n" in folder.run("ledger").stdout


def test_a_flow_that_got_another_name_keeps_its_history_and_what_comes_after_it(folder):
    pipeline(folder)
    folder.put("p.yaml", STORE)
    with up(folder):
        wait_until(lambda: states(folder) == ["succeeded", "succeeded"])
    folder.put("p.yaml", STORE.replace("  ingest:\n", "  fetch:\n    id: ingest\n").replace("after: ingest", "after: fetch"))
    folder.put("in.jsonl", '{"id":0}\n{"id":1}\n{"id":2}\n{"id":3}\n')
    with up(folder):
        assert folder.run("trigger", "ingest", "--at", "2026-01-01T00:00:00Z").returncode == 0
        wait_until(lambda: states(folder) == ["succeeded"] * 4)
    assert {run["flow"] for run in runs(folder)} == {"p.ingest", "p.store"}, runs(folder)
    assert query(folder, "SELECT count(*) FROM k.t") == [{"count": 4}]
    assert folder.run("run", "-q", "p.yaml", "--flow", "fetch").returncode == 0
    assert folder.run("run", "-q", "p.yaml", "--flow", "ingest").returncode == 0


def test_a_run_is_not_cleared_below_one_that_is_under_way(folder):
    pipeline(folder, timing="cron: '0 6 * * *'")
    with up(folder):
        wait_until(lambda: "p.ingest" in folder.run("status").stdout)
        folder.run("trigger", "ingest", "--at", "2026-01-01T06:00:00Z")
        wait_until(lambda: states(folder) == ["succeeded"])
    folder.put("p.yaml", INGEST.format(timing="cron: '0 6 * * *'", more="").replace("in.jsonl", '"-"'))
    with up(folder):
        folder.run("trigger", "ingest", "--at", "2026-01-02T06:00:00Z")
        wait_until(lambda: "running" in states(folder))
        done = folder.run("clear", "ingest@2026-01-01T06:00:00Z", "--again", "--yes")
        assert "run p.ingest@2026-01-02T06:00:00Z is under way, and the flow would be set back below it" in done.stderr, done


def test_cancel_ends_what_is_due_or_under_way(folder):
    pipeline(folder)
    folder.put("p.yaml", INGEST.format(timing="every: 1d", more="").replace("in.jsonl", '"-"'))
    with up(folder):
        wait_until(lambda: states(folder) == ["running"])
        run = runs(folder)[0]["run"]
        assert folder.run("cancel", run).stdout == f"run {run} is cancelled\n"
        wait_until(lambda: states(folder) == ["cancelled"])
    again = folder.run("cancel", run)
    assert again.stderr == f"millrace: run {run} is not due and not under way\n", again


def test_logs_follow_what_comes(folder):
    pipeline(folder)
    with up(folder):
        wait_until(lambda: "succeeded" in states(folder))
        follower = folder.start("logs", "ingest", "--follow", "--json")
        seen = [json.loads(follower.stdout.readline()) for _ in range(8)]
        follower.send_signal(signal.SIGINT)
        follower.communicate()
    assert len({line["run"] for line in seen}) >= 2, seen
    assert {line["flow"] for line in seen} == {"p.ingest"}, seen


def test_the_commands_say_what_is_wrong(folder):
    pipeline(folder)
    with up(folder):
        wait_until(lambda: "succeeded" in states(folder))
    for arguments, text in (
        (["runs", "--state", "done"], "no run is 'done'; it is one of: due, running, retrying, succeeded, failed, timed_out, "
                                      "skipped, cancelled"),
        (["trigger", "store"], "there is no scheduled flow 'store'; there are: p.ingest"),
        (["trigger", "ingest", "--at", "noon"], "'at' is a time of whole seconds as 2026-11-21T10:05:00Z, not 'noon'"),
        (["backfill", "ingest", "--from", "2026-01-02", "--to", "2026-01-01"],
         "'from' and 'to' say which runs are to be made up for, from not behind to"),
        (["backfill", "ingest", "--from", "2026-01-01", "--to", "2026-01-02"],
         "that is more than 1000 runs; take a shorter time"),
        (["clear", "ingest"], "'ingest' is no run; they are called as ingest@2026-11-21T10:05:00Z"),
        (["clear", "ingest@2026-01-01T00:00:00Z"], "there is no run p.ingest@2026-01-01T00:00:00Z; `millrace runs` lists them"),
        (["cancel", "ingest@2026-01-01T00:00:00Z"], "run p.ingest@2026-01-01T00:00:00Z is not due and not under way"),
    ):
        done = folder.run(*arguments)
        assert done.stderr == f"millrace: {text}\n", (arguments, done)
        assert done.returncode in (1, 2), (arguments, done)


if __name__ == "__main__":
    sys.exit(main(globals(), "schedule"))
