"""Hands columns of every type to pyarrow and takes them back. Usage: exchange.py LIBRARY"""
import ctypes
import sys

import pyarrow as pa

VALUES, EMPTY, CONSTANT, NULLS, NO_NULLS = range(5)
TYPES = {
    "void": pa.null(),
    "boolean": pa.bool_(),
    "int": pa.int32(),
    "bigint": pa.int64(),
    "double": pa.float64(),
    "decimal(18,4)": pa.decimal128(18, 4),
    "decimal(38,0)": pa.decimal128(38, 0),
    "string": pa.string(),
    "binary": pa.binary(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us", "UTC"),
    "array<string>": pa.list_(pa.field("element", pa.string())),
    "array<array<boolean>>": pa.list_(pa.field("element", pa.list_(pa.field("element", pa.bool_())))),
    "map<string,array<int>>": pa.map_(pa.string(), pa.list_(pa.field("element", pa.int32()))),
    "struct<a:int,b:string>": pa.struct([("a", pa.int32()), ("b", pa.string())]),
    "struct<s:struct<m:map<date,decimal(9,2)>,v:void>,l:array<struct<x:double>>>": pa.struct([
        ("s", pa.struct([("m", pa.map_(pa.date32(), pa.decimal128(9, 2))), ("v", pa.null())])),
        ("l", pa.list_(pa.field("element", pa.struct([("x", pa.float64())])))),
    ]),
}
ROOM = 1 << 20
library = ctypes.CDLL(sys.argv[1])
library.sample_text.restype = library.take_column.restype = ctypes.c_int64


class Pair:
    """Room for one ArrowSchema (9 words) and one ArrowArray (10 words)."""

    def __init__(self):
        self.schema = ctypes.create_string_buffer(72)
        self.array = ctypes.create_string_buffer(80)

    def addresses(self):
        return ctypes.addressof(self.array), ctypes.addressof(self.schema)


def text(call, *arguments):
    buffer = ctypes.create_string_buffer(ROOM)
    size = call(*arguments, buffer, ctypes.c_int64(ROOM))
    assert size <= ROOM, size
    return buffer.raw[:size]


def export(name, shape):
    pair = Pair()
    assert library.sample_column(name.encode(), shape, pair.schema, pair.array) == 0
    array = pa.Array._import_from_c(*pair.addresses())
    array.validate(full=True)
    return array


def take(array):
    pair = Pair()
    array._export_to_c(*pair.addresses())
    return text(library.take_column, pair.schema, pair.array)


def check_round_trip(name, shape):
    array = export(name, shape)
    assert array.type == TYPES[name], f"{array.type} is not {TYPES[name]}"
    expected = text(library.sample_text, name.encode(), shape)
    assert len(array) == expected.count(b"\n") - 1, (len(array), expected)
    # Back as it was handed out, as pyarrow's own copy of the values, and a part that begins in the middle of a byte.
    assert take(array) == expected
    copy = pa.array(array.to_pylist(), type=array.type)
    assert copy.equals(array)
    assert take(copy) == expected
    if len(array) > 7:
        assert take(array.slice(3, 11)) == take(pa.array(array.to_pylist()[3:14], type=array.type))


def check_values():
    assert export("int", VALUES).to_pylist()[:5] == [-(2**31), -63, -26, 11, None]
    assert export("string", VALUES).to_pylist()[:2] == ["", "é-1"]
    assert [str(value) for value in export("decimal(18,4)", VALUES).to_pylist()[:2]] == ["-0.0100", "-6300000.0441"]
    assert export("date", VALUES).cast(pa.int32()).to_pylist()[0] == -10000
    assert export("timestamp", VALUES).cast(pa.int64()).to_pylist()[3] == 11 * 1_000_000_007
    assert export("map<string,array<int>>", NO_NULLS).to_pylist()[1] == [("é-1", [-26, 11])]
    assert export("bigint", VALUES).null_count == 3


def check_batch(name):
    pair = Pair()
    assert library.sample_batch(name.encode(), pair.schema, pair.array) == 0
    batch = pa.RecordBatch._import_from_c(*pair.addresses())
    batch.validate(full=True)
    assert batch.schema.names == ["n", "v"]
    assert batch.column(0).to_pylist() == list(range(0, 19, 3))
    assert batch.column(1).to_pylist() == export(name, VALUES).to_pylist()[::3]


def check_refusals():
    pair = Pair()
    assert library.sample_column(b"interval", VALUES, pair.schema, pair.array) == 1
    for array, why in [(pa.array(["a"]).dictionary_encode(), b"dictionary-encoded"), (pa.array([1], pa.int8()), b"'c'"),
                       (pa.array([1], pa.timestamp("us")), b"'tsu:'"), (pa.array(["a"], pa.large_string()), b"'U'")]:
        answer = take(array)
        assert answer.startswith(b"error: ") and why in answer, answer


checks = [(check_round_trip, name, shape) for name in TYPES for shape in range(5)]
checks += [(check_batch, name) for name in TYPES] + [(check_values,), (check_refusals,)]
failed = 0
for check, *arguments in checks:
    try:
        check(*arguments)
    except (AssertionError, pa.ArrowException) as error:
        failed += 1
        print(f"{check.__name__}{tuple(arguments)}: {type(error).__name__}: {error}")
print(f"{len(checks) - failed} passed, {failed} failed")
sys.exit(failed != 0)
