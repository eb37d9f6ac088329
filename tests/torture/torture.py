"""Kills the program again and again, and judges what is left by an oracle of its own: the input, and Python."""

import argparse
import concurrent.futures
import os
import pathlib
import random
import shutil
import signal
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))
import journey_input  # noqa: E402
from verdict import Wrong, judge, run  # noqa: E402

KILLS_PER_JOURNEY = 25
LIFE_SECONDS_MAX = float(os.environ.get("MILLRACE_TORTURE_LIFE", "0.5"))
STOP_SECONDS_MAX = 30


def stopped_by_itself(process, seconds):
    """Waits that long; the error of a process that has ended badly, '' of one that has ended well, None of one that lives."""
    try:
        _, error = process.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    # Ctrl-C right at the start ends it before it knows of it.
    return "" if process.returncode in (0, -signal.SIGINT) else f"it failed by itself with {process.returncode}: {error}"


def kill(process):
    process.send_signal(signal.SIGKILL)
    process.communicate()


class Journey:
    """One data directory: input comes, the program is started and killed, and at the end everything is judged."""

    def __init__(self, program, seed, kills):
        self.program, self.seed, self.kills = program, seed, kills
        self.rng = random.Random(seed)
        self.killed = 0
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-torture-"))
        self.input = journey_input.Input(self.directory / "input.jsonl", self.rng)

    def go(self):
        (self.directory / "torture.yaml").write_text(journey_input.PIPELINE)
        while self.killed < self.kills:
            self.input.append(self.rng.randrange(journey_input.CHUNK_RECORDS_MAX))
            self.live_and_die()
        judge(self.program, self.directory, self.input)
        shutil.rmtree(self.directory)

    def live_and_die(self):
        stays = self.rng.random() < 0.5
        # Mostly short lives: starting and recovering are when the most can go wrong.
        life = LIFE_SECONDS_MAX * self.rng.random() ** 2
        ends_well = stays and self.rng.random() < 0.1
        command = ["up", "torture.yaml"] if stays else ["run", "torture.yaml", "--quiet"]
        process = subprocess.Popen([self.program, *command], cwd=self.directory, stdout=subprocess.DEVNULL,
                                   stderr=subprocess.PIPE, text=True)
        error = stopped_by_itself(process, life)
        if error is None and ends_well:
            process.send_signal(signal.SIGINT)
            error = stopped_by_itself(process, STOP_SECONDS_MAX)
            if error is None:
                kill(process)
                error = f"`up` did not end {STOP_SECONDS_MAX} s behind Ctrl-C"
        if error:
            raise Wrong(f"millrace {' '.join(command)}: {error}")
        if error is None:
            kill(process)
            self.killed += 1


def torture(program, rounds, seed, jobs):
    """Journeys side by side, each with a seed of its own. Gives how many there were, of how many records."""
    journeys = [Journey(program, seed + i, min(KILLS_PER_JOURNEY, rounds - begin))
                for i, begin in enumerate(range(0, rounds, KILLS_PER_JOURNEY))]
    with concurrent.futures.ThreadPoolExecutor(jobs) as pool:
        going = {pool.submit(journey.go): journey for journey in journeys}
        for done in concurrent.futures.as_completed(going):
            journey = going[done]
            try:
                done.result()
            except Wrong as wrong:
                pool.shutdown(cancel_futures=True)
                raise Wrong(f"{wrong}\nthis goes the same way again, but for the moments of the kills: "
                            f"./x torture --seed {journey.seed} --rounds {journey.kills}\n"
                            f"its data directory is {journey.directory}/.millrace") from wrong
    return len(journeys), sum(journey.killed for journey in journeys), sum(journey.input.records for journey in journeys)


def main():
    parser = argparse.ArgumentParser(prog="./x torture")
    parser.add_argument("--rounds", type=int, default=int(os.environ.get("MILLRACE_TORTURE_ROUNDS", "300")),
                        help="how often the program is killed")
    parser.add_argument("--seed", type=int, default=int(os.environ.get("MILLRACE_TORTURE_SEED", "1")))
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="data directories side by side")
    parser.add_argument("--filter", default="", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.filter not in "torture: killed again and again":
        print("0 passed, 0 failed")
        return 0
    try:
        journeys, killed, records = torture(os.environ["MILLRACE"], arguments.rounds, arguments.seed, arguments.jobs)
    except Wrong as wrong:
        print(wrong)
        print("0 passed, 1 failed")
        return 1
    print(f"killed {killed} times on {journeys} journeys of {records:,} records together, seed {arguments.seed}")
    print("1 passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
