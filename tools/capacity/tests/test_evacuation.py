"""Proves that no schedule of the move accepts an order twice or loses one, and that each rule of it is needed for that."""

import unittest

import evacuation
from inputs import load

SCHEDULES = range(200)


class Protocol(unittest.TestCase):
    def test_keeps_every_order_once(self):
        for seed in SCHEDULES:
            self.assertEqual(evacuation.play(seed), [], f"seed {seed}")

    def test_each_rule_is_needed(self):
        for fault in evacuation.FAULTS:
            broken = [seed for seed in SCHEDULES if evacuation.play(seed, fault)]
            self.assertGreater(len(broken), 10, f"{fault} was noticed in {len(broken)} schedules")

    def test_schedules_differ_in_what_happens_during_the_move(self):
        during = set()
        for seed in SCHEDULES:
            world = evacuation.World(seed)
            for _ in range(60):
                world.random.choices((world.client, world.saga, world.edge, world.move), weights=(5, 5, 1, 1))[0]()
            during.add(tuple(world.steps))
        self.assertGreaterEqual(len(during), 4, "the move is caught in different places when time is up")


class Duration(unittest.TestCase):
    def test_a_slot_waits_for_its_sagas_and_its_delta_not_for_the_copy(self):
        took = evacuation.duration(load(), 2000, 1000)
        self.assertLess(took.slot_writes_unavailable, 60)
        self.assertLess(took.slot_reads_unavailable, took.slot_writes_unavailable)
        self.assertGreater(took.copy, 100 * took.slot_writes_unavailable)
        self.assertGreater(took.cell, took.copy)


if __name__ == "__main__":
    unittest.main()
