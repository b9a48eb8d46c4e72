#!/usr/bin/env python3
"""What a stack costs while it works: watches it for some seconds, then says it per order.

accounting.py watch STATE_DIR SECONDS [AFTER]   waits AFTER seconds, prints one JSON object about the next SECONDS
accounting.py report FILE ORDERS_PER_SECOND     the same per order: a table on standard error, then one line of
                                                name=value pairs
accounting.py lines FILE ORDERS_PER_SECOND WORDS  the table as "process: WORDS name=value..." and "batch: ..." lines

Processor time is the kernel's own count of each thread (schedstat), so a machine that is shared with others makes
it dearer (caches) but not longer. Threads that end while it watches are lost: the stack's threads live as long as it.
So are the switches of PostgreSQL's processes that end, but not their time.
"""

import collections
import json
import os
import pathlib
import subprocess
import sys
import time
import urllib.error
import urllib.request

POSTGRES = "postgres"
MESSAGES = "orderflow_outbox_published_messages_total"
RECORDS = "orderflow_outbox_published_records_total"
BATCHES = ("orderflow_order_accept_batch_orders", "orderflow_consumer_batch_records", "orderflow_payment_batch_outcomes")


def settings(state):
    lines = (state / "stack.env").read_text().splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def children():
    """Every process by its parent."""
    found = collections.defaultdict(list)
    for stat in pathlib.Path("/proc").glob("[0-9]*/stat"):
        try:
            # The name may hold spaces; what follows its last bracket does not.
            parent = stat.read_text().rpartition(")")[2].split()[1]
        except OSError:
            continue
        found[int(parent)].append(int(stat.parent.name))
    return found


def family(pid, by_parent):
    return [pid] + [member for child in by_parent[pid] for member in family(child, by_parent)]


def usage_of(pid):
    """Processor time in ns, times that it was switched to another, resident bytes."""
    cpu, switches, resident = 0, 0, 0
    for task in pathlib.Path(f"/proc/{pid}/task").iterdir():
        cpu += int((task / "schedstat").read_text().split()[0])
        for line in (task / "status").read_text().splitlines():
            if "ctxt_switches" in line:
                switches += int(line.split()[1])
            elif line.startswith("VmRSS"):
                resident = int(line.split()[1]) * 1024
    return cpu, switches, resident


def usage_of_ended(pid):
    """Processor time in ns of its children that have ended: connections come and go."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[13:15]) * 1_000_000_000 // os.sysconf("SC_CLK_TCK")


def usage(state):
    by_parent = children()
    result = {}
    for file in (state / "pids").iterdir():
        total = [0, 0, 0]
        for pid in family(int(file.read_text().split()[0]), by_parent):
            try:
                total = [sum(pair) for pair in zip(total, usage_of(pid))]
            except OSError:
                continue  # a backend that has just ended
        if file.name == POSTGRES:
            total[0] += usage_of_ended(int(file.read_text().split()[0]))
            total[2] = 0  # its processes share most of what each of them counts
        result[file.name] = total
    return result


def database(admin_url):
    query = """SELECT (SELECT sum(xact_commit) FROM pg_stat_database), wal_bytes, wal_records,
                      (SELECT sum(tup_inserted + tup_updated + tup_deleted) FROM pg_stat_database) FROM pg_stat_wal"""
    answer = subprocess.run(["psql", "-X", "-A", "-t", "-F", " ", "-c", query, admin_url],
                            capture_output=True, text=True, check=True)
    names = ("commits", "wal_bytes", "wal_records", "row_changes")
    return dict(zip(names, (int(value) for value in answer.stdout.split())))


def counters(ports):
    """Sums over all services: messages, the records in which they went, and sum and count of every batch size."""
    result = collections.Counter()
    for name, port in ports.items():
        if not name.endswith("_ADMIN_PORT"):
            continue
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                lines = answer.read().decode().splitlines()
        except urllib.error.URLError as error:
            if isinstance(error.reason, ConnectionRefusedError):
                continue  # a service that was stopped on purpose
            raise
        for line in lines:
            metric, _, value = line.rpartition(" ")
            base = metric.split("{")[0]
            if base in (MESSAGES, RECORDS) or base.removesuffix("_sum").removesuffix("_count") in BATCHES:
                result[metric] += float(value)
    return result


def log_bytes(state):
    return sum(file.stat().st_size for file in (state / "kafka").rglob("*.log") if file.parent.name.count("."))


def snapshot(state, ports, admin_url):
    return {"time": time.monotonic(), "usage": usage(state), "counters": counters(ports), "kafka_bytes": log_bytes(state),
            **database(admin_url)}


def watch(state, seconds, after):
    ports = settings(state)
    admin_url = subprocess.run(["deploy/local/postgres.sh", "admin-url"], capture_output=True, text=True, check=True,
                               env={**os.environ, **ports}).stdout.strip()
    time.sleep(after)
    before = snapshot(state, ports, admin_url)
    time.sleep(seconds)
    now = snapshot(state, ports, admin_url)
    difference = {name: now[name] - before[name]
                  for name in ("time", "kafka_bytes", "commits", "wal_bytes", "wal_records", "row_changes")}
    difference["counters"] = {name: value - before["counters"][name] for name, value in now["counters"].items()}
    difference["usage"] = {
        name: [cpu - before["usage"].get(name, [0, 0])[0], switches - before["usage"].get(name, [0, 0])[1], resident]
        for name, (cpu, switches, resident) in now["usage"].items()}
    json.dump(difference, sys.stdout)


def batch_sizes(metrics):
    sizes = {}
    for name, total in metrics.items():
        base, _, labels = name.partition("{")
        count = metrics.get(name.replace("_sum", "_count"), 0)
        if base.endswith("_sum") and count > 0:
            group = labels.partition('group="')[2].partition('"')[0]
            sizes[group or base.removeprefix("orderflow_").removesuffix("_sum")] = total / count
    return sizes


def per_order(observed, orders):
    """(name, processor time in us, switches, resident MiB) of each process, the dearest first."""
    table = sorted(observed["usage"].items(), key=lambda item: -item[1][0])
    return [(name, cpu / 1e3 / orders, switches / orders, resident / 2**20) for name, (cpu, switches, resident) in table]


def lines(observed, orders_per_second, words):
    for name, cpu, switches, resident in per_order(observed, orders_per_second * observed["time"]):
        print(f"process: {words} name={name} cpu_us_per_order={cpu:.1f} switches_per_order={switches:.2f} mib={resident:.0f}")
    for name, size in sorted(batch_sizes(observed["counters"]).items()):
        print(f"batch: {words} name={name} size={size:.1f}")


def report(observed, orders_per_second):
    orders = orders_per_second * observed["time"]
    print(f"{'process':28}{'us/order':>10}{'switches':>10}{'MiB':>8}", file=sys.stderr)
    for name, cpu, switches, resident in per_order(observed, orders):
        print(f"{name:28}{cpu:10.1f}{switches:10.2f}{resident:8.0f}", file=sys.stderr)
    for name, size in sorted(batch_sizes(observed["counters"]).items()):
        print(f"batch {name:32}{size:8.1f}", file=sys.stderr)
    messages, records = (sum(value for name, value in observed["counters"].items() if name.startswith(metric))
                         for metric in (MESSAGES, RECORDS))
    # The catcher stands for the mail servers of customers.
    cpu = sum(cost[0] for name, cost in observed["usage"].items() if name != "mail")
    switches = sum(cost[1] for name, cost in observed["usage"].items() if name != "mail")
    print(f"accounting: cpu_us_per_order={cpu / 1e3 / orders:.0f} switches_per_order={switches / orders:.1f}"
          f" commits_per_order={observed['commits'] / orders:.2f} row_changes_per_order={observed['row_changes'] / orders:.1f}"
          f" wal_bytes_per_order={observed['wal_bytes'] / orders:.0f} wal_records_per_order={observed['wal_records'] / orders:.1f}"
          f" kafka_messages_per_order={messages / orders:.1f}"
          f" kafka_records_per_order={records / orders:.2f} kafka_bytes_per_order={observed['kafka_bytes'] / orders:.0f}")


def main(arguments):
    if len(arguments) in (3, 4) and arguments[0] == "watch":
        watch(pathlib.Path(arguments[1]), float(arguments[2]), float(arguments[3]) if len(arguments) > 3 else 0)
    elif len(arguments) == 3 and arguments[0] == "report":
        report(json.loads(pathlib.Path(arguments[1]).read_text()), float(arguments[2]))
    elif len(arguments) == 4 and arguments[0] == "lines":
        lines(json.loads(pathlib.Path(arguments[1]).read_text()), float(arguments[2]), arguments[3])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
