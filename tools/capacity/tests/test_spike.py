"""Proves what admission is for: with it a spike is over when it is over, without it the queue outlives it by minutes."""

import math
import unittest
from dataclasses import replace

import cell_tables
import spike
from inputs import load

SERVER = spike.Server(orders_per_second=500, api_cores=4, order_us=150, refusal_us=40, queue_seconds_max=1.5)
CLIENTS = spike.Clients(normal=300, factor=10, seconds=60, retry_after=2.0, attempts=1)


class Spike(unittest.TestCase):
    def test_what_is_within_capacity_is_neither_refused_nor_late(self):
        seen = spike.play(SERVER, replace(CLIENTS, factor=1.5))
        self.assertEqual((seen.refused_per_second, seen.given_up), (0, 0))
        self.assertAlmostEqual(seen.done_per_second, 450, delta=1)
        self.assertLess(seen.waited_max, 0.2)

    def test_goodput_stays_and_what_was_admitted_is_not_late(self):
        seen = spike.play(SERVER, CLIENTS)
        self.assertGreater(seen.done_per_second, 0.9 * SERVER.orders_per_second)
        self.assertAlmostEqual(seen.done_per_second + seen.refused_per_second, seen.offered, delta=20)
        self.assertLess(seen.waited_max, 2.0)
        self.assertLess(seen.recovery, 10)

    def test_without_admission_the_queue_outlives_the_spike(self):
        seen = spike.play(replace(SERVER, queue_seconds_max=math.inf), CLIENTS)
        self.assertGreater(seen.waited_max, 60)
        self.assertGreater(seen.recovery, 300)

    def test_clients_that_repeat_multiply_the_spike(self):
        often = spike.play(SERVER, replace(CLIENTS, attempts=4))
        self.assertGreater(often.offered, 3 * CLIENTS.normal * CLIENTS.factor)
        self.assertLess(often.recovery, 30)

    def test_refusals_can_take_all_of_a_machine_that_is_too_small(self):
        small = replace(SERVER, api_cores=0.15)
        self.assertLess(spike.play(small, replace(CLIENTS, attempts=4)).done_per_second, 0.5 * SERVER.orders_per_second)

    def test_nobody_is_lost_count_of(self):
        clients = replace(CLIENTS, attempts=3, factor=20, seconds=20)
        retries = spike.Retries(clients)
        given_up = retries.refused([10.0, 5.0, 2.0])
        self.assertEqual(given_up, 2.0)
        self.assertAlmostEqual(retries.waiting, 15.0)
        arrived = 0.0
        for _ in range(100):
            arrived += sum(retries.arriving())
            retries.step()
        self.assertAlmostEqual(arrived, 15.0)


class Plan(unittest.TestCase):
    def test_a_cell_of_the_plan_survives_ten_times_its_peak(self):
        cases = {what: (server, clients) for what, server, clients in cell_tables.spike_cases(load())}
        for what in [name for name in cases if name.startswith("a cell")]:
            server, clients = cases[what]
            seen = spike.play(server, clients)
            self.assertGreater(seen.done_per_second, 0.9 * clients.normal, what)
            self.assertLess(seen.waited_max, 5, what)
            self.assertLess(seen.recovery, 60, what)

    def test_the_measured_overload_is_within_what_the_model_says(self):
        inputs = load()
        cases = {what: (server, clients) for what, server, clients in cell_tables.spike_cases(inputs)}
        seen = spike.play(*cases["one machine with everything on it, once"])
        measured = inputs.cost("overload_per_second").of("finished")
        self.assertAlmostEqual(seen.done_per_second / measured, 1.0, delta=0.25)
        self.assertLess(seen.recovery, 10)


if __name__ == "__main__":
    unittest.main()
