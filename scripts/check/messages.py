"""Every message that a user can cause is in a test with its text.

A message is a string literal of a few words in the sources below, but for what describes a component or a command and what an
assertion says. It counts as tested when its longest fixed part stands in a golden test, or when a literal of a unit test
holds that part or stands in it. Usage: messages.py [--all] [ROOT]
"""

import pathlib
import re
import sys

SOURCES = ["src/flow/**/*.cc", "src/connect/file/*.cc", "src/cli/*.cc", "src/data/expr/lexer.cc", "src/data/expr/parse*.cc",
           "src/data/expr/checker.cc"]
TESTS = ["src/**/*_test.cc", "tests/golden/**/*.test", "tests/program/*.py", "tests/schedule/*.py", "tests/poll/*.py"]
EXCEPTIONS = "scripts/check/untested_messages.txt"
DESCRIPTIONS = ("json_schema.cc", "reference.cc", "reference_files.cc")  # what they write says what something is
FIXED_CHARS_MIN = 8  # shorter parts would be found anywhere
# Literals behind these say what something is, not what is wrong.
DESCRIPTION = re.compile(r"\.(?:summary|details|example|name|shorthand|default_value|returns|signature)\s*=\s*$")
NO_MESSAGE = re.compile(r"(?:MILLRACE_ASSERT\(.*,|MILLRACE_UNREACHABLE\(|#include|static_assert\(.*,|arguments\.(?:flag|options?|positionals?)\(.*)\s*$", re.S)
LITERAL = re.compile(r'//[^\n]*|\'(?:\\.|[^\'\\])\'|"(?:\\.|[^"\\])*"')


def unescape(text):
    return text.replace('\\"', '"').replace("\\'", "'").replace("\\\\", "\\")


def literals(source):
    """(offset, text) of the string literals; those that only white space parts are one."""
    found = []
    for match in LITERAL.finditer(source):
        if not match.group().startswith('"'):
            continue
        if found and not source[found[-1][2]:match.start()].strip():
            found[-1][1] += unescape(match.group()[1:-1])
            found[-1][2] = match.end()
        else:
            found.append([match.start(), unescape(match.group()[1:-1]), match.end()])
    return [(begin, text) for begin, text, _ in found]


def statement_before(source, offset):
    begin = max(source.rfind(mark, 0, offset) for mark in (";", "\n\n", "{\n", "}\n"))
    return source[begin + 1:offset]


def fixed_part(message):
    """The longest part between placeholders, without what only parts lines."""
    text = message.replace("{{", "\0").replace("}}", "\1")
    parts = re.split(r"\{[^{}]*\}|\\n", text)
    return max((part.replace("\0", "{").replace("\1", "}").strip() for part in parts), key=len)


def messages(root):
    for pattern in SOURCES:
        for path in sorted(root.glob(pattern)):
            if path.name.endswith(("_test.cc", "_fuzz.cc", "_bench.cc")) or path.name in DESCRIPTIONS:
                continue
            source = path.read_text()
            for offset, text in literals(source):
                before = statement_before(source, offset)
                if DESCRIPTION.search(before) or NO_MESSAGE.search(before):
                    continue
                part = fixed_part(text)
                if " " in part and len(part) >= FIXED_CHARS_MIN and re.search(r"[a-z]{2}", part):
                    yield str(path.relative_to(root)), source.count("\n", 0, offset) + 1, text, part


def main():
    arguments = [one for one in sys.argv[1:] if one != "--all"]
    root = pathlib.Path(arguments[0] if arguments else pathlib.Path(__file__).resolve().parents[2])
    tests = [path.read_text() for pattern in TESTS for path in root.glob(pattern)]
    whole = unescape("\n".join(tests))
    said = {text for test in tests for _, text in literals(test) if len(text) >= FIXED_CHARS_MIN and " " in text}
    known = (root / EXCEPTIONS).read_text().splitlines() if (root / EXCEPTIONS).exists() else []
    known = {line for line in known if line and not line.startswith("#")}
    total = 0
    untested = {}
    for path, line, text, part in messages(root):
        total += 1
        if part in whole or any(literal in part or part in literal for literal in said):
            continue
        untested[f"{path}: {part}"] = line
    bad = False
    for key, line in untested.items():
        if key not in known or "--all" in sys.argv:
            path, part = key.split(": ", 1)
            print(f"{path}:{line}: no test has this message: {part}")
            bad = bad or key not in known
    for key in sorted(known - untested.keys()):
        print(f"{EXCEPTIONS}: take this line out, it is tested now or gone: {key}")
        bad = True
    if "--all" in sys.argv:
        print(f"{total - len(untested)} of {total} messages are tested")
    return bad


if __name__ == "__main__":
    sys.exit(main())
