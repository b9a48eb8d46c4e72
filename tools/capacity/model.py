"""From costs and plan to rates, cells, machines, bytes and money. Pure functions of Inputs."""

import math
from dataclasses import dataclass

SECONDS_PER_DAY = 86_400
DAYS_PER_YEAR = 365
DAYS_PER_MONTH = 365 / 12
GIB = 2**30
SERVICES = ("order-service", "saga-orchestrator", "payment-service", "inventory-service", "notification-service")
DATABASES = ("orders", "payments", "inventory", "notifications")
SERVER_CORES = (2, 4, 8, 16, 32, 64)  # what servers are bought in
LIST_READS = 5  # a list of twenty orders is as large as so many reads
# Which retention holds for the rows of a table.
RETENTION = {"orders.orders": "orders", "orders.sagas": "orders", "orders.idempotency_keys": "keys",
             "inventory.reservations": "orders", "payments.payments": "orders", "payments.ledger_transfers": "ledger",
             "notifications.notifications": "notifications"}


@dataclass(frozen=True)
class Rates:
    """Requests a second, by kind."""

    create: float
    watch: float
    get: float
    list: float

    @property
    def all(self):
        return self.create + self.watch + self.get + self.list


def rates(inputs, requests):
    return Rates(*(requests * inputs.plan(f"mix.{kind}") for kind in ("create", "watch", "get", "list")))


def day_of(inputs, orders_at_peak):
    """Orders of a day whose peak has so many a second."""
    average = orders_at_peak * inputs.plan("workload.requests_average") / inputs.plan("workload.requests_peak")
    return average * SECONDS_PER_DAY


def read_us(inputs, part, rate):
    """Processor time that reads take of a part in a second: reads and watches of order-service and its database."""
    cost = inputs.cost("cpu_us_per_read").values
    return sum(getattr(rate, kind) * cost[f"{kind}.{part}"] for kind in ("get", "list", "watch"))


def cores_used(inputs, rate, batches=1.0):
    """Cores that are busy, by role, without headroom and without what redundancy costs. An order costs `batches` times
    what it costs where batches are full."""
    order = inputs.cost("cpu_us_per_order")
    orders = rate.create * batches
    used = {name: orders * order.of(name) / 1e6 for name in SERVICES}
    used["order-service"] += read_us(inputs, "order-service", rate) / 1e6
    # Background work of the server (log, checkpoints, vacuum) goes with what each database writes.
    own = {name: order.of(f"postgres.{name}") for name in DATABASES}
    background = order.of("postgres.background") / (sum(own.values()) + order.of("postgres.provider"))
    for name in DATABASES:
        used[f"postgres {name}"] = orders * own[name] * (1 + background) / 1e6
    used["postgres orders"] += read_us(inputs, "postgres", rate) / 1e6
    copies = inputs.plan("cells.replicas_kafka") - 1
    used["kafka"] = orders * order.of("kafka") / 1e6 * (1 + copies * inputs.plan("headroom.follower_cpu"))
    used["edge"] = rate.all * inputs.plan("load.edge_us_per_request") / 1e6
    return used


def one_machine(inputs, cores):
    """Requests of the mix that one machine with everything on it can do, as it was measured: no copies, no edge, no
    headroom; the provider's stand-in runs on it, too."""
    single = rates(inputs, 1.0)
    order = inputs.cost("cpu_us_per_order").total
    reads = read_us(inputs, "order-service", single) + read_us(inputs, "postgres", single)
    return cores * 1e6 / (single.create * order + reads)


def wal_bytes(inputs, orders):
    """Bytes of log in a second, by database; the stand-in of the provider is not ours."""
    return {name: orders * inputs.cost("wal_bytes_per_order").of(name) for name in DATABASES}


def rest_bytes(inputs):
    """Bytes of rows and indexes that an order leaves, by table."""
    rows, indexes = inputs.cost("row_bytes_per_order").values, inputs.cost("index_bytes_per_order").values
    return {table: rows[table] + indexes[table] for table in rows if table.split(".")[0] in DATABASES}


def retained_bytes(inputs, orders_per_day, database=None):
    """Bytes in the databases once rows are deleted after their days."""
    return sum(size * orders_per_day * inputs.plan(f"retention.{RETENTION[table]}")
               for table, size in rest_bytes(inputs).items() if database in (None, table.split(".")[0]))


def kafka_bytes(inputs, orders):
    return orders * inputs.cost("kafka_bytes_per_order").total


def server_for(cores):
    """The smallest server with so many cores."""
    return next((size for size in SERVER_CORES if size >= cores), math.inf)


@dataclass(frozen=True)
class Cell:
    """What one cell is built of; rates are those of the peak while as many cells are away as planned."""

    rate: Rates
    pods: dict  # by service
    service_machines: int
    database_cores: int  # of one server: all databases of the cell are in it
    database_servers: int
    broker_machines: int
    connections: int
    watches: float


def pods_of(inputs, used, watches):
    """Pods by service: enough for the processor time, for the watches, and never fewer than the chart's default."""
    each = inputs.plan("machines.pod_cores") * inputs.plan("headroom.cpu")
    pods = {name: max(inputs.plan("machines.pods_min"), math.ceil(used[name] / each)) for name in SERVICES}
    pods["order-service"] = max(pods["order-service"], math.ceil(watches / inputs.plan("limits.watches_per_process")) + 1)
    return pods


def cell(inputs, requests):
    rate = rates(inputs, requests)
    used = cores_used(inputs, rate, inputs.plan("load.small_batches"))
    headroom = inputs.plan("headroom.cpu")
    watches = rate.watch * inputs.plan("load.watch_seconds")
    pods = pods_of(inputs, used, watches)
    busy = used["edge"] + sum(used[name] for name in SERVICES)
    machine = inputs.plan("machines.cores")
    copies = inputs.plan("cells.replicas_kafka")
    return Cell(
        rate=rate, pods=pods, service_machines=max(2, math.ceil(busy / headroom / machine)) + 1,
        database_cores=server_for(max(machine, sum(used[f"postgres {name}"] for name in DATABASES) / headroom)),
        database_servers=1 + inputs.plan("cells.standbys"),
        broker_machines=max(copies, math.ceil(used["kafka"] / headroom / machine)),
        connections=(sum(pods.values())) * inputs.plan("limits.pool_size"), watches=watches)


def cells_needed(inputs, orders_max):
    """How many cells, and why: for each reason the number that it asks for. `orders_max` is what one cell may take."""
    peak = rates(inputs, inputs.plan("workload.requests_peak")).create
    away = inputs.plan("cells.cells_away")
    return {"orders per second": math.ceil(peak * inputs.plan("cells.imbalance_max") / orders_max) + away,
            "blast radius": math.ceil(1 / inputs.plan("cells.blast_radius_max"))}


def storage(inputs):
    """Bytes of the whole plan at rest: each figure once, without copies."""
    day = rates(inputs, inputs.plan("workload.requests_average")).create * SECONDS_PER_DAY
    per_order = sum(rest_bytes(inputs).values())
    log = sum(wal_bytes(inputs, day).values())
    retained = retained_bytes(inputs, day)
    return {"orders a day": day, "databases, a year, nothing deleted": per_order * day * DAYS_PER_YEAR,
            "databases, rows deleted after their days": retained,
            "Kafka": kafka_bytes(inputs, day) * inputs.plan("retention.kafka"),
            "log of PostgreSQL, a day": log,
            "log archive": log * inputs.plan("retention.log_archive"),
            "base backups": retained * inputs.plan("retention.base_backups")}


def network(inputs, orders, reads, event_readers):
    """Bytes a second: what each way carries. Events are read by every process of order-service and by notification-service."""
    written = sum(wal_bytes(inputs, orders).values())
    published = kafka_bytes(inputs, orders)
    events = orders * inputs.cost("kafka_bytes_per_order").of("order.events")
    return {"clients": orders * inputs.plan("load.request_bytes") + reads * inputs.plan("load.read_bytes"),
            "PostgreSQL to standbys": written * inputs.plan("cells.standbys"),
            "PostgreSQL to the log archive": written,
            "producers to brokers": published,
            "between brokers": published * (inputs.plan("cells.replicas_kafka") - 1),
            "brokers to consumers": published + events * event_readers}


def machines(inputs, one, cells):
    """Machines and their cores by role, of all cells: (role, machines, cores of each, memory in GiB of each)."""
    cores, memory = inputs.plan("machines.cores"), inputs.plan("machines.memory_gib")
    return [("services and edge", one.service_machines * cells, cores, memory),
            ("PostgreSQL", one.database_servers * cells, one.database_cores, one.database_cores * memory / cores),
            ("Kafka", one.broker_machines * cells, cores, memory)]


def price_per_month(inputs, one, cells):
    """By kind, in units of price."""
    hours = 24 * DAYS_PER_MONTH
    fleet = machines(inputs, one, cells)
    stored = storage(inputs)
    orders = stored["orders a day"] / SECONDS_PER_DAY
    copied = network(inputs, orders, 0, 0)
    across = sum(copied[way] for way in ("PostgreSQL to standbys", "between brokers"))
    volumes = (stored["databases, rows deleted after their days"] * one.database_servers
               + stored["Kafka"] * inputs.plan("cells.replicas_kafka"))
    return {
        "cores": sum(count * size for _, count, size, _ in fleet) * hours * inputs.plan("prices.core_hour"),
        "memory": sum(count * size for _, count, _, size in fleet) * hours * inputs.plan("prices.memory_gib_hour"),
        "volumes": volumes / 1e9 * inputs.plan("prices.volume_gb_month"),
        "objects": (stored["log archive"] + stored["base backups"]) / 1e9 * inputs.plan("prices.object_gb_month"),
        "network between zones": across * SECONDS_PER_DAY * DAYS_PER_MONTH / 1e9 * inputs.plan("prices.network_gb")}
