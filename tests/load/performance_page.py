#!/usr/bin/env python3
"""Writes the page about performance from what bench_full.sh measured.

performance_page.py RESULTS [FOLDER]    FOLDER/performance.md and the plots in FOLDER/performance/ (docs)

Without gnuplot there are no plots: tools/install/install.sh --list packages-bench.txt
"""

import pathlib
import shutil
import sys

import performance_plots
import results as results_file
from performance_table import MISSING, ROWS, milliseconds
from results import medians, number

CAPTIONS = {
    "throughput": "What is finished, and the time to CONFIRMED, against the rate that is offered",
    "cpu": "Processor time per order by process",
    "batches": "Throughput and latency against the size of batches",
}

INTRODUCTION = """# Performance

What Orderflow carries on one machine that holds everything: database, broker, five services, the provider, the mail catcher and the
generator of the load. Written by `tests/load/performance_page.py` from the results of `make bench-full`; do not edit by hand. Values are
medians, in brackets the lowest and the highest run. What was chosen for speed and what that costs is in
[trade-offs.md](trade-offs.md); how each figure is measured in [tests/load](../tests/load/README.md); the lines behind this page are
[performance/results.txt](performance/results.txt).
"""

REPRODUCE = """## How to reproduce

```
make bench-full                          # every figure, this page and its plots; hours, 60 GB of disk
make bench-full ONLY=saga,reads          # some, beside the results in build/bench
make bench-full ONLY=saga FULL_DIR=docs/performance FULL_PAGES=docs    # some, and this page with them
make bench-full FULL_SHORT=1             # seconds instead of minutes: to try the figures, not to quote them
```

The workload: zipf(1.0) over 1,000 SKUs, 1 to 5 lines an order, 2 % declined, 1 % out of stock, 1 % cancelled, the provider's books
durable; but the spike has 1 to 3 lines, all approved, hot SKU orders all SKUs alike beside the hot one, and of orders that are only
accepted nothing further comes. Sagas are sustained with somewhat more offered than can be done: what is too much is refused. Orders are sent at their intended times whatever became of the earlier ones, and latencies count from those times;
percentiles are of all values, not of samples. Ceilings are measured beside each run, because the speed of a machine drifts: the same rows in
the same batches written by nothing but SQL, unary gRPC calls that do nothing, records through Kafka alone. `fsync` and
`synchronous_commit` are on, and the checker must find no violation after each figure, but for one whose row says that it
was left out, reads, which change nothing, and orders that are only accepted: there as many must be stored as were acknowledged.
"""


def table(header, rows):
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in (header, ["---"] * len(header), *rows)) + "\n"


def machine(results):
    if not results.machine:
        return f"{MISSING}\n"
    return table(("", ""), results.machine.items())


def ceilings(results):
    """What each run reached, beside what its parts alone did in the same minute."""
    kinds = (("db_ceiling", "sagas_per_second"), ("grpc_ceiling", "calls_per_second"), ("kafka_ceiling", "records_per_second"))
    found = {kind: {line.get("run"): number(line, name) for line in results.of(kind, "saga")} for kind, name in kinds}
    rows = []
    for line in results.of("run", "saga"):
        run, confirmed = line.get("run"), number(line, "confirmed_per_second")
        top = found["db_ceiling"].get(run, 0)
        sent = number(line, "sent")
        rows.append((run, line.get("rate"), f"{100 * number(line, 'failed') / sent:.1f} %" if sent else "", f"{confirmed:,.0f}", milliseconds(number(line, "p50_ms")), milliseconds(number(line, "p99_ms")),
                     f"{top:,.0f}", f"{100 * confirmed / top:.0f} %" if top else "", f"{found['grpc_ceiling'].get(run, 0):,.0f}",
                     f"{found['kafka_ceiling'].get(run, 0):,.0f}"))
    header = ("run", "offered/s", "refused", "confirmed/s", "p50 ms", "p99 ms", "database alone, sagas/s", "ratio", "gRPC alone, calls/s", "Kafka alone, records/s")
    return table(header, rows) if rows else f"{MISSING}\n"


def costs(results):
    """Per order: by process, and what goes to disk and broker."""
    lines = results.of("process", "saga")
    if not lines:
        return f"{MISSING}\n"
    cpu, switches, mib = (medians(lines, "name", name) for name in ("cpu_us_per_order", "switches_per_order", "mib"))
    text = table(("process", "processor time per order, us", "switches per order", "resident, MiB"),
                 [(name, f"{cpu[name]:,.0f}", f"{switches[name]:.1f}", f"{mib[name]:.0f}" if mib[name] else "") for name in cpu])
    text += "\n`mail` stands for the mail servers of customers and is not counted in the sum.\n\n"
    names = (("cpu_us_per_order", "processor time, us"), ("switches_per_order", "switches between processes"),
             ("commits_per_order", "commits"), ("row_changes_per_order", "row changes"), ("wal_bytes_per_order", "WAL, bytes"),
             ("wal_records_per_order", "WAL records"), ("kafka_messages_per_order", "Kafka messages"),
             ("kafka_bytes_per_order", "Kafka bytes (as stored, compressed)"))
    sums = {name: medians(results.of("accounting", "saga"), "figure", name).get("saga") for name, _ in names}
    return text + table(("per order, in all", "median"),
                        [(label, f"{sums[name]:,.2f}" if sums[name] < 10 else f"{sums[name]:,.0f}")
                         for name, label in names if sums[name] is not None])


def batches(results):
    sizes = medians(results.of("batch", "saga"), "name", "size")
    text = table(("batch of", "mean size"), [(name, f"{size:.1f}") for name, size in sizes.items()]) if sizes else f"{MISSING}\n"
    points = results.of("point", "batch-sizes")
    if points:
        text += "\nEvery batch limited to a size, at the highest rate that was kept up with it in a search of some seconds a step:\n\n"
        text += table(("batches up to", "finished/s", "p50 ms", "p99 ms", "p50 ms at 20/s", "p99 ms at 20/s", "database alone, sagas/s"),
                      [(point.get("batch"), f"{number(point, 'finished_per_second'):,.0f}",
                        *(milliseconds(number(point, name)) for name in ("p50_ms", "p99_ms", "light_p50_ms", "light_p99_ms")),
                        f"{number(point, 'db_ceiling_per_second'):,.0f}") for point in points])
    return text


def rates(results):
    points = results.of("point", "rates")
    if not points:
        return f"{MISSING}\n"
    return table(("offered/s", "finished/s", "refused", "p50 ms", "p90 ms", "p99 ms"),
                 [(f"{number(point, 'rate'):,.0f}", f"{number(point, 'finished_per_second'):,.0f}", point.get("failed"),
                   *(milliseconds(number(point, name)) for name in ("p50_ms", "p90_ms", "p99_ms"))) for point in points])


def reads(results):
    lines = results.of("process", "reads")
    if not lines:
        return f"{MISSING}\n"
    # What the lines call an order is a read here.
    cpu, switches = (medians(lines, "name", name) for name in ("cpu_us_per_order", "switches_per_order"))
    client = medians(results.of("run", "reads"), "figure", "client_cpu_us").get("reads", 0)
    rows = [(name, f"{cpu[name]:.1f}", f"{switches[name]:.2f}") for name in cpu if cpu[name] >= 0.1]
    return table(("process", "processor time per read, us", "switches per read"), rows + [("the client", f"{client:.1f}", "")])


def memory(results):
    lines = results.of("memory", "memory")
    if not lines:
        return f"{MISSING}\n"
    return table(("process", "after the warm-up, MiB", "at the end, MiB", "most, MiB", "growth"),
                 [(line.get("name"), line.get("start_mib"), line.get("end_mib"), line.get("max_mib"), line.get("growth")) for line in lines])


def page(results, plots):
    def plot(name):
        return f"![{CAPTIONS[name]}](performance/{name}.svg)\n\n" if name in plots else ""

    # A short run is for trying the figures; nobody is to take it for more.
    length = results.machine.get("length", "")
    warning = "\n**These values are of a short run on a machine that did other work as well: they show that each figure is measured, not" \
              " what it is.**\n" if length.startswith("short") else ""
    return "\n".join((
        INTRODUCTION + warning,
        "## Figures\n",
        table(("figure", "must", "aim", "measured", "met", "when, and the commit"), [row.cells(results) for row in ROWS]),
        "## The runs and their ceilings\n", ceilings(results),
        "## Throughput and latency against what is offered\n", plot("throughput") + rates(results),
        "## What an order costs\n", plot("cpu") + costs(results),
        "## Batches\n", plot("batches") + batches(results),
        "## What a read costs\n", reads(results),
        "## Memory\n", memory(results),
        "## The machine\n", machine(results),
        REPRODUCE))


def main(arguments):
    if len(arguments) not in (1, 2):
        sys.exit(__doc__)
    folder = pathlib.Path(arguments[1] if len(arguments) > 1 else "docs")
    results = results_file.read(pathlib.Path(arguments[0]).read_text())
    plots = []
    if shutil.which("gnuplot"):
        plots = performance_plots.draw(results, folder / "performance")
    else:
        print("no gnuplot, so no plots: tools/install/install.sh --list packages-bench.txt", file=sys.stderr)
    (folder / "performance.md").write_text(page(results, plots))


if __name__ == "__main__":
    main(sys.argv[1:])
