"""One contestant of `./x bench shape` that lives in Python: contestants.py NAME IN OUT QUARANTINE.

OUT "-" counts and hashes instead of writing. Each does what users.yaml does, the way its own manual would have it; files are
synced at the end, as millrace's are.
"""
import json
import os
import re
import sys
from datetime import datetime, timezone

THREADS = 2
EMAIL = r"[A-Za-z0-9._%+-]+@([A-Za-z0-9-]+\.)+[A-Za-z]{2,}"
UUID = r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}"


def sync(*paths):
    for path in paths:
        with open(path, "rb+") as file:
            os.fsync(file.fileno())


def run_duckdb(source, out, quarantine):
    import duckdb

    db = duckdb.connect()
    db.execute(f"SET threads={THREADS}; SET preserve_insertion_order=false; SET TimeZone='UTC'")
    columns = """{gender: 'VARCHAR', name: 'STRUCT("first" VARCHAR, "last" VARCHAR)',
      location: 'STRUCT(street STRUCT(number VARCHAR, name VARCHAR), city VARCHAR, state VARCHAR, country VARCHAR,
                        postcode VARCHAR)',
      email: 'VARCHAR', login: 'STRUCT(uuid VARCHAR, username VARCHAR)', dob: 'STRUCT(date VARCHAR)',
      registered: 'STRUCT(date VARCHAR)', phone: 'VARCHAR', picture: 'STRUCT(medium VARCHAR)'}"""
    # A fault is NULL or false; ready checks but `required` pass on null.
    shaped = f"""
      WITH raw AS (
        SELECT login.uuid AS id, name.first AS first_name, name.last AS last_name, gender,
               location.street.number || ' ' || location.street.name || ', ' || location.city || ', ' || location.state
                 || ', ' || location.country AS address,
               location.postcode AS post_code, email, login.username AS username, dob.date AS dob_text,
               registered.date AS registered_text, phone, picture.medium AS picture
        FROM read_json('{source}', format='newline_delimited', columns={columns})),
      typed AS (
        SELECT *, TRY_CAST(dob_text AS TIMESTAMP) AS dob, TRY_CAST(registered_text AS TIMESTAMP) AS registered_date FROM raw)
      SELECT id, first_name, last_name, gender, address, post_code, email, username, dob, registered_date, phone, picture,
             id IS NOT NULL AND first_name IS NOT NULL AND email IS NOT NULL
               AND length(id) = 36 AND TRY_CAST(id AS UUID) IS NOT NULL
               AND length(email) <= 254 AND regexp_full_match(email, '{EMAIL}')
               AND coalesce(gender IN ('male', 'female'), true)
               AND (dob_text IS NULL OR coalesce(dob <= now()::TIMESTAMP, false))
               AND (registered_text IS NULL OR coalesce(registered_date <= now()::TIMESTAMP, false))
               AND coalesce(length(username) BETWEEN 3 AND 30, true) AS well
      FROM typed"""
    if out == "-":
        row = db.execute(f"""SELECT count(*), sum(hash(r)) FROM (SELECT * EXCLUDE (well) FROM ({shaped}) WHERE well) r""")
        print(row.fetchall())
        return
    db.execute(f"CREATE TEMP TABLE shaped AS {shaped}")
    db.execute(f"COPY (SELECT * EXCLUDE (well) FROM shaped WHERE well) TO '{out}' (FORMAT json)")
    db.execute(f"COPY (SELECT * EXCLUDE (well) FROM shaped WHERE NOT well OR well IS NULL) TO '{quarantine}' (FORMAT json)")
    sync(out, quarantine)


def run_polars(source, out, quarantine):
    import polars as pl

    text = pl.String
    schema = {
        "gender": text,
        "name": pl.Struct({"first": text, "last": text}),
        "location": pl.Struct({"street": pl.Struct({"number": text, "name": text}), "city": text, "state": text,
                               "country": text, "postcode": text}),
        "email": text,
        "login": pl.Struct({"uuid": text, "username": text}),
        "dob": pl.Struct({"date": text}),
        "registered": pl.Struct({"date": text}),
        "phone": text,
        "picture": pl.Struct({"medium": text}),
    }
    place = pl.col("location").struct
    street = place.field("street").struct
    now = datetime.now(timezone.utc).replace(tzinfo=None)

    def timestamp(name):
        return pl.col(name).struct.field("date").str.to_datetime("%Y-%m-%dT%H:%M:%S%.fZ", time_unit="us", strict=False)

    shaped = pl.scan_ndjson(source, schema=schema).select(
        pl.col("login").struct.field("uuid").alias("id"),
        pl.col("name").struct.field("first").alias("first_name"),
        pl.col("name").struct.field("last").alias("last_name"),
        "gender",
        pl.concat_str(street.field("number"), pl.lit(" "), street.field("name"), pl.lit(", "), place.field("city"),
                      pl.lit(", "), place.field("state"), pl.lit(", "), place.field("country")).alias("address"),
        place.field("postcode").alias("post_code"),
        "email",
        pl.col("login").struct.field("username").alias("username"),
        timestamp("dob").alias("dob"),
        timestamp("registered").alias("registered_date"),
        "phone",
        pl.col("picture").struct.field("medium").alias("picture"),
        pl.col("dob").struct.field("date").is_null().alias("_no_dob"),
        pl.col("registered").struct.field("date").is_null().alias("_no_registered"),
    )
    well = (
        pl.col("id").is_not_null() & pl.col("first_name").is_not_null() & pl.col("email").is_not_null()
        & pl.col("id").str.contains(f"^{UUID}$")
        & (pl.col("email").str.len_bytes() <= 254) & pl.col("email").str.contains(f"^{EMAIL}$")
        & pl.col("gender").is_in(["male", "female"]).fill_null(True)
        & (pl.col("_no_dob") | (pl.col("dob") <= now).fill_null(False))
        & (pl.col("_no_registered") | (pl.col("registered_date") <= now).fill_null(False))
        & pl.col("username").str.len_chars().is_between(3, 30).fill_null(True)
    ).fill_null(False)
    shaped = shaped.with_columns(well.alias("_well"))
    good = shaped.filter("_well").drop("_well", "_no_dob", "_no_registered")
    if out == "-":
        print(good.select(pl.len(), pl.struct(pl.all()).hash().sum().alias("hash")).collect(engine="streaming"))
        return
    bad = shaped.filter(~pl.col("_well"))
    pl.collect_all([good.sink_ndjson(out, lazy=True), bad.sink_ndjson(quarantine, lazy=True)], engine="streaming")
    sync(out, quarantine)


def run_python(source, out, quarantine):
    email = re.compile(EMAIL).fullmatch
    uuid = re.compile(UUID).fullmatch
    now = datetime.now(timezone.utc)

    def shape(line):
        user = json.loads(line)
        login, name, place = user["login"], user["name"], user["location"]
        street = place["street"]
        dob = datetime.fromisoformat(user["dob"]["date"])
        registered = datetime.fromisoformat(user["registered"]["date"])
        row = {
            "id": login["uuid"],
            "first_name": name["first"],
            "last_name": name["last"],
            "gender": user["gender"],
            "address": f"{street['number']} {street['name']}, {place['city']}, {place['state']}, {place['country']}",
            "post_code": str(place["postcode"]),
            "email": user["email"],
            "username": login["username"],
            "dob": dob.isoformat(),
            "registered_date": registered.isoformat(),
            "phone": user["phone"],
            "picture": user["picture"]["medium"],
        }
        if not (row["id"] and row["first_name"] and row["email"]):
            raise ValueError("required")
        if not uuid(row["id"]) or len(row["email"]) > 254 or not email(row["email"]):
            raise ValueError("uuid or email")
        if row["gender"] not in ("male", "female") or dob > now or registered > now:
            raise ValueError("gender or date")
        if not 3 <= len(row["username"]) <= 30:
            raise ValueError("username")
        return row

    count = hashed = 0
    with open(source, "rb") as lines, open(quarantine, "wb") as bad, open(os.devnull if out == "-" else out, "w") as good:
        for line in lines:
            try:
                row = shape(line)
            except (ValueError, KeyError, TypeError):
                bad.write(line)
                continue
            if out == "-":
                count += 1
                hashed += hash(tuple(row.values()))
            else:
                good.write(json.dumps(row, ensure_ascii=False))
                good.write("\n")
    if out == "-":
        print(count, hashed)
    else:
        sync(out, quarantine)


if __name__ == "__main__":
    contestant, arguments = sys.argv[1], sys.argv[2:]
    {"duckdb": run_duckdb, "polars": run_polars, "python": run_python}[contestant](*arguments)
