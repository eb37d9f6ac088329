"""What a user would write instead of `./x bench embedded`'s pipeline: contestants.py NAME USERS DIRECTORY.

sqlite: plain Python that reads the file, checks, and puts rows into SQLite: WAL mode, synced with every transaction, the
position in the file with the rows. There is no topic in between.
spark: PySpark on this machine, from the file to Parquet.
`dump` prints the rows of either as lines of JSON: contestants.py dump NAME DIRECTORY.
"""
import json
import os
import re
import sys
from datetime import datetime, timezone

THREADS = 2
EMAIL = r"[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"
COLUMNS = ["id", "first_name", "last_name", "gender", "address", "post_code", "email", "username", "dob", "registered_date",
           "phone", "picture"]
ROWS_AT_ONCE = 4_000  # in a transaction: about as much of the file as in a commit of millrace


def run_sqlite(source, directory):
    import sqlite3

    email, uuid = re.compile(EMAIL).fullmatch, re.compile(UUID).fullmatch
    now = datetime.now(timezone.utc)
    db = sqlite3.connect(f"{directory}/users.db", isolation_level=None)
    db.execute("PRAGMA journal_mode=WAL")
    db.execute("PRAGMA synchronous=FULL")
    db.execute(f"CREATE TABLE users ({', '.join(COLUMNS)}, PRIMARY KEY (id)) WITHOUT ROWID")
    db.execute("CREATE TABLE quarantine (record)")
    db.execute("CREATE TABLE position (id INTEGER PRIMARY KEY, byte)")

    def shape(line):
        user = json.loads(line)
        login, name, place = user["login"], user["name"], user["location"]
        street = place["street"]
        dob = datetime.fromisoformat(user["dob"]["date"])
        registered = datetime.fromisoformat(user["registered"]["date"])
        row = (login["uuid"], name["first"], name["last"], user["gender"],
               f"{street['number']} {street['name']}, {place['city']}, {place['state']}, {place['country']}",
               str(place["postcode"]), user["email"], login["username"], round(dob.timestamp() * 1000),
               round(registered.timestamp() * 1000), user["phone"], user["picture"]["medium"])
        if not (row[0] and row[1] and row[6]) or not uuid(row[0]) or len(row[6]) > 254 or not email(row[6]):
            raise ValueError("required, uuid or email")
        if row[3] not in ("male", "female") or dob > now or registered > now or not 3 <= len(row[7]) <= 30:
            raise ValueError("gender, date or username")
        return row

    def commit(rows, bad, position):
        db.execute("BEGIN")
        db.executemany(f"INSERT OR REPLACE INTO users VALUES ({', '.join('?' * len(COLUMNS))})", rows)
        db.executemany("INSERT INTO quarantine VALUES (?)", bad)
        db.execute("INSERT OR REPLACE INTO position VALUES (1, ?)", (position,))
        db.execute("COMMIT")
        rows.clear()
        bad.clear()

    rows, bad, position = [], [], 0
    with open(source, "rb") as lines:
        for line in lines:
            position += len(line)
            try:
                rows.append(shape(line))
            except (ValueError, KeyError, TypeError):
                bad.append((line,))
            if len(rows) + len(bad) >= ROWS_AT_ONCE:
                commit(rows, bad, position)
    commit(rows, bad, position)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()


def spark_session(directory):
    from pyspark.sql import SparkSession

    return (SparkSession.builder.master(f"local[{THREADS}]").appName("bench").config("spark.ui.enabled", "false")
            .config("spark.sql.session.timeZone", "UTC").config("spark.driver.host", "127.0.0.1")
            .config("spark.driver.bindAddress", "127.0.0.1").config("spark.local.dir", directory)
            .config("spark.driver.memory", "2g").getOrCreate())


def run_spark(source, directory):
    from pyspark.sql import functions as f

    spark = spark_session(directory)
    spark.sparkContext.setLogLevel("ERROR")
    schema = ("gender STRING, name STRUCT<first: STRING, last: STRING>, location STRUCT<street: STRUCT<number: STRING, name: STRING>, "
              "city: STRING, state: STRING, country: STRING, postcode: STRING>, email STRING, login STRUCT<uuid: STRING, username: "
              "STRING>, dob STRUCT<date: STRING>, registered STRUCT<date: STRING>, phone STRING, picture STRUCT<medium: STRING>")
    shaped = spark.read.schema(schema).json(source).selectExpr(
        "login.uuid AS id", "name.first AS first_name", "name.last AS last_name", "gender",
        "concat(location.street.number, ' ', location.street.name, ', ', location.city, ', ', location.state, ', ', "
        "location.country) AS address", "location.postcode AS post_code", "email", "login.username AS username",
        "to_timestamp(dob.date) AS dob", "to_timestamp(registered.date) AS registered_date", "phone", "picture.medium AS picture")
    well = f.expr(
        f"id IS NOT NULL AND first_name IS NOT NULL AND email IS NOT NULL AND id RLIKE '^{UUID}$' AND length(email) <= 254 "
        rf"AND email RLIKE '^[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+[.])+[A-Za-z]{{2,}}$' AND coalesce(gender IN ('male', 'female'), true) "
        "AND coalesce(dob <= current_timestamp(), true) AND coalesce(registered_date <= current_timestamp(), true) "
        "AND coalesce(length(username) BETWEEN 3 AND 30, true)")
    shaped = shaped.withColumn("well", f.coalesce(well, f.lit(False)))
    # One pass; bad records apart, as the others have them.
    shaped.write.partitionBy("well").parquet(f"{directory}/users.parquet")
    gateway = spark.sparkContext._gateway
    spark.stop()
    # The JVM is waited for, so that what it took is counted with this process.
    gateway.shutdown()
    gateway.proc.stdin.close()
    gateway.proc.wait()


def dump(contestant, directory):
    if contestant == "sqlite":
        import sqlite3

        db = sqlite3.connect(f"{directory}/users.db")
        rows = db.execute(f"SELECT {', '.join(COLUMNS)} FROM users")
        for row in rows:
            print(json.dumps(dict(zip(COLUMNS, row, strict=True))))
        return
    import duckdb

    times = {name: f"epoch_ms({name})" for name in ("dob", "registered_date")}
    picked = ", ".join(f"{times.get(name, name)} AS {name}" for name in COLUMNS)
    found = duckdb.connect().execute(
        f"SELECT DISTINCT ON (id) {picked} FROM read_parquet('{directory}/users.parquet/well=true/*.parquet')")
    while rows := found.fetchmany(10_000):
        for row in rows:
            print(json.dumps(dict(zip(COLUMNS, row, strict=True))))


if __name__ == "__main__":
    if sys.argv[1] == "dump":
        dump(*sys.argv[2:])
    else:
        os.makedirs(sys.argv[3], exist_ok=True)
        {"sqlite": run_sqlite, "spark": run_spark}[sys.argv[1]](*sys.argv[2:])
