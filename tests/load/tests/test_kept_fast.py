"""Proves that what an order costs too much is found, each kind by itself, and that what was measured passes."""

import contextlib
import io
import unittest

import kept_fast

ORDERS = 6_000
# As measured.
CEILINGS = [{"server_us": 430.0, "own_us": 80.0}, {"server_us": 350.0, "own_us": 65.0}]
WORK = {"orders": ORDERS, "cpu_us_per_order": [1500.0, 1245.0, 1500.0], "batches": {"payment-service": 136.4},
        "row_changes": 22.2 * ORDERS, "wal_records": 69 * ORDERS, "wal_bytes": 12_650 * ORDERS, "commits": 0.6 * ORDERS,
        "kafka_messages": 10 * ORDERS, "kafka_records": 10 * ORDERS, "kafka_bytes": 1_290 * ORDERS}


def judged(ceilings=None, **work):
    """The exit code, and the lines."""
    output = io.StringIO()
    with contextlib.redirect_stdout(output):
        code = kept_fast.judge({**WORK, **work}, ceilings or CEILINGS)
    return code, output.getvalue().splitlines()


class JudgeTest(unittest.TestCase):
    def assert_dear(self, name, **work):
        code, lines = judged(**work)
        self.assertEqual(code, 1)
        self.assertEqual([line.split("=")[0] for line in lines if "out of bounds" in line], [f"kept fast: out of bounds: {name}"])

    def test_what_was_measured_passes(self):
        code, lines = judged()
        self.assertEqual(code, 0)
        self.assertTrue(lines[-1].startswith("kept fast: cpu_us_per_order=1245.00 ceiling_cpu_us_per_saga=415.00 cpu_ratio=3.00 "))

    def test_a_third_more_is_too_dear(self):
        for name in ("row_changes", "wal_records", "wal_bytes", "kafka_messages", "kafka_bytes"):
            with self.subTest(name):
                self.assert_dear(f"{name}_per_order", **{name: WORK[name] * 1.35})

    def test_so_are_batches_of_half_the_size(self):
        self.assert_dear("commits_per_order", commits=WORK["commits"] * 2)

    def test_so_is_more_processor_time_than_the_database_alone_accounts_for(self):
        self.assert_dear("cpu_ratio", cpu_us_per_order=[1_700.0, 1_800.0, 1_900.0])

    def test_a_slower_machine_is_not(self):
        slow = [{"server_us": 2 * top["server_us"], "own_us": 2 * top["own_us"]} for top in CEILINGS]
        self.assertEqual(judged(ceilings=slow, cpu_us_per_order=[2_490.0, 2_700.0, 3_000.0])[0], 0)

    def test_one_burst_beside_a_busy_neighbour_is_not(self):
        self.assertEqual(judged(cpu_us_per_order=[4_000.0, 1_245.0, 3_000.0])[0], 0)

    def test_one_message_more_is_too_dear(self):
        self.assert_dear("kafka_messages_per_order", kafka_messages=11 * ORDERS)


if __name__ == "__main__":
    unittest.main()
