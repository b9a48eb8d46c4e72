"""Inputs with round numbers, so that results can be worked out by hand."""

from inputs import Inputs, load, read_costs

COSTS = """
[cpu_us_per_order]
status = "measured"
where = "here"
[cpu_us_per_order.values]
order-service = 100
saga-orchestrator = 100
payment-service = 100
inventory-service = 100
notification-service = 100
payment-provider-simulator = 100
kafka = 100
"postgres.orders" = 200
"postgres.payments" = 100
"postgres.inventory" = 50
"postgres.notifications" = 25
"postgres.provider" = 25
"postgres.background" = 0

[cpu_us_per_read]
status = "measured"
where = "here"
[cpu_us_per_read.values]
"get.order-service" = 50
"get.postgres" = 50
"list.order-service" = 100
"list.postgres" = 100
"watch.order-service" = 50
"watch.postgres" = 50

[watch_bytes]
status = "measured"
where = "here"
[watch_bytes.values]
order-service = 10000

[wal_bytes_per_order]
status = "measured"
where = "here"
[wal_bytes_per_order.values]
orders = 4000
payments = 2000
inventory = 1000
notifications = 1000
provider = 9000

[transactions_per_order]
status = "measured"
where = "here"
[transactions_per_order.values]
transaction_ids = 1.0
log_syncs = 0.5

[kafka_bytes_per_order]
status = "measured"
where = "here"
[kafka_bytes_per_order.values]
"order.events" = 400
"order.replies" = 600

[handling_us_per_order]
status = "measured"
where = "here"
[handling_us_per_order.values]
saga-orchestrator = 1000
payment-service = 500
inventory-service = 500

[row_bytes_per_order]
status = "measured"
where = "here"
[row_bytes_per_order.values]
"orders.orders" = 800
"provider.operations" = 5000

[index_bytes_per_order]
status = "measured"
where = "here"
[index_bytes_per_order.values]
"orders.orders" = 200
"provider.operations" = 5000
"""


def costs():
    return read_costs(COSTS)


def inputs(**plan):
    """The example's costs with the plan that is in the repository, changed as said."""
    return Inputs(costs(), load().entries).with_plan(**plan)
