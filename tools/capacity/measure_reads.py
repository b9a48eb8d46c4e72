#!/usr/bin/env python3
"""What reads and open watches cost, as entries for measured.toml: processor time of order-service and of PostgreSQL for a
GetOrder, a ListOrders of twenty orders (of all customers) and a WatchOrder from its start to its first answer, and the
memory of a watch that stays open.

measure_reads.py STATE_DIR WHERE   on a stack that is at rest and has orders (measure.sh)

Watches stay open because their orders cannot end: payment-service is stopped meanwhile.
"""

import collections
import pathlib
import subprocess
import sys
import tempfile
import uuid

import grpc
import measure

SERVICE = "/orderflow.order.v1.OrderService/"
PROTOS = ("common/v1/access.proto", "common/v1/money.proto", "common/v1/refusal.proto", "order/v1/order_service.proto")
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


def messages_of(folder):
    """The Python module of order_service.proto, made in a folder of its own."""
    subprocess.run(["protoc", f"-I{measure.ROOT}/proto", f"--python_out={folder}",
                    *(f"orderflow/{proto}" for proto in PROTOS)], check=True)
    sys.path.insert(0, folder)
    from orderflow.order.v1 import order_service_pb2
    return order_service_pb2


def method(channel, kind, name, answer):
    """A callable that calls a method of OrderService."""
    return getattr(channel, kind)(SERVICE + name, request_serializer=lambda request: request.SerializeToString(),
                                  response_deserializer=answer.FromString)


def call(function, requests):
    """All of the calls, some at a time; the answers in their order."""
    answers, waiting = [], collections.deque()
    for request in requests:
        if len(waiting) == AT_ONCE:
            answers.append(waiting.popleft().result())
        waiting.append(function.future(request))
    return answers + [future.result() for future in waiting]


def per_call(meter, function, requests):
    """Microseconds of each process for a call."""
    call(function, requests[:len(requests) // 10])
    measured = meter()
    call(function, requests)
    return measured.spent(len(requests))


def resident(state):
    return measure.accounting.usage(state)["order-service"][2]


def channel_to(address):
    """A channel with a connection of its own: channels of one process share one otherwise."""
    return grpc.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])


def watches(state, settings, meter, pb, sku):
    """Memory and processor time of a watch, opened and ended."""
    address = settings["ORDERFLOW_ORDER_ADDRESS"]
    services = [measure.ROOT / "tests/e2e/stack.sh", "services"]
    subprocess.run([*services, "down", state, "payment-service"], check=True, stdout=subprocess.DEVNULL, env=settings)
    with channel_to(address) as placing:
        orders = call(method(placing, "unary_unary", "CreateOrder", pb.Order), [
            pb.CreateOrderRequest(request_id=str(uuid.uuid4()), customer_id=f"watcher-{n}",
                                  items=[pb.OrderItem(sku=sku, quantity=1)], payment_method_token="tok_approve",
                                  email=f"watcher-{n}@example.com", currency_code="EUR") for n in range(WATCHES)])
    channels = [channel_to(address) for _ in range(WATCHES // WATCHES_OF_CONNECTION)]
    memory, measured, open_watches = resident(state), meter(), []
    for n, channel in enumerate(channels):
        watch = method(channel, "unary_stream", "WatchOrder", pb.OrderStateChange)
        opened = [watch(pb.WatchOrderRequest(order_id=order.order_id))
                  for order in orders[n * WATCHES_OF_CONNECTION:(n + 1) * WATCHES_OF_CONNECTION]]
        for stream in opened:
            next(stream)
        open_watches += opened
    memory = resident(state) - memory
    cost = measured.spent(WATCHES)
    for channel in channels:
        channel.close()
    subprocess.run([*services, "up", state, "payment-service"], check=True, stdout=subprocess.DEVNULL, env=settings)
    return memory / WATCHES, cost


def main(state, where):
    settings = measure.settings_of(state)
    server = measure.Server(settings)

    def meter():
        return Meter(state, server)

    with tempfile.TemporaryDirectory() as folder:
        pb = messages_of(folder)
    ids = [row[0] for row in server.rows("SELECT order_id FROM orders ORDER BY 1 DESC LIMIT 1000", "orders")]
    with channel_to(settings["ORDERFLOW_ORDER_ADDRESS"]) as channel:
        costs = {"get": per_call(meter, method(channel, "unary_unary", "GetOrder", pb.Order),
                                 [pb.GetOrderRequest(order_id=ids[n % len(ids)]) for n in range(CALLS)]),
                 "list": per_call(meter, method(channel, "unary_unary", "ListOrders", pb.ListOrdersResponse),
                                  [pb.ListOrdersRequest(page_size=PAGE)] * LISTS)}
    sku = server.value("SELECT sku FROM items WHERE currency_code = 'EUR' AND on_hand - reserved > 1000000 LIMIT 1", "inventory")
    memory, costs["watch"] = watches(state, settings, meter, pb, sku)
    print(measure.table("cpu_us_per_read", where, {f"{kind}.{name}": us for kind, cost in costs.items()
                                                   for name, us in cost.items()}))
    print(measure.table("watch_bytes", where, {"order-service": memory}, 0))


if __name__ == "__main__":
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    main(pathlib.Path(sys.argv[1]), sys.argv[2])
