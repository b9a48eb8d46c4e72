#!/usr/bin/env python3
"""What an order costs when many are waiting, against what the database alone needs for it, with bounds.

kept_fast.py work STATE_DIR COMMAND...          runs a command (loadgen run) to its end, three times, and prints a JSON object: what
                                                the stack used meanwhile. Stops the services
kept_fast.py ceiling STATE_DIR URL COMMAND...   runs db-ceiling in that database: the processor time of a saga, the server's and its own
kept_fast.py judge WORK CEILING...              the figures of these files; exit code 1 when one is out of bounds
"""

import json
import os
import pathlib
import re
import subprocess
import sys
import time

import accounting

# Not the system: the broker and the mail catcher are others' programs, and busy when nothing happens.
OTHERS = ("kafka", "mail")
BURSTS = 3
LOOK_SECONDS = 0.05
CEILING_WARMUP_SECONDS = 1
CEILING_SECONDS = 4
MARGIN_SECONDS = 1  # at the end of the ceiling's own time, when its connections are still there
# tests/load/README.md has what was measured, and what each of them catches. That of processor time hangs on the build.
BOUNDS = (
    ("cpu_ratio", float(os.environ.get("KEPT_FAST_CPU_RATIO_MAX", "3.0"))),
    ("row_changes_per_order", 22.5),
    ("wal_records_per_order", 76),
    ("wal_bytes_per_order", 17_000),
    ("commits_per_order", 0.6),
    ("kafka_messages_per_order", 10.05),
    ("kafka_bytes_per_order", 1_450),
)


def run(command):
    finished = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if finished.returncode != 0:
        sys.exit(f"error: {command[0]} failed")
    return finished.stdout


def value(name, line):
    return float(re.search(rf"\b{name}=([0-9.]+)", line).group(1))


def admin_url(ports):
    return subprocess.run(["deploy/local/postgres.sh", "admin-url"], capture_output=True, text=True, check=True,
                          env={**os.environ, **ports}).stdout.strip()


def processor_ns(pids):
    total = 0
    for pid in pids:
        try:
            total += accounting.usage_of(pid)[0]
        except OSError:
            continue  # a process that has just ended
    return total


def processor_us(state):
    return sum(cost[0] for name, cost in accounting.usage(state).items() if name not in OTHERS) / 1e3


def work(state, command):
    ports = accounting.settings(state)
    url = admin_url(ports)
    stored, counted, logged = accounting.database(url), accounting.counters(ports), accounting.log_bytes(state)
    orders, cpu = 0, []
    for _ in range(BURSTS):
        before = processor_us(state)
        output = run(command)
        cpu.append((processor_us(state) - before) / value("sent", output))
        print(f"  cpu_us_per_order={cpu[-1]:.0f} {output.strip()}", file=sys.stderr)
        if value("confirmed", output) != value("sent", output):
            sys.exit("error: not every order was confirmed: what one costs is not known")
        orders += value("confirmed", output)
    used = {"orders": orders, "cpu_us_per_order": cpu, "kafka_bytes": accounting.log_bytes(state) - logged}
    counted = {name: count - counted[name] for name, count in accounting.counters(ports).items()}
    used["kafka_messages"] = sum(count for name, count in counted.items() if name.startswith(accounting.MESSAGES))
    used["kafka_records"] = sum(count for name, count in counted.items() if name.startswith(accounting.RECORDS))
    used["batches"] = accounting.batch_sizes(counted)
    subprocess.run(["deploy/local/services.sh", "down"], stdout=sys.stderr, check=True)
    used.update({name: count - stored[name] for name, count in accounting.database(url).items()})
    json.dump(used, sys.stdout)


def wait_until_it_plays(running, url):
    """The database is made first; then come the warm-up and the measurement."""
    while running.poll() is None:
        answer = subprocess.run(["psql", "-X", "-A", "-t", "-c", "SELECT EXISTS (SELECT FROM orders)", url],
                                capture_output=True, text=True, check=False)
        if answer.stdout.strip() == "t":
            return
        time.sleep(LOOK_SECONDS)


def ceiling(state, url, command):
    server = int((state / "pids" / accounting.POSTGRES).read_text().split()[0])

    def now():
        return time.monotonic(), processor_ns(accounting.family(server, accounting.children())), processor_ns([running.pid])

    with subprocess.Popen([*command, "--url", url, "--warmup", str(CEILING_WARMUP_SECONDS), "--seconds", str(CEILING_SECONDS)],
                          stdout=subprocess.PIPE, text=True) as running:
        wait_until_it_plays(running, url)
        time.sleep(CEILING_WARMUP_SECONDS)
        before = now()
        time.sleep(CEILING_SECONDS - MARGIN_SECONDS)
        after = now()
        if running.poll() is not None:
            sys.exit("error: this machine is too busy: the ceiling was reached before it was looked at")
        output = running.communicate()[0]
    if running.returncode != 0:
        sys.exit(f"error: {command[0]} failed")
    print(f"  {output.strip()}", file=sys.stderr)
    sagas = value("sagas_per_second", output) * (after[0] - before[0])
    json.dump({"server_us": (after[1] - before[1]) / 1e3 / sagas, "own_us": (after[2] - before[2]) / 1e3 / sagas}, sys.stdout)


def figures(used, ceilings):
    # What else the machine does makes everything dearer and nothing cheaper, so the lowest is the truest.
    cpu = min(used["cpu_us_per_order"])
    per_saga = min(top["server_us"] + top["own_us"] for top in ceilings)
    counts = ("row_changes", "wal_records", "wal_bytes", "commits", "kafka_messages", "kafka_records", "kafka_bytes")
    return {"cpu_us_per_order": cpu, "ceiling_cpu_us_per_saga": per_saga, "cpu_ratio": cpu / per_saga,
            **{f"{name}_per_order": used[name] / used["orders"] for name in counts}}


def out_of_bounds(measured, bounds=BOUNDS):
    """What is too dear, one sentence each."""
    return [f"{name}={measured[name]:.2f} is above {bound}" for name, bound in bounds if measured[name] > bound]


def judge(used, ceilings):
    measured = figures(used, ceilings)
    for name, size in sorted(used["batches"].items()):
        print(f"batch {name:32}{size:8.1f}")
    wrong = out_of_bounds(measured)
    for finding in wrong:
        print(f"kept fast: out of bounds: {finding}")
    print("kept fast: " + " ".join(f"{name}={number:.2f}" for name, number in measured.items()))
    return 1 if wrong else 0


def read(name):
    return json.loads(pathlib.Path(name).read_text(encoding="utf-8"))


def main(arguments):
    if len(arguments) > 2 and arguments[0] == "work":
        work(pathlib.Path(arguments[1]), arguments[2:])
        return 0
    if len(arguments) > 3 and arguments[0] == "ceiling":
        ceiling(pathlib.Path(arguments[1]), arguments[2], arguments[3:])
        return 0
    if len(arguments) > 2 and arguments[0] == "judge":
        return judge(read(arguments[1]), [read(name) for name in arguments[2:]])
    sys.exit(__doc__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
