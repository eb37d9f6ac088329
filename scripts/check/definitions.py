"""No two files of src/ define a type of the same qualified name outside of anonymous namespaces and functions.

Two that differ would be one to the linker, and what comes of it is found late. Types inside of a type have its name in
front, so they are not looked at. Usage: definitions.py [ROOT]
"""

import pathlib
import re
import sys

NOISE = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|(?<!\w)\'(?:\\.|[^\'\\\n])+\'|^[ \t]*#(?:[^\n]*\\\n)*[^\n]*', re.S | re.M)
NAMESPACE = re.compile(r"(?:inline\s+)?namespace\s*([\w:]*)\s*$")
TYPE = re.compile(r"(?:^|[;{}>\s])(?:class|struct|union|enum(?:\s+(?:class|struct))?)\s+(?:\[\[[^]]*\]\]\s*)?(?:alignas\([^)]*\)\s*)?"
                  r"([A-Za-z_]\w*(?:::\w+)*(?:<[^{};]*>)?)\s*(?:final\s*)?(?::[^{}();]*)?$")


def types_of(source):
    """(qualified name, line) of the types that stand in namespaces which have a name."""
    blank = lambda match: re.sub(r"[^\n]", " ", match.group())
    text = NOISE.sub(blank, source)
    scopes = []  # a name for each open brace: of a namespace, or None where nothing inside counts
    begin = 0
    for match in re.finditer(r"[{};]", text):
        before = text[begin:match.start()].strip()
        begin = match.end()
        if match.group() == "}":
            scopes.pop()
        elif match.group() == "{":
            space = NAMESPACE.search(before)
            if space or before == "extern":
                scopes.append((space[1] or None) if space else "")
                continue
            named = TYPE.search(before)
            if named and "(" not in before.split(named[1])[0] and None not in scopes:
                yield "::".join([*filter(None, scopes), named[1]]), text.count("\n", 0, match.start()) + 1
            scopes.append(None)


def main():
    root = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else pathlib.Path(__file__).resolve().parents[2])
    seen = {}
    bad = False
    for path in sorted([*root.glob("src/**/*.h"), *root.glob("src/**/*.cc")]):
        for name, line in types_of(path.read_text()):
            place = f"{path.relative_to(root)}:{line}"
            first = seen.setdefault(name, place)
            if first.rsplit(":", 1)[0] != place.rsplit(":", 1)[0]:
                print(f"{place}: {name} is defined at {first} too: give it another name, or an anonymous namespace")
                bad = True
    return bad


if __name__ == "__main__":
    sys.exit(main())
