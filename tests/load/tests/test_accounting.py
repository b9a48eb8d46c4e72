"""Proves that what was watched is said per order: of each process, of each batch, and in all without the customers' mail servers."""

import contextlib
import io
import unittest

import accounting
import memory

MIB = 2**20
OBSERVED = {
    "time": 10.0,
    "usage": {"kafka": [2_000_000_000, 500, 300 * MIB], "postgres": [4_000_000_000, 1000, 0], "mail": [9_000_000_000, 1, MIB]},
    "commits": 250, "row_changes": 3000, "wal_bytes": 800_000, "wal_records": 5000, "kafka_bytes": 90_000,
    "counters": {'orderflow_consumer_batch_records_sum{group="payment-service"}': 300.0,
                 'orderflow_consumer_batch_records_count{group="payment-service"}': 10.0,
                 "orderflow_order_accept_batch_orders_sum": 50.0, "orderflow_order_accept_batch_orders_count": 0.0,
                 'orderflow_outbox_published_messages_total{topic="order.events"}': 700.0,
                 "orderflow_outbox_published_records_total": 140.0},
}


def printed(function, *arguments):
    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        function(*arguments)
    return out.getvalue().splitlines()


class Accounting(unittest.TestCase):
    def test_lines_name_the_dearest_process_first(self):
        lines = printed(accounting.lines, OBSERVED, 10, "figure=saga run=1")

        self.assertEqual(lines, [
            "process: figure=saga run=1 name=mail cpu_us_per_order=90000.0 switches_per_order=0.01 mib=1",
            "process: figure=saga run=1 name=postgres cpu_us_per_order=40000.0 switches_per_order=10.00 mib=0",
            "process: figure=saga run=1 name=kafka cpu_us_per_order=20000.0 switches_per_order=5.00 mib=300",
            "batch: figure=saga run=1 name=payment-service size=30.0"])

    def test_the_sum_leaves_out_the_mail_servers(self):
        (line,) = printed(accounting.report, OBSERVED, 10)

        self.assertIn("cpu_us_per_order=60000 switches_per_order=15.0 commits_per_order=2.50", line)
        self.assertIn("kafka_messages_per_order=7.0 kafka_records_per_order=1.40 kafka_bytes_per_order=900", line)


class Memory(unittest.TestCase):
    def test_growth_is_from_after_the_warm_up_to_the_end(self):
        looks = [50 * MIB] * 2 + [100 * MIB] * 16 + [110 * MIB] * 2
        looks[10] = 130 * MIB

        self.assertEqual(memory.summary("order-service", looks),
                         "memory: name=order-service start_mib=100 end_mib=110 max_mib=130 growth=1.10 looks=20")

    def test_one_look_is_flat(self):
        self.assertIn("growth=1.00 looks=1", memory.summary("order-service", [MIB]))


if __name__ == "__main__":
    unittest.main()
