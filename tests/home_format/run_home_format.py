"""Every later version opens the data directories of earlier ones: format_N.tar.gz was made by the first program that had format N,
with `shop.yaml` and `orders.py` (`run_home_format.py --make N` in a folder of its own: never for a format that is released)."""

import json
import pathlib
import subprocess
import sys
import tarfile

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "program"))
from run_program import main  # noqa: E402
from orders import first_orders, orders  # noqa: E402


def opened(folder, archive):
    with tarfile.open(archive) as home:
        home.extractall(folder.path)
    folder.put("shop.yaml", (HERE / "shop.yaml").read_text())
    folder.put("orders.jsonl", first_orders())


def lines(folder, *arguments):
    done = folder.run(*arguments)
    assert done.returncode == 0, (arguments, done)
    return [json.loads(line) for line in done.stdout.splitlines()]


def rows(folder):
    return lines(folder, "query", "--json", "SELECT * FROM shop.orders LIMIT 1000")


def books(folder):
    return folder.run("ledger", "shop.yaml").stdout.splitlines()


def check_archive(folder, archive):
    opened(folder, archive)
    assert books(folder) == [
        "shop.intake: read 42 = written 40 + quarantined 2",
        "shop.store: read 40 = written 35 + duplicate 1 + quarantined 4",
    ], books(folder)
    found = rows(folder)
    assert sorted(row["id"] for row in found) == [n for n in range(1, 40) if n % 10 and n != 17], found
    one = next(row for row in found if row["id"] == 8)
    assert one == {
        "customer": "c1", "id": 8, "placed": "2026-01-02T03:04:08Z", "total": "24.25",
        "ref": "00000000-0000-4000-8000-000000000008", "tags": ["new", "paid"], "paid": True,
    }, one
    kept = folder.run("quarantine", "list").stdout
    assert all(rule in kept for rule in ("required customer", "range id", "read")), kept
    assert [(run["state"], run["ledger"]["read"]) for run in lines(folder, "runs", "--json")] == [("succeeded", 42)]
    assert len(folder.run("topic", "tail", "orders", "--from", "earliest", "--limit", "100").stdout.splitlines()) == 40

    # The books go on where they were: what is appended is read, what was read is not, and dedupe knows its keys.
    folder.put("orders.jsonl", first_orders() + orders(41, 49) + orders(1, 2))
    ran = folder.run("run", "shop.yaml")
    assert ran.returncode == 0, ran
    assert books(folder) == [
        "shop.intake: read 53 = written 51 + quarantined 2",
        "shop.store: read 51 = written 44 + duplicate 3 + quarantined 4",
    ], books(folder)
    assert len(rows(folder)) == 44


def test_the_data_directory_of_every_format_opens_and_goes_on(folder):
    archives = sorted(HERE.glob("format_*.tar.gz"))
    assert archives, "there is no data directory to open"
    for archive in archives:
        home = folder.path / archive.name.split(".")[0]
        home.mkdir()
        check_archive(type(folder)(str(home)), archive)


def make(version):
    """Into the folder where it is called."""
    from run_program import MILLRACE

    pathlib.Path("shop.yaml").write_text((HERE / "shop.yaml").read_text())
    pathlib.Path("orders.jsonl").write_text(first_orders())
    subprocess.run([MILLRACE, "run", "shop.yaml"], check=True)
    with tarfile.open(HERE / f"format_{version}.tar.gz", "w:gz") as home:
        home.add(".millrace")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--make"]:
        make(sys.argv[2])
    else:
        sys.exit(main(globals(), "home_format"))
