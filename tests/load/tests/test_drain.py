"""Proves what is said about a backlog that goes away."""

import unittest

import drain


def look(s, finished, stored, outbox_rows, max_mib=100):
    return {"s": str(s), "finished": str(finished), "stored": str(stored), "outbox_rows": str(outbox_rows), "max_mib": str(max_mib)}


class Drain(unittest.TestCase):
    def test_counts_orders_that_ended_against_those_that_came(self):
        looks = [look(0, 10, 1010, 9000), look(10, 20, 1110, 4000, 130), look(20, 30, 1210, 80), look(40, 1410, 1410, 3)]

        self.assertEqual(drain.evaluate(looks, 100_000),
                         "drained_per_second=35 arrived_per_second=10 ratio=3.50 outbox_messages_per_second=5000"
                         " outbox_empty_s=20 drain_s=40 max_mib=130")

    def test_an_outbox_that_never_empties_takes_the_whole_time(self):
        self.assertIn("outbox_empty_s=10 ", drain.evaluate([look(0, 0, 10, 9000), look(10, 5, 20, 8000)], 1000))


if __name__ == "__main__":
    unittest.main()
