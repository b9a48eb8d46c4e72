#!/usr/bin/env python3
"""What an order costs and leaves behind, as entries for measured.toml.

measure.py load STATE_DIR SECONDS AFTER FILE    waits AFTER seconds, watches the next SECONDS of a stack under load, and
                                                keeps what it saw in FILE
measure.py report STATE_DIR FILE WHERE          the same for each order that came to rest, and what the orders of the stack
                                                take at rest, as TOML

measure.sh runs both around a load. What tests/load/accounting.py counts is counted there.
"""

import collections
import json
import os
import pathlib
import re
import subprocess
import sys
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "load"))
import accounting  # noqa: E402  (its folder is no package)

DATABASES = ("orders", "payments", "inventory", "notifications", "provider")
HANDLING = "orderflow_consumer_handle_duration_seconds_sum"
PUBLISHED = "orderflow_outbox_published_messages_total"
GROUP = re.compile('group="([^"]*)"')
FINISHED = "orderflow_order_finished_orders_total"
LOOK_S = 2  # between two looks at the server's processes
WAL_SAMPLE_BYTES = 256 * 2**20  # as much of the log is read to split it by database


class Server:
    """PostgreSQL of the stack, as its administrator."""

    def __init__(self, settings):
        self._settings = settings

    def rows(self, query, database="postgres"):
        url = subprocess.run([ROOT / "deploy/local/postgres.sh", "admin-url", database], capture_output=True, text=True,
                             check=True, env=self._settings).stdout.strip()
        answer = subprocess.run(["psql", "-X", "-A", "-t", "-F", "\t", "-c", query, url], capture_output=True, text=True,
                                check=True)
        return [line.split("\t") for line in answer.stdout.splitlines()]

    def value(self, query, database="postgres"):
        return self.rows(query, database)[0][0]


def settings_of(state):
    return {**os.environ, **accounting.settings(state)}


def server_cpu(state, server):
    """Processor time in ns of each of its processes: [of which database or "background", time]. Sessions come and go
    with the load, so only a process by process comparison says what was spent between two looks."""
    names = dict(server.rows("SELECT pid, datname FROM pg_stat_activity WHERE datname IS NOT NULL"))
    main = int((state / "pids" / "postgres").read_text().split()[0])
    result = {}
    for pid in accounting.family(main, accounting.children()):
        try:
            result[str(pid)] = (names.get(str(pid), "background"), accounting.usage_of(pid)[0])
        except OSError:
            continue  # has just ended
    return result


def spent_by_database(now, before):
    result = collections.Counter()
    for pid, (database, time_ns) in now.items():
        result[database] += time_ns - before.get(pid, ("", 0))[1]
    return result


def metrics(settings):
    result = collections.Counter()
    for name, port in settings.items():
        if name.endswith("_ADMIN_PORT"):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5) as answer:
                for line in answer.read().decode().splitlines():
                    metric, _, value = line.rpartition(" ")
                    base, _, labels = metric.partition("{")
                    if base == HANDLING:
                        result[f"{base} {GROUP.search(labels).group(1)}"] += float(value)
                    elif base in (PUBLISHED, FINISHED):
                        result[base] += float(value)
    return result


def loopback_bytes():
    for line in pathlib.Path("/proc/self/net/dev").read_text().splitlines():
        if line.strip().startswith("lo:"):
            return int(line.split(":")[1].split()[0])
    return 0


def topic_bytes(state):
    result = collections.Counter()
    for file in (state / "kafka").rglob("*.log"):
        if file.parent.name.count("."):
            result[file.parent.name.rpartition("-")[0]] += file.stat().st_size
    return result


def snapshot(state, settings, server):
    return {"time": time.monotonic(), "usage": accounting.usage(state), "server": server_cpu(state, server),
            "metrics": metrics(settings), "topics": topic_bytes(state), "loopback": loopback_bytes(),
            "lsn": server.value("SELECT pg_current_wal_insert_lsn()"),
            "syncs": int(server.value("SELECT wal_sync FROM pg_stat_wal")),
            "xid": int(server.value("SELECT pg_snapshot_xmax(pg_current_snapshot())")),
            "connections": {name: int(count) for name, count in server.rows(
                "SELECT datname, count(*) FROM pg_stat_activity WHERE backend_type = 'client backend' AND "
                "pid <> pg_backend_pid() GROUP BY 1")},
            **accounting.database(subprocess.run([ROOT / "deploy/local/postgres.sh", "admin-url"], capture_output=True,
                                                 text=True, check=True, env=settings).stdout.strip())}


def difference(now, before):
    return {name: value - before.get(name, 0) for name, value in now.items()}


def load(state, seconds, after, file):
    settings = settings_of(state)
    server = Server(settings)
    time.sleep(after)
    before = snapshot(state, settings, server)
    sessions = {}
    while (left := before["time"] + seconds - time.monotonic()) > 0:
        time.sleep(min(LOOK_S, left))
        sessions.update(server_cpu(state, server))  # some end before the load does
    now = snapshot(state, settings, server)
    now["server"] = sessions | now["server"]
    seen = {name: now[name] - before[name] for name in ("time", "loopback", "syncs", "xid", "commits", "wal_bytes", "row_changes")}
    for name in ("metrics", "topics"):
        seen[name] = difference(now[name], before[name])
    seen["server"] = spent_by_database(now["server"], before["server"])
    seen["cpu"] = {name: cost[0] - before["usage"].get(name, [0])[0] for name, cost in now["usage"].items()}
    seen["resident"] = {name: cost[2] for name, cost in now["usage"].items()}
    seen["connections"] = now["connections"]
    seen["wal_by_database"] = wal_by_database(server, before["lsn"], now["lsn"])
    pathlib.Path(file).write_text(json.dumps(seen))


def lsn_bytes(lsn):
    high, low = lsn.split("/")
    return (int(high, 16) << 32) + int(low, 16)


def wal_by_database(server, start, end):
    """Share of each database in what was logged; what belongs to none (commits) is in proportion."""
    if lsn_bytes(end) - lsn_bytes(start) > WAL_SAMPLE_BYTES:
        stop = lsn_bytes(end)
        start = f"{(stop - WAL_SAMPLE_BYTES) >> 32:X}/{(stop - WAL_SAMPLE_BYTES) & 0xFFFFFFFF:X}"
    names = {oid: name for oid, name in server.rows("SELECT oid, datname FROM pg_database")}
    folder = server.value("SELECT setting FROM pg_settings WHERE name = 'data_directory'")
    program = sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin/pg_waldump"))[-1]
    dump = subprocess.Popen([program, "-p", folder + "/pg_wal", "-s", start, "-e", end], stdout=subprocess.PIPE,
                            stderr=subprocess.DEVNULL, text=True)
    bytes_of = collections.Counter()
    for line in dump.stdout:
        found = re.search(r"len \(rec/tot\):\s*\d+/\s*(\d+).* rel \d+/(\d+)/", line)
        if found:
            bytes_of[names.get(found.group(2), "")] += int(found.group(1))
    dump.wait()
    total = sum(bytes_of[name] for name in DATABASES)
    return {name: bytes_of[name] / total for name in DATABASES} if total else {}


def at_rest(server):
    """Bytes of rows and of indexes for each order, by database and table; only tables that grow with orders."""
    orders = int(server.value("SELECT count(*) FROM orders", "orders"))
    result = {}
    for database in DATABASES:
        server.rows("VACUUM (ANALYZE)", database)
        for name, rows, heap, indexes in server.rows(
                "SELECT c.relname, c.reltuples::bigint, pg_table_size(c.oid), pg_indexes_size(c.oid) FROM pg_class c "
                "JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relkind = 'r' AND n.nspname = 'public'", database):
            if int(rows) >= orders / 3:
                result[f"{database}.{name}"] = (int(heap) / orders, int(indexes) / orders)
    return orders, result


def table(title, where, values, digits=1):
    lines = [f"[{title}]", 'status = "measured"', f'where = "{where}"', f"[{title}.values]"]
    return "\n".join(lines + [f'"{name}" = {round(value, digits)}' for name, value in values.items()]) + "\n"


def report(state, file, where):
    seen = json.loads(pathlib.Path(file).read_text())
    server = Server(settings_of(state))
    orders = seen["metrics"][FINISHED]
    cpu = {name: ns / 1e3 / orders for name, ns in seen["cpu"].items() if name not in ("postgres", "mail")}
    for name in (*DATABASES, "background"):
        cpu[f"postgres.{name}"] = seen["server"].get(name, 0) / 1e3 / orders
    print(table("cpu_us_per_order", where, cpu))
    wal = seen["wal_bytes"] / orders
    print(table("wal_bytes_per_order", where, {name: wal * share for name, share in seen["wal_by_database"].items()}, 0))
    print(table("transactions_per_order", where, {
        "commits": seen["commits"] / orders, "transaction_ids": seen["xid"] / orders, "log_syncs": seen["syncs"] / orders,
        "row_changes": seen["row_changes"] / orders}, 3))
    print(table("kafka_bytes_per_order", where, {name: size / orders for name, size in seen["topics"].items() if size}, 0))
    print(table("kafka_messages_per_order", where, {"all": seen["metrics"][PUBLISHED] / orders}, 2))
    print(table("handling_us_per_order", where, {name.split()[1]: value * 1e6 / orders for name, value in
                                                 seen["metrics"].items() if name.startswith(HANDLING)}, 0))
    print(table("loopback_bytes_per_order", where, {"all": seen["loopback"] / orders}, 0))
    print(table("connections", where, seen["connections"], 0))
    print(table("resident_mib", where, {name: size / 2**20 for name, size in seen["resident"].items() if size}, 0))
    count, sizes = at_rest(server)
    print(table("row_bytes_per_order", f"{where}; {count} orders", {name: heap for name, (heap, _) in sizes.items()}, 0))
    print(table("index_bytes_per_order", f"{where}; {count} orders", {name: index for name, (_, index) in sizes.items()}, 0))


def main(arguments):
    if len(arguments) == 5 and arguments[0] == "load":
        load(pathlib.Path(arguments[1]), float(arguments[2]), float(arguments[3]), arguments[4])
    elif len(arguments) == 4 and arguments[0] == "report":
        report(pathlib.Path(arguments[1]), arguments[2], arguments[3])
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(sys.argv[1:])
