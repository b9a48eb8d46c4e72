"""Tables of docs/capacity.md about cells: who is where, who moves, evacuation, spikes."""

import functools
import math
from dataclasses import replace

import cells
import evacuation
import model
import planning
import spike
from text import number, percent, seconds, table


def _names(count):
    return {f"cell-{n}": 1.0 for n in range(1, count + 1)}


@functools.cache
def _map(count):
    return cells.new_map(_names(count))


@functools.cache
def _loads(customers, skew, orders, cap):
    return tuple(cells.slot_loads(customers, skew, orders, cap))


def balance(inputs):
    """The fullest cell over the average one, for customers who order more or less alike."""
    plan = planning.made(inputs)
    orders = model.rates(inputs, inputs.plan("workload.requests_peak")).create
    current = _map(plan.cells)
    users, cap = inputs.plan("workload.users"), inputs.plan("customers.share_cap")
    rows = []
    for skew in sorted({0.0, 0.6, inputs.plan("customers.skew"), 1.0}):
        for limit, named in ((math.inf, "no"), (cap, f"{number(cap)} order/s")):
            if skew == 0 and limit < math.inf:
                continue
            loads = _loads(users, skew, orders, limit)
            first = orders / cells.zipf_total(skew, 1, users)
            moved = cells.rebalanced(current, loads)
            rows.append((number(skew), named, f"{number(min(first, limit))}/s",
                         number(cells.imbalance(cells.cell_loads(current, loads))),
                         number(cells.imbalance(cells.cell_loads(moved, loads))), percent(cells.moved_share(current, moved))))
    return table(("skew of customers", "limit of one customer", "heaviest customer", "fullest cell / average",
                  "after moving slots by hand", "slots moved"), rows)


def moves(inputs):
    """How many customers move when cells come and go."""
    count = planning.made(inputs).cells
    current = _map(count)
    added = cells.with_cell(current, f"cell-{count + 1}")
    away = cells.without_cell(current, "cell-1")
    by_remainder = sum(slot % count != slot % (count + 1) for slot in range(cells.SLOTS)) / cells.SLOTS
    users = inputs.plan("workload.users")
    uniform = (1.0,) * cells.SLOTS
    rows = [("a cell is added", percent(cells.moved_share(current, added)), number(users * cells.moved_share(current, added)),
             f"{number(cells.imbalance(cells.cell_loads(added, uniform)))}"),
            ("the same with hash modulo cells", percent(by_remainder), number(users * by_remainder), ""),
            ("a cell is evacuated", percent(cells.moved_share(current, away)), number(users * cells.moved_share(current, away)),
             f"{number(cells.imbalance(cells.cell_loads(away, uniform)))}")]
    return table(("what", "slots that move", "customers", "fullest cell / average afterwards"), rows)


def headroom(inputs):
    """What the fullest cell has to do, over what one cell is built for."""
    plan = planning.made(inputs)
    orders = model.rates(inputs, inputs.plan("workload.requests_peak")).create
    loads = _loads(inputs.plan("workload.users"), inputs.plan("customers.skew"), orders, inputs.plan("customers.share_cap"))
    current = cells.rebalanced(_map(plan.cells), loads)
    rows = []
    for what, count in (("all cells there", 0), ("one evacuated", 1), ("two evacuated", 2)):
        routed = worst_without(current, loads, count)
        fullest = max(cells.cell_loads(routed, loads).values())
        rows.append((what, len(routed.cells), f"{number(fullest)}/s", percent(fullest / plan.one.rate.create),
                     percent(fullest / plan.cell_orders_max)))
    return table(("at the peak", "cells", "orders of the fullest", "of what a cell is built for",
                  "of the most that it may take"), rows)


def worst_without(current, loads, count):
    """Without so many cells, chosen so that the fullest of the others gets as much as possible; slots moved by hand after."""
    for _ in range(count):
        candidates = [cells.without_cell(current, cell) for cell in current.cells]
        current = max(candidates, key=lambda routed: max(cells.cell_loads(routed, loads).values()))
        current = cells.rebalanced(current, loads)
    return current


def spike_cases(inputs):
    """(what, server, clients)"""
    plan = planning.made(inputs)
    normal, refusal = model.rates(inputs, plan.peak).create, inputs.plan("spike.refusal_us")
    cell = spike.Server(
        orders_per_second=plan.one.rate.create / inputs.plan("headroom.cpu"),
        api_cores=plan.one.pods["order-service"] * inputs.plan("machines.pod_cores"),
        order_us=inputs.cost("cpu_us_per_order").of("order-service") * inputs.plan("load.small_batches"), refusal_us=refusal,
        queue_seconds_max=inputs.plan("spike.queue_seconds_max"))
    peak, finished = (inputs.cost("overload_per_second").of(name) for name in ("peak", "finished"))
    machine = spike.machine(finished, 1e6 / finished, refusal, cell.queue_seconds_max)
    often = spike.clients_of(inputs, normal)
    once = replace(often, attempts=1)
    return (("a cell, each client tries once", cell, once),
            (f"a cell, each client tries {often.attempts} times", cell, often),
            ("the same without admission", replace(cell, queue_seconds_max=math.inf), often),
            ("one machine with everything on it, once", machine, replace(once, normal=peak)),
            (f"one machine, {often.attempts} times", machine, replace(often, normal=peak)))


def spikes(inputs):
    rows = []
    for what, server, clients in spike_cases(inputs):
        seen = spike.play(server, clients)
        rows.append((what, f"{number(clients.normal)}/s", f"{number(seen.offered)}/s", f"{number(seen.done_per_second)}/s",
                     f"{number(seen.refused_per_second)}/s", seconds(seen.waited_max), seconds(seen.recovery)))
    return table(("what", "orders before", "tries in the spike", "finished", "refused", "longest wait of an admitted order",
                  "until all is well"), rows)


def spike_reads(inputs):
    """Reads are refused by nobody but the edge: what ten times as many take of what a cell has."""
    plan = planning.made(inputs)
    rate = model.rates(inputs, plan.peak * inputs.plan("workload.spike"))
    rows = []
    pods = plan.one.pods["order-service"] * inputs.plan("machines.pod_cores")
    for what, part, cores in (("order-service", "order-service", pods),
                              ("PostgreSQL", "postgres", plan.one.database_cores)):
        busy = model.read_us(inputs, part, rate) / 1e6
        rows.append((what, number(busy), cores, percent(busy / cores)))
    return table(("reads and watches of a spike, one cell", "busy cores", "cores", "share"), rows)


def evacuation_times(inputs):
    plan = planning.made(inputs)
    slots = cells.SLOTS / plan.cells
    took = evacuation.duration(inputs, plan.peak, slots)
    rows = [("slots of a cell", number(slots)),
            ("customers of a slot", number(inputs.plan("workload.users") / cells.SLOTS)),
            ("copy, while all goes on", seconds(took.copy)),
            ("writes of one slot unavailable", seconds(took.slot_writes_unavailable)),
            ("reads of one slot unavailable", seconds(took.slot_reads_unavailable)),
            ("until the cell is empty", seconds(took.cell))]
    return table(("evacuation of one cell", ""), rows)


def figures(inputs):
    plan = planning.made(inputs)
    return {"slots": f"{cells.SLOTS:,}", "blast": percent(1 / plan.cells)}


TABLES = {"balance": balance, "moves": moves, "headroom": headroom, "spikes": spikes, "spike_reads": spike_reads,
          "evacuation": evacuation_times}
