#!/usr/bin/env python3
"""Activates each planted bug in turn and runs the check that must notice it.

  tests/planted_bugs/run.py [--short] [--only NAME,...] [--write-seeds]

The bugs and their checks are in bugs.toml. Every check also runs once without any bug and must pass, or
"caught" would mean nothing. --short: only the bugs marked `short`. --write-seeds: puts the seeds that were found into
bugs.toml. tests/planted_bugs/planted_bugs.sh builds all of it first. Ends with

  planted bugs: caught=<n> of=<n>

and fails when one is missed, when a check fails without a bug, or when the median takes more than ten seconds.
"""

import argparse
import os
import re
import shlex
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import table

BUILD = table.ROOT / "build/planted"
SECONDS_MAX = 120  # of one check
NO_SUCH_BUG = "names no planted bug"
SCHEDULES_MAX = 200_000  # that a bug may hide in
SCHEDULES_WITHOUT_BUG_MIN = 20_000
MEDIAN_SECONDS_MAX = 10.0  # to catch one; a check that takes longer is not run often


def run(command, bug):
    """Returns (exit code or None after a time-out, output, seconds)."""
    variables = dict(os.environ)
    variables.pop("ORDERFLOW_PLANTED_BUG", None)
    if bug:
        variables["ORDERFLOW_PLANTED_BUG"] = bug
    start = time.monotonic()
    try:
        done = subprocess.run(command, env=variables, cwd=table.ROOT, timeout=SECONDS_MAX, check=False,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace")
        return done.returncode, done.stdout, time.monotonic() - start
    except subprocess.TimeoutExpired as expired:
        return None, (expired.stdout or b"").decode(errors="replace"), time.monotonic() - start


def command_of(bug, schedules=SCHEDULES_MAX):
    if bug.check == table.SIMULATION:
        return (str(BUILD / "bin/simulation"), "--find", "--seeds", str(schedules))
    return (str(BUILD / "tests" / bug.check), f"--gtest_filter={bug.tests}")


def first_seed(output):
    found = re.search(r"^seed (\d+): ", output, re.MULTILINE)
    return int(found.group(1)) if found else None


def evidence(output):
    """The line that says what was noticed."""
    for pattern in (r"^invariant failed: (.*)", r"what\(\): +(.*)", r"^seed \d+: (.*)", r"^\[  FAILED  \] (\S+)"):
        if found := re.search(pattern, output, re.MULTILINE):
            return found.group(1)
    return output.strip().splitlines()[-1] if output.strip() else "no output"


def passes_without_bug(command):
    code, output, seconds = run(command, None)
    if code != 0:
        print(output[-4000:])
    shown = shlex.join([Path(command[0]).name, *command[1:]])
    print(f"{'no bug':34} {'passes' if code == 0 else 'FAILS':8} {seconds:6.1f} s  {shown[:150]}", flush=True)
    return code == 0


@dataclass(frozen=True)
class Result:
    """What became of one bug."""

    caught: bool
    seconds: float
    seed: int | None


def check(bug):
    code, output, seconds = run(command_of(bug), bug.name)
    # 1: the check has found something. A signal: an invariant has. Anything else is no verdict.
    caught = code is not None and (code == 1 or code < 0) and NO_SUCH_BUG not in output
    seed = first_seed(output)
    says = "no end" if code is None else "nothing was noticed"
    if caught:
        says = evidence(output)
        if bug.check == table.SIMULATION and seed != bug.seed:
            says = f"(first by seed {seed}, bugs.toml says {bug.seed}) {says}"
    print(f"{bug.name:34} {'caught' if caught else 'MISSED':8} {seconds:6.1f} s  {says[:150]}", flush=True)
    return Result(caught, seconds, seed)


def chosen_bugs(arguments):
    bugs = table.choose(arguments.short, arguments.only)
    if not bugs:
        sys.exit("none of these bugs is one that --short plays")
    if missing := sorted({command_of(bug)[0] for bug in bugs if not Path(command_of(bug)[0]).exists()}):
        sys.exit(f"not built: {' '.join(missing)}; run tests/planted_bugs/planted_bugs.sh")
    return bugs


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--short", action="store_true")
    parser.add_argument("--only", default="")
    parser.add_argument("--write-seeds", action="store_true")
    arguments = parser.parse_args()
    bugs = chosen_bugs(arguments)
    # As far as the last of the bugs is found: what fails there without it has not been caught.
    schedules = max([SCHEDULES_WITHOUT_BUG_MIN, *(bug.seed or 0 for bug in bugs)])
    commands = dict.fromkeys(command_of(bug, schedules) for bug in bugs)
    sound = [passes_without_bug(command) for command in commands]
    results = {bug.name: check(bug) for bug in bugs}
    if arguments.write_seeds:
        table.write_seeds({name: result.seed for name, result in results.items() if result.seed})
    caught = sum(result.caught for result in results.values())
    seconds = [result.seconds for result in results.values()]
    median = statistics.median(seconds)
    print(f"median {median:.1f} s, longest {max(seconds):.1f} s")
    print(f"planted bugs: caught={caught} of={len(bugs)}")
    return 0 if caught == len(bugs) and all(sound) and median <= MEDIAN_SECONDS_MAX else 1


if __name__ == "__main__":
    sys.exit(main())
