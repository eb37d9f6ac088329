"""Records of every type between millrace and fastavro, both ways, and what both make of a writer's and a reader's schema."""
import base64
import datetime
import decimal
import io
import json
import random
import subprocess
import sys
import uuid

import fastavro

PROGRAM = sys.argv[1]
FILTER = sys.argv[2] if len(sys.argv) > 2 else ""
TYPE = (
    "struct<s:string,i:int,l:bigint,d:double,b:boolean,bin:binary,dec:decimal(20,3),wide:decimal(38,10),day:date,"
    "ts:timestamp,a:array<string>,m:map<string,bigint>,n:map<int,string>,"
    "r:struct<x:int,y:struct<z:array<struct<k:decimal(5,2)>>>>>"
)
UTC = datetime.timezone.utc
EPOCH = datetime.datetime(1970, 1, 1, tzinfo=UTC)


def run(*arguments, lines):
    text = "".join(line + "\n" for line in lines)
    done = subprocess.run([PROGRAM, *arguments], input=text, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout.splitlines()


def instant(rng):
    return EPOCH + datetime.timedelta(microseconds=rng.randrange(-(10**16), 10**16))


def text(rng):
    return "".join(rng.choice("abcxyz \"\\\näöü€𝄞\x01") for _ in range(rng.choice([0, 1, 7, 8, 9, 40])))


def maybe(rng, make):
    return None if rng.random() < 0.25 else make()


def number(rng, digits, scale):
    return decimal.Decimal(rng.randrange(-(10 ** rng.randrange(1, digits + 1)) + 1, 10**digits)).scaleb(-scale)


def any_record(rng):
    def inner():
        return {"k": maybe(rng, lambda: number(rng, 5, 2))}

    def outer():
        return {"z": maybe(rng, lambda: [maybe(rng, inner) for _ in range(rng.randrange(4))])}

    return {
        "s": maybe(rng, lambda: text(rng)),
        "i": maybe(rng, lambda: rng.choice([0, -1, 2**31 - 1, -(2**31), rng.randrange(-99, 99)])),
        "l": maybe(rng, lambda: rng.choice([0, 2**63 - 1, -(2**63), rng.randrange(-(2**40), 2**40)])),
        "d": maybe(rng, lambda: rng.choice([0.5, -1e300, 1.0, rng.random()])),
        "b": maybe(rng, lambda: rng.random() < 0.5),
        "bin": maybe(rng, lambda: rng.randbytes(rng.randrange(70))),
        "dec": maybe(rng, lambda: number(rng, 20, 3)),
        "wide": maybe(rng, lambda: number(rng, 38, 10)),
        "day": maybe(rng, lambda: instant(rng).date()),
        "ts": maybe(rng, lambda: instant(rng)),
        "a": maybe(rng, lambda: [maybe(rng, lambda: text(rng)) for _ in range(rng.randrange(5))]),
        "m": maybe(rng, lambda: {text(rng): maybe(rng, lambda: rng.randrange(99)) for _ in range(rng.randrange(5))}),
        "n": maybe(rng, lambda: {rng.randrange(-999, 999): maybe(rng, lambda: text(rng)) for _ in range(3)}),
        "r": maybe(rng, lambda: {"x": maybe(rng, lambda: 7), "y": maybe(rng, outer)}),
    }


def json_of(value):
    """A value as millrace writes it in JSON, numbers as Decimals where they have digits to lose."""
    if isinstance(value, dict):
        return {str(key): json_of(inside) for key, inside in value.items()}
    if isinstance(value, list):
        return [json_of(inside) for inside in value]
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, uuid.UUID):
        return str(value)
    if isinstance(value, datetime.datetime):
        if value.tzinfo is None:
            value = value.replace(tzinfo=UTC)
        fraction = f"{value.microsecond:06}".removesuffix("000")
        return value.strftime("%Y-%m-%dT%H:%M:%S").zfill(19) + ("." + fraction if value.microsecond else "") + "Z"
    if isinstance(value, datetime.date):
        return value.isoformat()
    return value


def dumped(value):
    if isinstance(value, dict):
        return "{" + ",".join(json.dumps(key) + ":" + dumped(inside) for key, inside in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ",".join(dumped(inside) for inside in value) + "]"
    return format(value, "f") if isinstance(value, decimal.Decimal) else json.dumps(value)


def loaded(line):
    return json.loads(line, parse_float=lambda digits: float(digits) if "e" in digits.lower() else decimal.Decimal(digits))


def same(a, b):
    """Equal, whichever kind of number a number is."""
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(same(a[key], b[key]) for key in a)
    if isinstance(a, list) and isinstance(b, list):
        return len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, float) or isinstance(b, float):
        return a is not None and b is not None and float(a) == float(b)
    return a == b


def encoded(schema, record):
    out = io.BytesIO()
    fastavro.schemaless_writer(out, schema, record)
    return out.getvalue().hex()


def as_entries(record):
    """A map whose keys are no texts is a list of key and value in Avro."""
    entries = record["n"]
    return record | {"n": entries and [{"key": key, "value": value} for key, value in entries.items()]}


def what_millrace_writes_fastavro_reads():
    rng = random.Random(1)
    records = [any_record(rng) for _ in range(300)]
    schema, *written = run("write", TYPE, lines=[dumped(json_of(record)) for record in records])
    parsed = fastavro.parse_schema(json.loads(schema))
    assert len(written) == len(records)
    for record, line in zip(records, written):
        stream = io.BytesIO(bytes.fromhex(line))
        read = fastavro.schemaless_reader(stream, parsed)
        assert not stream.read(), "bytes left over"
        assert same(json_of(read), json_of(as_entries(record))), (read, record)
        assert encoded(parsed, as_entries(record)) == line, "other bytes than fastavro's"


def what_fastavro_writes_millrace_reads():
    rng = random.Random(2)
    schema = run("write", TYPE, lines=[])[0]
    parsed = fastavro.parse_schema(json.loads(schema))
    records = [any_record(rng) for _ in range(300)]
    read = run("read", schema, lines=[encoded(parsed, as_entries(record)) for record in records])
    assert len(read) == len(records), read[-3:]
    for record, line in zip(records, read):
        expected = json_of(record)
        wrong = [name for name in expected if not same(loaded(line)[name], expected[name])]
        assert not wrong, (wrong, line, record)


def types_that_millrace_does_not_write_itself():
    schema = {
        "type": "record", "name": "Other", "namespace": "org.example",
        "fields": [
            {"name": "f", "type": "float"},
            {"name": "e", "type": {"type": "enum", "name": "Colour", "symbols": ["RED", "GREEN"]}},
            {"name": "x", "type": {"type": "fixed", "name": "Hash", "size": 4}},
            {"name": "xd", "type": {"type": "fixed", "name": "Money", "size": 9, "logicalType": "decimal", "precision": 20, "scale": 4}},
            {"name": "u", "type": {"type": "string", "logicalType": "uuid"}},
            {"name": "ms", "type": {"type": "long", "logicalType": "timestamp-millis"}},
            {"name": "lms", "type": {"type": "long", "logicalType": "local-timestamp-millis"}},
            {"name": "lus", "type": {"type": "long", "logicalType": "local-timestamp-micros"}},
            {"name": "again", "type": ["null", "Colour"]},
            {"name": "last", "type": ["string", "null"]},
            {"name": "many", "type": ["null", "long", "string", {"type": "array", "items": "Hash"}]},
            {"name": "req", "type": {"type": "array", "items": {"type": "map", "values": "boolean"}}},
        ],
    }
    parsed = fastavro.parse_schema(schema)
    when = datetime.datetime(2026, 1, 2, 3, 4, 5, 678000)
    record = {
        "f": 0.25, "e": "GREEN", "x": b"\x00\xff12", "xd": decimal.Decimal("-1234567890123456.7891"),
        "u": uuid.UUID(int=7), "ms": when.replace(tzinfo=UTC), "lms": when, "lus": when, "again": "RED", "last": None,
        "many": [b"abcd", b"\x00\x00\x00\x00"], "req": [{"a": True}, {}, {"b": False, "c": True}],
    }
    others = [record | {"again": None, "last": "x", "many": 2**40, "req": []}, record | {"many": "x"}, record | {"many": None}]
    lines = run("read", json.dumps(schema), lines=[encoded(parsed, one) for one in [record, *others]])
    members = [
        {"member0": None, "member1": None, "member2": record["many"]}, {"member0": 2**40, "member1": None, "member2": None},
        {"member0": None, "member1": "x", "member2": None}, None,
    ]
    for one, many, line in zip([record, *others], members, lines):
        assert same(loaded(line), json_of(one | {"many": many})), (line, one)


def schemas_of_writer_and_reader_resolve_as_fastavro_resolves_them():
    def record(*fields, **more):
        return {"type": "record", "name": "R", "fields": [dict(zip(("name", "type", "default"), one)) for one in fields], **more}

    def renamed(field, alias):
        return field | {"aliases": [alias]}

    enum = {"type": "enum", "name": "E", "symbols": ["A", "B", "C"]}
    fewer = {"type": "enum", "name": "E", "symbols": ["B", "Z"], "default": "Z"}
    old = record(("id", "int"), ("name", "string"), ("gone", {"type": "array", "items": "string"}), ("e", enum))
    values = [{"id": 7, "name": "ä", "gone": ["x", "y"], "e": symbol} for symbol in "ABC"]
    readers = [
        record(("name", "string"), ("id", "long")),
        record(("id", ["null", "double"]), ("name", ["null", "string"]), ("added", ["null", "string"], None)),
        record(("e", fewer), ("n", "int", 42), ("m", {"type": "map", "values": "int"}, {"k": 1})),
        record(("r", record(("a", "int", 1), ("b", "string", "x")) | {"name": "Q"}, {"a": 2, "b": "y"}), ("id", "float")),
    ]
    aliased = record(("called", "string"))
    aliased["fields"][0] = renamed(aliased["fields"][0], "name")
    inner_old = record(("rows", {"type": "array", "items": record(("a", "int"), ("b", "string")) | {"name": "I"}}))
    inner_new = record(("rows", {"type": "array", "items": record(("c", ["null", "int"], None), ("a", "double"), ("d", "string", "dd")) | {"name": "I"}}))
    pairs = [(old, reader, values) for reader in [*readers, aliased]]
    pairs.append((inner_old, inner_new, [{"rows": [{"a": 1, "b": "x"}, {"a": -5, "b": ""}]}, {"rows": []}]))
    pairs.append((record(("u", ["null", "int", "long"])), record(("u", ["double", "null"])), [{"u": None}, {"u": 3}, {"u": 2**33}]))
    pairs.append((record(("u", "bytes")), record(("u", "string")), [{"u": "ä".encode()}]))
    for writer, reader, records in pairs:
        lines = run("read", json.dumps(writer), json.dumps(reader), lines=[encoded(fastavro.parse_schema(writer), one) for one in records])
        for one, line in zip(records, lines):
            stream = io.BytesIO(bytes.fromhex(encoded(fastavro.parse_schema(writer), one)))
            theirs = fastavro.schemaless_reader(stream, fastavro.parse_schema(writer), fastavro.parse_schema(reader))
            assert same(loaded(line), json_of(theirs)), (line, theirs)
        assert len(lines) == len(records), lines


def main():
    tests = [
        what_millrace_writes_fastavro_reads, what_fastavro_writes_millrace_reads, types_that_millrace_does_not_write_itself,
        schemas_of_writer_and_reader_resolve_as_fastavro_resolves_them,
    ]
    passed = failed = 0
    for test in tests:
        if FILTER not in test.__name__:
            continue
        try:
            test()
            passed += 1
        except AssertionError as failure:
            print(f"{test.__name__} failed: {failure}")
            failed += 1
    print(f"{passed} passed, {failed} failed")
    sys.exit(failed > 0)


main()
