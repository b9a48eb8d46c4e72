#!/usr/bin/env python3
"""Holds rules, alerts and dashboards against what the processes of a running stack expose.

Usage: check_live.py DIR (of tests/e2e/stack.sh; the stack runs)

Places a few orders of every outcome first and watches one, since some series come with their first use, and has the
checker write its metrics. Fails when an expression names a metric, a label or a fixed value of a label that nobody exposes, and
when a process exposes what docs/metrics.md does not know.
"""

import json
import os
import pathlib
import subprocess
import sys
import tempfile
import urllib.request

import names
import sources

ORDERS = "16"
FETCH_TIMEOUT_S = 10


def stack_environment(folder):
    lines = (pathlib.Path(folder) / "stack.env").read_text().splitlines()
    return {**os.environ, **dict(line.split("=", 1) for line in lines if "=" in line)}


def admin_ports(environment):
    """process: port, as deploy/local/processes.txt names them."""
    for line in (sources.ROOT / "deploy/local/processes.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, prefix = line.split()[:2]
            yield name, environment[f"{prefix}_ADMIN_PORT"]


def fetch(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=FETCH_TIMEOUT_S) as answer:
        return answer.read().decode()


def use_everything(orderctl, environment):
    def call(*arguments):
        return subprocess.run([orderctl, *arguments], env=environment, check=True, stdout=subprocess.PIPE).stdout

    call("demo", "--orders", ORDERS)
    order = json.loads(call("--json", "order", "list", "--state", "CONFIRMED", "--page-size", "1"))["orders"][0]
    call("order", "watch", order["orderId"])


def checker_metrics(orderctl, environment):
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "checker.prom"
        # Exit code 1 is a violation, which is another test's business.
        subprocess.run([orderctl, "verify", "--metrics-file", file], env=environment, check=False, capture_output=True)
        return file.read_text()


def undocumented(labels):
    known = sources.documented_metrics()
    for name in sorted(labels):
        if name not in known:
            yield f"docs/metrics.md does not know {name}, which is exposed"
        elif not labels[name] <= known[name]:
            yield f"docs/metrics.md does not know the labels {sorted(labels[name] - known[name])} of {name}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    environment = stack_environment(sys.argv[1])
    orderctl = environment["ORDERFLOW_BUILD_DIR"] + "/bin/orderctl"
    use_everything(orderctl, environment)
    texts = {name: fetch(port) for name, port in admin_ports(environment)}
    texts["checker"] = checker_metrics(orderctl, environment)
    labels, values = sources.exposed_metrics(texts)
    expressions = list(sources.expressions())
    problems = [*names.check(expressions, labels, sources.recording_rules(), values), *undocumented(labels)]
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"observability: processes={len(texts)} series={len(labels)} expressions={len(expressions)} "
          f"problems={len(problems)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
