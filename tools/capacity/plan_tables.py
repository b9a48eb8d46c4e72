"""Tables of docs/capacity.md about work, machines, bytes, money, and what gives out first."""

import limits
import model
import planning
from text import exact, number, percent, seconds, size, table

KINDS = ("create", "watch", "get", "list")
FACTORS = (1, 10, 100, 1000)


def costs(inputs):
    rows = []
    for name, cost in inputs.costs.items():
        entries = ", ".join(f"{key} {exact(value)}" for key, value in cost.values.items())
        rows.append((f"`{name}`", entries, cost.status, cost.where))
    return table(("cost", "values", "", "where"), rows)


def plan_entries(inputs):
    rows = [(f"`{name}`", exact(entry.value), entry.unit, entry.why) for name, entry in inputs.entries.items()]
    return table(("entry", "value", "unit", "why"), rows)


def workload(inputs):
    columns = [("average", inputs.plan("workload.requests_average")), ("peak", inputs.plan("workload.requests_peak")),
               ("spike", inputs.plan("workload.requests_peak") * inputs.plan("workload.spike"))]
    rows = [(kind, percent(inputs.plan(f"mix.{kind}")), inputs.entries[f"mix.{kind}"].why,
             *(f"{number(getattr(model.rates(inputs, all_), kind))}/s" for _, all_ in columns)) for kind in KINDS]
    rows.append(("all", "100 %", "", *(f"{number(all_)}/s" for _, all_ in columns)))
    return table(("request", "share", "why", *(name for name, _ in columns)), rows)


def roles(inputs):
    """Busy cores of the whole plan at the peak."""
    rate = model.rates(inputs, inputs.plan("workload.requests_peak"))
    used = model.cores_used(inputs, rate, inputs.plan("load.small_batches"))
    headroom = inputs.plan("headroom.cpu")
    rows = [(name, number(cores), number(cores / headroom))
            for name, cores in sorted(used.items(), key=lambda pair: -pair[1])]
    total = sum(used.values())
    rows.append(("all", number(total), number(total / headroom)))
    return table(("role", "busy cores at the peak", f"cores at {percent(headroom)}"), rows)


def cell(inputs):
    plan = planning.made(inputs)
    rows = [(f"cells for: {reason}", count) for reason, count in plan.reasons.items()]
    rows += [("**cells**", f"**{plan.cells}**"),
             ("most that one cell may take", f"{number(plan.cell_orders_max)} orders/s: {plan.cell_limit.name}"),
             ("one cell at the average", _rate(inputs, plan.average)),
             ("one cell at the peak", _rate(inputs, plan.peak)),
             ("what it is built for: one cell away, and fuller than the others", _rate(inputs, plan.one.rate.all)),
             ("customers of one cell", f"{number(inputs.plan('workload.users') / plan.cells)} ({percent(1 / plan.cells)})")]
    return table(("one cell", ""), rows + _machines_of(inputs, plan.one) + _contents_of(inputs, plan))


def _rate(inputs, requests):
    return f"{number(requests)} requests/s, {number(model.rates(inputs, requests).create)} orders/s"


def _machines_of(inputs, one):
    cores = inputs.plan("machines.cores")
    return [*((f"pods of {name}", count) for name, count in one.pods.items()),
            ("machines for services and edge", f"{one.service_machines} of {cores} cores, one of them spare"),
            ("servers of PostgreSQL, each with all databases of the cell",
             f"{one.database_servers} of {one.database_cores} cores: one primary, the others standbys"),
            ("brokers", f"{one.broker_machines} of {cores} cores"),
            ("connections to PostgreSQL", f"{one.connections} of {inputs.plan('limits.connections')}"),
            ("partitions of each topic", inputs.plan("cells.partitions"))]


def _contents_of(inputs, plan):
    retained = model.retained_bytes(inputs, model.rates(inputs, plan.average).create * model.SECONDS_PER_DAY)
    return [("open watches", number(plan.one.watches)),
            ("memory of open watches", size(plan.one.watches * inputs.cost("watch_bytes").total)),
            ("until 200 million transaction ids are used and all older rows must be frozen", _ids_last(inputs, plan.average)),
            ("rows and indexes once rows are deleted after their days", size(retained)),
            ("restored from the backup in", seconds(retained / inputs.plan("limits.restore_bytes")))]


def _ids_last(inputs, average):
    ids = model.rates(inputs, average).create * inputs.cost("transactions_per_order").of("transaction_ids")
    return f"{number(inputs.plan('limits.freeze_transactions') / ids / model.SECONDS_PER_DAY, 2)} days"


def partitions(inputs):
    """Busy threads of each consumer group in one cell, and how many of the partitions that is."""
    orders = planning.made(inputs).one.rate.create
    rows = []
    for group, busy in inputs.cost("handling_us_per_order").values.items():
        threads = orders * busy / 1e6
        rows.append((group, number(busy), number(threads), -int(-threads // inputs.plan("headroom.partition")),
                     inputs.plan("cells.partitions")))
    return table(("consumer group", "us of handling per order", "busy threads in a cell at the peak",
                  f"partitions needed at {percent(inputs.plan('headroom.partition'))}", "partitions"), rows)


def traffic(inputs):
    plan = planning.made(inputs)
    rows, readers = [], plan.one.pods["order-service"]
    ways = list(model.network(inputs, 1, 1, readers))
    for name in ("average", "peak"):
        rate = model.rates(inputs, inputs.plan(f"workload.requests_{name}"))
        reads = rate.get + rate.watch + rate.list * model.LIST_READS
        for way, bytes_ in model.network(inputs, rate.create, reads, readers).items():
            day = size(bytes_ * model.SECONDS_PER_DAY) if name == "average" else ""
            rows.append((way, name, f"{size(bytes_)}/s", f"{size(bytes_ / plan.cells)}/s", day))
    rows.sort(key=lambda row: ways.index(row[0]))
    return table(("way", "when", "all", "one cell", "a day"), rows)


def storage(inputs):
    plan = planning.made(inputs)
    stored = model.storage(inputs)
    orders = stored.pop("orders a day")
    rows = [("orders a day", number(orders), number(orders / plan.cells))]
    rows += [(name, size(value), size(value / plan.cells)) for name, value in stored.items()]
    year = {name: model.DAYS_PER_YEAR * orders * _per_order(inputs, name) for name in model.DATABASES}
    by_database = [(f"of it `{name}` in a year", size(value), size(value / plan.cells)) for name, value in year.items()]
    return table(("what, each byte once", "all", "one cell"), rows[:2] + by_database + rows[2:])


def _per_order(inputs, database):
    return sum(value for name, value in model.rest_bytes(inputs).items() if name.startswith(database + "."))


def _busy(inputs):
    """Cores that all cells together keep busy at the peak."""
    rate = model.rates(inputs, inputs.plan("workload.requests_peak"))
    return sum(model.cores_used(inputs, rate, inputs.plan("load.small_batches")).values())


def fleet(inputs):
    plan = planning.made(inputs)
    rows = [(role, count, cores, number(memory), count * cores)
            for role, count, cores, memory in model.machines(inputs, plan.one, plan.cells)]
    rows.append(("all", plan.machines(inputs), "", "", plan.cores(inputs)))
    used = _busy(inputs)
    rows.append(("of them busy at the peak", "", "", "", f"{number(used)} ({percent(used / plan.cores(inputs))})"))
    return table(("role", "machines", "cores of each", "GiB of each", "cores"), rows)


def price(inputs):
    plan = planning.made(inputs)
    parts = model.price_per_month(inputs, plan.one, plan.cells)
    orders = model.storage(inputs)["orders a day"] * model.DAYS_PER_MONTH
    total = sum(parts.values())
    rows = [(name, number(value), number(value / orders * 1e6), percent(value / total)) for name, value in parts.items()]
    rows.append(("all", number(total), number(total / orders * 1e6), "100 %"))
    return table(("part", "a month", "per million orders", "share"), rows)


def mixes(inputs):
    """The same requests with fewer or more orders among them: reads give way in proportion."""
    rows = []
    for share in (0.02, 0.05, 0.10, 0.20):
        rest = 1 - 2 * share
        reads = inputs.plan("mix.get") + inputs.plan("mix.list")
        other = inputs.with_plan(mix__create=share, mix__watch=share, mix__get=inputs.plan("mix.get") / reads * rest,
                                 mix__list=inputs.plan("mix.list") / reads * rest)
        plan = planning.made(other)
        total = sum(model.price_per_month(other, plan.one, plan.cells).values())
        orders = model.rates(other, other.plan("workload.requests_peak")).create
        rows.append((percent(share), f"{number(orders)}/s", plan.cells, plan.machines(other), plan.cores(other), number(total)))
    return table(("share of orders", "orders at the peak", "cells", "machines", "cores", "price a month"), rows)


def breaking(inputs):
    """Use of each limit at each factor of ten, and where each is reached."""
    base = model.one_machine(inputs, 2)
    rows = []
    for limit in (limits.MACHINE, limits.PROVIDER, *limits.STRETCHED):
        reached = limits.rate_at(inputs, limit)
        rows.append((reached, (limit.name, *(_use(limit.use(inputs, base * factor)) for factor in FACTORS),
                               f"{number(reached / base)}x, {number(model.rates(inputs, reached).create)} orders/s", limit.cure)))
    rows.sort(key=lambda row: row[0])
    return table(("limit", *(f"{factor:,}x" for factor in FACTORS), "reached at", "then"), [row for _, row in rows])


def _use(share):
    return f"**{percent(share)}**" if share > 1 else percent(share)


def steps(inputs):
    """At each factor of ten: the rate, what was outgrown since the one before, in that order, and how many cells that is."""
    base = model.one_machine(inputs, 2)
    all_limits = sorted((limits.MACHINE, limits.PROVIDER, *limits.STRETCHED), key=lambda limit: limits.rate_at(inputs, limit))
    rows, named = [], []
    for factor in FACTORS:
        requests = base * factor
        outgrown = [limit.name for limit in all_limits if limit.use(inputs, requests) > 1 + 1e-9 and limit not in named]
        named += [limit for limit in all_limits if limit.name in outgrown]
        other = inputs.with_plan(workload__requests_peak=requests, workload__requests_average=requests / 3)
        cells = model.cells_needed(other, limits.cell_orders_max(inputs)[0])["orders per second"]
        rows.append((f"{factor:,}x", _rate(inputs, requests), "; ".join(outgrown) or "nothing", cells))
    return table(("factor", "rate", "outgrown since the factor before, in this order", "cells, one of them spare"), rows)


def figures(inputs):
    """Numbers within sentences."""
    plan = planning.made(inputs)
    base = model.one_machine(inputs, 2)
    peak = model.rates(inputs, inputs.plan("workload.requests_peak"))
    return {
        "cells": str(plan.cells), "machines": str(plan.machines(inputs)), "cores": f"{plan.cores(inputs):,}",
        "orders_peak": number(peak.create), "busy": number(_busy(inputs)), "cell_limit": plan.cell_limit.name,
        "base_requests": number(base), "base_orders": number(model.rates(inputs, base).create)}


TABLES = {"costs": costs, "plan_entries": plan_entries, "workload": workload, "roles": roles, "cell": cell,
          "partitions": partitions, "traffic": traffic, "storage": storage, "fleet": fleet, "price": price, "mixes": mixes,
          "breaking": breaking, "steps": steps}
