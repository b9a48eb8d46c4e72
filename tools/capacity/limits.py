"""What gives out first: how much of each limit a rate of the mix takes, of one deployment as large as it goes."""

import math
from dataclasses import dataclass
from typing import Callable

import model


@dataclass(frozen=True)
class Limit:
    """A resource of one cell. `use` is how much of it a rate of the mix takes: 1.0 is all."""

    name: str
    use: Callable  # of (inputs, requests)
    cure: str


def _orders(inputs, requests):
    return model.rates(inputs, requests).create


def _primary(cores, batches=None):
    """All databases of a cell in one server, reads included."""
    def use(inputs, requests):
        used = model.cores_used(inputs, model.rates(inputs, requests), inputs.plan(batches) if batches else 1.0)
        busy = sum(used[f"postgres {name}"] for name in model.DATABASES)
        return busy / (inputs.plan(cores) * inputs.plan("headroom.cpu"))
    return use


def _machine(inputs, requests):
    return requests / model.one_machine(inputs, 2)


def _log_syncs(inputs, requests):
    syncs = inputs.cost("transactions_per_order").of("log_syncs")
    return _orders(inputs, requests) * syncs / inputs.plan("limits.log_syncs")


def _replay(inputs, requests):
    return sum(model.wal_bytes(inputs, _orders(inputs, requests)).values()) / inputs.plan("limits.replay_bytes")


def _consumer(group):
    """Partitions of a topic, each handled by one thread, one batch after the other."""
    def use(inputs, requests):
        busy = _orders(inputs, requests) * inputs.cost("handling_us_per_order").of(group) / 1e6
        return busy / (inputs.plan("cells.partitions") * inputs.plan("headroom.partition"))
    return use


def _hot_sku(inputs, requests):
    """An item that is in every batch: its row is locked from a batch's write to its commit, so there inventory's consumers
    take turns, however many partitions there are. The whole handling time is taken for that part of it: an upper bound."""
    return _orders(inputs, requests) * inputs.cost("handling_us_per_order").of("inventory-service") / 1e6


def _connections(inputs, requests):
    used = model.cores_used(inputs, model.rates(inputs, requests))
    pods = model.pods_of(inputs, used, 0)
    return sum(pods.values()) * inputs.plan("limits.pool_size") / inputs.plan("limits.connections")


def _freeze(inputs, requests):
    """Every row is frozen once after it has come to rest, or transaction ids (32 bits) run out: as fast as rows come."""
    return _orders(inputs, requests) * sum(model.rest_bytes(inputs).values()) / inputs.plan("limits.freeze_bytes")


def _volume(inputs, requests):
    return model.retained_bytes(inputs, model.day_of(inputs, _orders(inputs, requests))) / inputs.plan("limits.volume_bytes")


def _restore(inputs, requests):
    allowed = inputs.plan("cells.restore_seconds_max") * inputs.plan("limits.restore_bytes")
    return model.retained_bytes(inputs, model.day_of(inputs, _orders(inputs, requests))) / allowed


def _broker(inputs, requests):
    """As many brokers as copies: each writes all of it."""
    return model.kafka_bytes(inputs, _orders(inputs, requests)) / inputs.plan("limits.broker_bytes")


def _network(inputs, requests):
    """Of the primary: its log to every standby and the archive."""
    log = sum(model.wal_bytes(inputs, _orders(inputs, requests)).values())
    return log * (inputs.plan("cells.standbys") + 1) / inputs.plan("limits.network_bytes")


def _provider(inputs, requests):
    calls = _orders(inputs, requests) * inputs.plan("limits.provider_calls_per_order")
    return calls / inputs.plan("limits.provider_calls")


MACHINE = Limit("one machine, two cores, everything on it", _machine, "separate machines: the chart")
PROVIDER = Limit("provider: calls of one merchant account", _provider,
                 "a higher limit by contract; a merchant account for each cell")
LARGEST_PRIMARY, VOLUME = "primary: processor (largest server)", "volume of the databases"
# Of a cell that is as large as it can be.
STRETCHED = (
    Limit(LARGEST_PRIMARY, _primary("limits.primary_cores"), "a server for each database, then cells"),
    Limit("primary: log syncs", _log_syncs, "larger batches need fewer; cells"),
    Limit("primary: network of the log", _network, "cells"),
    Limit("standby: replay of the log", _replay, "a server for each database, then cells"),
    Limit("primary: connections", _connections, "fewer, larger pods; a smaller pool; cells"),
    Limit("primary: freezing of new rows", _freeze, "a server for each database, then cells"),
    Limit(VOLUME, _volume, "retention; cells"),
    Limit("order.replies: partitions", _consumer("saga-orchestrator"), "more partitions from the start; cells"),
    Limit("payment.commands: partitions", _consumer("payment-service"), "the same"),
    Limit("inventory.commands: partitions", _consumer("inventory-service"), "the same"),
    Limit("inventory: the row of the hottest item", _hot_sku, "larger batches; the item's stock split over cells"),
    Limit("broker: bytes written by each of three", _broker, "more brokers; cells"),
)
# What a cell is kept within: small enough to restore, and to be one of many.
CELL = (
    Limit("primary: processor (a cell's server)", _primary("limits.cell_primary_cores", "load.small_batches"), ""),
    Limit("restore of the databases in time", _restore, ""),
    PROVIDER,
) + tuple(limit for limit in STRETCHED if limit.name not in (LARGEST_PRIMARY, VOLUME))


def rate_at(inputs, limit, share=1.0):
    """The requests of the mix at which a limit is reached; bisection, since not all uses are straight lines."""
    low, high = 0.0, 1.0
    while limit.use(inputs, high) < share:
        low, high = high, high * 2
        if high > 1e12:
            return math.inf
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if limit.use(inputs, middle) < share else (low, middle)
    return high


def first(inputs, limits):
    """The limit that is reached first, and the requests of the mix at which."""
    return min(((limit, rate_at(inputs, limit)) for limit in limits), key=lambda pair: pair[1])


def cell_orders_max(inputs):
    """Orders a second that one cell may take, and the limit that says so."""
    limit, requests = first(inputs, CELL)
    return _orders(inputs, requests), limit
