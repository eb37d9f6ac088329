"""DuckDB in `./x bench expr`: duckdb_contestant.py ROWS_FILE COLUMNS reads the rows into a table in memory, then answers requests as
contestant.cc does, with whole queries in the place of expressions. COLUMNS is a JSON object of DuckDB's types by name."""
import json
import sys
import time

import duckdb


def forget_peak():
    with open("/proc/self/clear_refs", "w") as refs:
        refs.write("5")


def peak_mb():
    with open("/proc/self/status") as status:
        return next(int(line.split()[1]) for line in status if line.startswith("VmHWM:")) / 1024


def timed(db, query, budget_s):
    # A count of what cannot be null is answered without computing it.
    plan = db.execute(f"EXPLAIN {query}").fetchall()[0][1]
    if "count(*)" not in query and ("count_star" in plan or "Sequential Scan" not in plan):
        sys.exit(f"DuckDB does not compute this: {query}\n{plan}")
    least_s = least_cpu_s = float("inf")
    until = time.monotonic() + budget_s
    forget_peak()
    while True:
        begin_cpu, begin = time.process_time(), time.monotonic()
        db.execute(query).fetchall()
        least_s = min(least_s, time.monotonic() - begin)
        least_cpu_s = min(least_cpu_s, time.process_time() - begin_cpu)
        if time.monotonic() >= until:
            return {"seconds": least_s, "cpu_s": least_cpu_s, "peak_mb": peak_mb()}


def main():
    rows, columns = sys.argv[1:]
    db = duckdb.connect()
    db.execute("SET threads=1; SET TimeZone='UTC'")
    db.execute(f"CREATE TABLE rows AS FROM read_json('{rows}', format='newline_delimited', columns={columns})")
    print(db.execute("SELECT count(*) FROM rows").fetchone()[0], flush=True)
    for line in sys.stdin:
        request, query = line.rstrip("\n").split("\t", 1)
        what, number = request.split()
        if what == "sample":
            answer = [row[0] for row in db.execute(f"{query} LIMIT {number}").fetchall()]
        else:
            answer = timed(db, query, float(number))
        print(json.dumps(answer, default=str), flush=True)


if __name__ == "__main__":
    main()
