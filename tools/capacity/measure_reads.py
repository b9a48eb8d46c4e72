#!/usr/bin/env python3
"""What reads and open watches cost, as entries for measured.toml: processor time of order-service and of PostgreSQL for a
GetOrder, a ListOrders of twenty orders (of all customers) and a WatchOrder from its start to its first answer, and the
memory of a watch that stays open.

measure_reads.py STATE_DIR WHERE   on a stack that is at rest and has orders (measure.sh)

Watches stay open because their orders cannot end: payment-service is stopped meanwhile.
"""

import pathlib
import subprocess
import sys
import uuid

import http2
import measure

SERVICE = "/orderflow.order.v1.OrderService/"
CALLS, LISTS, WATCHES = 20_000, 4_000, 2_000
AT_ONCE, WATCHES_OF_CONNECTION = 64, 80
PAGE = 20


class Meter:
    """What order-service and PostgreSQL have spent since it was made, in us."""

    def __init__(self, state, server):
        self._state, self._server = state, server
        self._before = self._look()

    def _look(self):
        return measure.accounting.usage(self._state)["order-service"][0], measure.server_cpu(self._state, self._server)

    def spent(self, calls):
        """For each of so many calls."""
        service, server = self._look()
        databases = sum(measure.spent_by_database(server, self._before[1]).values())
        return {"order-service": (service - self._before[0]) / 1e3 / calls, "postgres": databases / 1e3 / calls}


def per_call(meter, connection, method, messages):
    """Microseconds of each process for a call."""
    connection.call(SERVICE + method, messages[:len(messages) // 10], AT_ONCE)
    measured = meter()
    answers = connection.call(SERVICE + method, messages, AT_ONCE)
    if not all(answers):
        raise RuntimeError(f"{method}: {answers.count(b'')} of {len(answers)} failed")
    return measured.spent(len(messages))


def order(customer, sku):
    line = http2.field(1, sku) + http2.field(2, 1)
    return (http2.field(1, str(uuid.uuid4())) + http2.field(2, customer) + http2.field(3, line)
            + http2.field(4, "tok_approve") + http2.field(5, f"{customer}@example.com") + http2.field(6, "EUR"))


def resident(state):
    return measure.accounting.usage(state)["order-service"][2]


def watches(state, settings, meter, sku):
    """Memory and processor time of a watch, opened and ended."""
    address = settings["ORDERFLOW_ORDER_ADDRESS"]
    stop = [measure.ROOT / "tests/e2e/stack.sh", "services"]
    subprocess.run([*stop, "down", state, "payment-service"], check=True, stdout=subprocess.DEVNULL, env=settings)
    placing = http2.Connection(address)
    answers = placing.call(SERVICE + "CreateOrder", [order(f"watcher-{n}", sku) for n in range(WATCHES)], AT_ONCE)
    orders = [http2.strings_of(answer)[1].decode() for answer in answers if answer]
    if len(orders) < WATCHES:
        raise RuntimeError(f"only {len(orders)} of {WATCHES} orders were accepted")
    connections = [http2.Connection(address) for _ in range(WATCHES // WATCHES_OF_CONNECTION)]
    memory, measured = resident(state), meter()
    for n, connection in enumerate(connections):
        opened = [connection.begin(SERVICE + "WatchOrder", http2.field(1, order_id))
                  for order_id in orders[n * WATCHES_OF_CONNECTION:(n + 1) * WATCHES_OF_CONNECTION]]
        while not all(connection.answers[stream] for stream in opened):
            connection.read()
    memory = resident(state) - memory
    cost = measured.spent(WATCHES)
    for connection in connections:
        connection.close()
    subprocess.run([*stop, "up", state, "payment-service"], check=True, stdout=subprocess.DEVNULL, env=settings)
    return memory / WATCHES, cost


def main(state, where):
    settings = measure.settings_of(state)
    server = measure.Server(settings)

    def meter():
        return Meter(state, server)

    orders = [http2.field(1, row[0]) for row in server.rows("SELECT order_id FROM orders ORDER BY 1 DESC LIMIT 1000", "orders")]
    connection = http2.Connection(settings["ORDERFLOW_ORDER_ADDRESS"])
    costs = {"get": per_call(meter, connection, "GetOrder", (orders * CALLS)[:CALLS]),
             "list": per_call(meter, connection, "ListOrders", [http2.field(3, PAGE)] * LISTS)}
    sku = server.value("SELECT sku FROM items WHERE currency_code = 'EUR' AND on_hand - reserved > 1000000 LIMIT 1", "inventory")
    memory, costs["watch"] = watches(state, settings, meter, sku)
    print(measure.table("cpu_us_per_read", where, {f"{kind}.{name}": us for kind, cost in costs.items()
                                                   for name, us in cost.items()}))
    print(measure.table("watch_bytes", where, {"order-service": memory}, 0))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
