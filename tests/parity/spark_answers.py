"""Asks real Spark (ANSI mode, session zone UTC) what the cases give, and writes or checks recorded/<family>.json.

    spark_answers.py [--record] [family ...]

Without --record it fails when a recorded answer is missing, is no longer wanted or is not what Spark says today.
"""
import argparse
import json
import logging
import pathlib
import re
import sys
import time
from concurrent.futures import ThreadPoolExecutor

HERE = pathlib.Path(__file__).parent
# Spark's optimizer would drop parts of an expression that raise when their value does not matter to it. With columns
# that does not happen, so the rules that look at constants stay off, and every expression is computed over a relation.
EXCLUDED_RULES = ",".join(
    "org.apache.spark.sql.catalyst.optimizer." + rule
    for rule in (
        "ConstantFolding", "NullPropagation", "BooleanSimplification", "SimplifyConditionals", "PushFoldableIntoBranches",
        "OptimizeIn", "LikeSimplification", "SimplifyBinaryComparison", "ReorderAssociativeOperator", "NullDownPropagation",
        "SimplifyExtractValueOps", "OptimizeJsonExprs", "UnwrapCastInBinaryComparison", "SimplifyCasts",
        "SimplifyCaseConversionExpressions", "FoldablePropagation", "ReplaceNullWithFalseInPredicate",
    )
)


class Case:
    def __init__(self, key, expression, relation):
        self.key = key  # as in recorded/
        self.expression = expression
        self.relation = relation  # what the expression is selected from


def split_cells(text):
    """Splits a row on | outside of quotes."""
    return [cell.strip() for cell in re.findall(r"(?:'(?:[^'\\]|\\.)*'|[^|'])+", text)]


def read_cases(path):
    """The cases of a file, in its order; see README.md for the format."""
    cases, columns, rows = [], [], []
    for line in path.read_text(encoding="utf-8").splitlines():
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("@"):
            columns = [column.strip().split(None, 1) for column in line[1:].split("|") if column.strip()]
            rows = []
        elif line.startswith("|"):
            cells = split_cells(line[1:])
            if len(cells) != len(columns):
                sys.exit(f"{path.name}: {len(columns)} columns, but this row has {len(cells)}: {line}")
            rows.append(cells)
        elif not columns:
            cases.append(Case(line, line, "VALUES (1) AS t(one)"))
        else:
            for cells in rows:
                typed = ", ".join(f"CAST({cell} AS {kind}) AS {name}" for cell, (name, kind) in zip(cells, columns))
                where = ", ".join(f"{name} {kind} = {cell}" for cell, (name, kind) in zip(cells, columns))
                cases.append(Case(f"{line} | {where}", line, f"(SELECT {typed} FROM VALUES (1) AS t(one))"))
    seen = set()
    for case in cases:
        if case.key in seen:
            sys.exit(f"{path.name}: twice: {case.key}")
        seen.add(case.key)
    return cases


def start_spark():
    from pyspark.sql import SparkSession

    settings = {
        "spark.driver.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.sql.ansi.enabled": "true",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.datetime.java8API.enabled": "true",
        "spark.sql.optimizer.excludedRules": EXCLUDED_RULES,
        "spark.sql.maxMetadataStringLength": "100",
        "spark.driver.extraJavaOptions": "-Duser.timezone=UTC -XX:+UseSerialGC",
    }
    builder = SparkSession.builder.master("local[2]").appName("parity")
    for name, value in settings.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    logging.getLogger("SQLQueryContextLogger").disabled = True  # raising is what cases are for
    return session


def rendered(value, kind, depth=0):
    """SQL that turns a value into one that to_json writes without loss: see README.md, Canonical values."""
    from pyspark.sql import types as t

    if isinstance(kind, t.NullType):
        return "CAST(NULL AS STRING)"
    if isinstance(kind, t.BinaryType):
        return f"hex({value})"
    if isinstance(kind, t.ArrayType):
        item = f"x{depth}"
        return f"transform({value}, {item} -> {rendered(item, kind.elementType, depth + 1)})"
    if isinstance(kind, t.MapType):
        item = f"x{depth}"
        key = rendered(item + ".key", kind.keyType, depth + 1)
        held = rendered(item + ".value", kind.valueType, depth + 1)
        return f"transform(map_entries({value}), {item} -> named_struct('key', {key}, 'value', {held}))"
    if isinstance(kind, t.StructType):
        fields = ", ".join(
            "'" + field.name.replace("'", "\\'") + f"', {rendered(f'{value}.`{field.name}`', field.dataType, depth + 1)}"
            for field in kind.fields
        )
        return f"IF({value} IS NULL, NULL, named_struct({fields}))"
    if isinstance(kind, (t.BooleanType, t.ByteType, t.ShortType, t.IntegerType, t.LongType, t.FloatType, t.DoubleType, t.StringType)):
        return value
    return f"CAST({value} AS STRING)"


def condition_of(error):
    condition = None
    for name in ("getCondition", "getErrorClass"):
        try:
            condition = condition or getattr(error, name)()
        except Exception:  # not every captured exception has one
            pass
    if condition:
        return condition
    first = str(error).strip().splitlines()
    named = re.match(r"\[([A-Z_0-9.]+)\]", first[0]) if first else None
    return named.group(1) if named else "UNNAMED"


def ask(session, cases):
    """key -> {"type", "value"} | {"raise"} | {"refused"}"""
    answers, groups = {}, {}

    def one(item):
        index, case = item
        try:
            frame = session.sql(f"SELECT {index} AS i, ({case.expression}) AS v FROM {case.relation}")
            kind = frame.schema["v"].dataType
        except Exception as error:
            return case.key, {"refused": condition_of(error)}, None
        try:
            return case.key, {"type": kind.simpleString()}, (frame.schema, frame._jdf.collectAsList())
        except Exception as error:
            return case.key, {"raise": condition_of(error)}, None

    with ThreadPoolExecutor(3) as pool:
        for index, (key, answer, held) in enumerate(pool.map(one, enumerate(cases))):
            answers[key] = answer
            if held is not None:
                schema, rows = held
                groups.setdefault(schema.json(), (schema, []))[1].append(rows)

    keys = [case.key for case in cases]
    for schema, parts in groups.values():
        rows = session._jvm.java.util.ArrayList()
        for part in parts:
            rows.addAll(part)
        jschema = session._jsparkSession.parseDataType(schema.json())
        frame = session._jsparkSession.createDataFrame(rows, jschema)
        text = rendered("v", schema["v"].dataType)
        query = f"to_json(named_struct('v', {text}), map('ignoreNullFields', 'false')) AS v"
        for row in frame.selectExpr(session._jvm.PythonUtils.toSeq(["i", query])).collectAsList():
            answers[keys[row.getInt(0)]]["value"] = json.loads(row.getString(1))["v"]
    return answers


def as_text(answers):
    lines = [f"{json.dumps(key, ensure_ascii=False)}: {json.dumps(answers[key], ensure_ascii=False)}" for key in sorted(answers)]
    return "{\n" + ",\n".join(lines) + "\n}\n"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--record", action="store_true", help="write the answers instead of checking them")
    arguments.add_argument("family", nargs="*", help="all of them unless named")
    options = arguments.parse_args()
    families = options.family or sorted(path.stem for path in (HERE / "cases").glob("*.cases"))

    read = {family: read_cases(HERE / "cases" / f"{family}.cases") for family in families}
    session = start_spark()
    stale = 0
    began = time.monotonic()
    for family in families:
        text = as_text(ask(session, read[family]))
        path = HERE / "recorded" / f"{family}.json"
        if options.record:
            path.write_text(text, encoding="utf-8")
        elif not path.exists() or path.read_text(encoding="utf-8") != text:
            old = set(path.read_text(encoding="utf-8").splitlines()) if path.exists() else set()
            new = set(text.splitlines())
            print(f"recorded/{family}.json is stale:")
            for line in sorted(old - new)[:10]:
                print("  - " + line)
            for line in sorted(new - old)[:10]:
                print("  + " + line)
            stale += 1
    cases = sum(len(found) for found in read.values())
    print(f"spark {session.version}: {cases} cases in {time.monotonic() - began:.0f} s" + (f", {stale} files stale" if stale else ""))
    session.stop()
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
