"""Runs the commands of the documents.

In a ```console block, a line that starts with "$ " is a command and what follows is its output: it has to come like that,
where a line "..." stands for any lines, "…" within a line for any text, and a duration like "0.01 s" for any, with the speed
that a longer one shows. A ```sh block has to end with status 0. Blocks of
one document run in one folder, a copy of examples/, with millrace on the path. `<!-- not run: why -->` above a block leaves
it out.
"""

import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
SECONDS_MAX = 60
DURATION = r"\d+\.\d+ s(?:, [\d,]+ records/s)?"
BLOCK = re.compile(r"(?P<skip><!-- not run: [^\n]+ -->\n)?^```(?P<kind>console|sh)\n(?P<text>.*?)^```$", re.M | re.S)


def run(command, folder):
    environment = dict(os.environ, PATH=f"{pathlib.Path(os.environ['MILLRACE']).parent}:{os.environ['PATH']}")
    done = subprocess.run(["bash", "-c", command], cwd=folder, env=environment, timeout=SECONDS_MAX, text=True,
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    return done.returncode, done.stdout


def pattern_of(expected):
    parts = []
    for line in expected:
        text = re.sub(r"\b\d+\\\.\d+\\ s\b", lambda _: DURATION, re.escape(line).replace("…", ".*?"))
        parts.append(r"(?:.*\n)*?" if line == "..." else text + r"\n")
    return re.compile("".join(parts))


def commands_of(block):
    """Pairs of command and expected lines; None: any output with status 0."""
    if block["kind"] == "sh":
        return [(block["text"], None)]
    pairs = []
    for line in block["text"].splitlines():
        if line.startswith("$ "):
            pairs.append((line[2:], []))
        elif pairs:
            pairs[-1][1].append(line)
    return pairs


def judge(command, expected, folder):
    """What is wrong, or None."""
    try:
        status, output = run(command, folder)
    except subprocess.TimeoutExpired:
        return f"did not end within {SECONDS_MAX} s"
    if expected is None:
        return f"status {status}:\n{output}" if status else None
    if output and not output.endswith("\n"):
        output += "\n"
    return None if pattern_of(expected).fullmatch(output) else f"gave (status {status}):\n{output}"


def main():
    wanted = sys.argv[1] if len(sys.argv) > 1 else ""
    passed = failed = 0
    for document in [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]:
        name = str(document.relative_to(ROOT))
        if wanted not in f"docs/{name}":
            continue
        text = document.read_text()
        with tempfile.TemporaryDirectory() as folder:
            if (ROOT / "examples").is_dir():
                shutil.copytree(ROOT / "examples", pathlib.Path(folder) / "examples")
            for block in BLOCK.finditer(text):
                if block["skip"]:
                    continue
                for command, expected in commands_of(block):
                    wrong = judge(command, expected, folder)
                    passed, failed = passed + (wrong is None), failed + (wrong is not None)
                    if wrong:
                        line = text.count("\n", 0, block.start()) + 1
                        print(f"{name}:{line}: $ {command.strip()}\n{wrong}")
    print(f"{passed} passed, {failed} failed")
    return failed != 0


if __name__ == "__main__":
    sys.exit(main())
