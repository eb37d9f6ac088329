"""What the benches share: whole processes measured, medians, the machine and the commit."""
import json
import os
import platform
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass


@dataclass
class Measured:
    seconds: float
    cpu_s: float
    peak_mb: float


def run_measured(command, log):
    """The whole process by wait4: wall, user + system, peak memory."""
    with open(log, "wb") as output:
        os.sync()  # what the one before left to write is not charged to this one
        begin = time.monotonic()
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        sys.exit(f"{' '.join(map(str, command))}\nended with {process.returncode}:\n{open(log).read()}")
    return Measured(seconds, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024)


def median(measured):
    return Measured(*(statistics.median(getattr(one, name) for one in measured) for name in ("seconds", "cpu_s", "peak_mb")))


def machine():
    with open("/proc/cpuinfo") as info:
        models = [line.split(":", 1)[1].strip() for line in info if line.startswith("model name")]
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    return {"cpu": models[0] if models else platform.machine(), "cores": os.cpu_count(),
            "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
            "load": round(os.getloadavg()[0], 1), "commit": commit or "unknown"}


def machine_line():
    return "{cpu}, {cores} cores, {memory_gb} GB, load {load} at the start, commit {commit}".format(**machine())


class Report:
    """Rows as a table, or as JSON lines."""

    def __init__(self, as_json):
        self.as_json = as_json

    def text(self, line):
        if not self.as_json:
            print(line, flush=True)

    def json(self, **values):
        if self.as_json:
            print(json.dumps(values), flush=True)
