#!/usr/bin/env python3
"""Resident memory of each of our processes of a stack while it works.

memory.py STATE_DIR SECONDS

Looks twenty times and more, then prints a line for each:
  memory: name=<process> start_mib=<n> end_mib=<n> max_mib=<n> growth=<n> looks=<n>
start is the median of the second tenth of the looks (the first is warm-up), end that of the last tenth, growth end by start.
"""

import pathlib
import statistics
import sys
import time

from accounting import usage_of

OTHERS = ("postgres", "kafka", "mail", "edge")
LOOKS_MIN = 20
PAUSE_S = 5


def pids(state):
    """Of our processes, by name."""
    found = {file.name: int(file.read_text().split()[0]) for file in (state / "pids").iterdir()}
    return {name: pid for name, pid in sorted(found.items()) if name not in OTHERS}


def summary(name, looks):
    """looks: resident bytes, oldest first, at least one."""
    tenth = max(1, len(looks) // 10)
    start = statistics.median(looks[tenth:2 * tenth] or looks)
    end = statistics.median(looks[-tenth:])
    mib = 2**20
    return (f"memory: name={name} start_mib={start / mib:.0f} end_mib={end / mib:.0f} max_mib={max(looks) / mib:.0f}"
            f" growth={end / start:.2f} looks={len(looks)}")


def watch(state, seconds):
    watched = pids(state)
    looks = {name: [] for name in watched}
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        for name, pid in watched.items():
            looks[name].append(usage_of(pid)[2])
        time.sleep(min(PAUSE_S, seconds / LOOKS_MIN))
    for name, values in looks.items():
        print(summary(name, values))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    watch(pathlib.Path(sys.argv[1]), float(sys.argv[2]))
