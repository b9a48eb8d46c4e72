"""Proves the arithmetic on round numbers, and that what must grow does."""

import unittest

import limits
import model
import planning
from inputs import load
from tests.example import inputs


class Work(unittest.TestCase):
    def test_orders_and_reads_are_charged_to_who_does_them(self):
        used = model.cores_used(inputs(headroom__follower_cpu=0.5), model.Rates(create=1000, watch=0, get=2000, list=0))
        self.assertAlmostEqual(used["order-service"], 0.1 + 0.1)
        self.assertAlmostEqual(used["postgres orders"], 0.2 + 0.1)
        self.assertAlmostEqual(used["postgres payments"], 0.1)
        self.assertAlmostEqual(used["kafka"], 0.2, msg="two followers, half of the leader's work each")
        self.assertNotIn("payment-provider-simulator", used, "it is not ours")

    def test_one_machine_does_what_its_cores_have_time_for(self):
        # 0.1 orders of 1,100 us, 0.55 reads of 100, 0.25 lists of 200 and 0.1 watches of 100: 225 us a request.
        self.assertAlmostEqual(model.one_machine(inputs(), 2), 2e6 / 225, places=3)

    def test_rows_are_kept_as_long_as_their_retention_says(self):
        self.assertEqual(model.retained_bytes(inputs(retention__orders=10), 100), 1000 * 100 * 10)
        self.assertEqual(model.retained_bytes(inputs(), 100, "payments"), 0, "the example has none")

    def test_the_stand_in_of_the_provider_is_in_no_sum(self):
        self.assertEqual(sum(model.wal_bytes(inputs(), 1).values()), 8000)
        self.assertEqual(sum(model.rest_bytes(inputs()).values()), 1000)


class Cells(unittest.TestCase):
    def test_there_are_enough_for_the_peak_without_those_that_are_away(self):
        need = model.cells_needed(inputs(cells__imbalance_max=1.0, cells__cells_away=1), 400)
        self.assertEqual(need["orders per second"], 9 + 1, "3,600 orders/s by 400, and one")
        self.assertEqual(need["blast radius"], 10)

    def test_every_limit_of_a_cell_holds_at_the_peak_with_one_away(self):
        for some in (load(), inputs()):
            plan = planning.made(some)
            for limit in limits.CELL:
                share = limit.use(some, plan.one.rate.all)
                self.assertLessEqual(share, 1.0 + 1e-6, f"{limit.name}: {share}")
            self.assertLessEqual(plan.one.connections, some.plan("limits.connections"))
            self.assertLessEqual(1 / plan.cells, some.plan("cells.blast_radius_max"))

    def test_dearer_orders_need_no_fewer_cells_or_cores(self):
        small, large = inputs(), inputs(mix__create=0.2, mix__get=0.45)
        self.assertGreater(planning.made(large).cells, planning.made(small).cells)
        self.assertGreater(planning.made(large).cores(large), planning.made(small).cores(small))

    def test_watches_get_the_processes_that_their_bound_asks_for(self):
        used = model.cores_used(inputs(), model.Rates(1, 1, 1, 1))
        pods = model.pods_of(inputs(limits__watches_per_process=1000), used, 4500)
        self.assertEqual(pods["order-service"], 6, "five, and one that may be away")


class Limits(unittest.TestCase):
    def test_each_is_reached_where_it_is_used_up(self):
        for some in (load(), inputs()):
            for limit in (limits.MACHINE, *limits.CELL, *limits.STRETCHED):
                requests = limits.rate_at(some, limit)
                self.assertAlmostEqual(limit.use(some, requests), 1.0, delta=0.1, msg=limit.name)
                self.assertLess(limit.use(some, requests * 0.9), 1.0, limit.name)

    def test_the_first_is_named_with_its_rate(self):
        some = inputs(limits__provider_calls=20)
        limit, requests = limits.first(some, limits.CELL)
        self.assertEqual(limit, limits.PROVIDER)
        self.assertAlmostEqual(model.rates(some, requests).create, 10, places=3)

    def test_by_hand(self):
        """Orders a second at which a limit of the example is reached."""
        some = inputs(limits__log_syncs=500, limits__replay_bytes=8e6, cells__partitions=12, headroom__partition=0.5,
                      limits__freeze_bytes=5e6, limits__broker_bytes=2e6, cells__standbys=2, limits__network_bytes=2.4e7)
        for name, orders in (("primary: log syncs", 1000), ("standby: replay of the log", 1000),
                             ("order.replies: partitions", 6000), ("inventory.commands: partitions", 12000),
                             ("inventory: the row of the hottest item", 2000), ("primary: freezing of new rows", 5000),
                             ("broker: bytes written by each of three", 2000), ("primary: network of the log", 1000)):
            limit = next(limit for limit in limits.STRETCHED if limit.name == name)
            self.assertAlmostEqual(model.rates(some, limits.rate_at(some, limit)).create, orders, delta=0.01, msg=name)

    def test_the_hottest_items_row_does_not_get_faster_by_partitions(self):
        row = next(limit for limit in limits.STRETCHED if "hottest" in limit.name)
        few, many = inputs(cells__partitions=2), inputs(cells__partitions=200)
        self.assertEqual(limits.rate_at(few, row), limits.rate_at(many, row))


class Price(unittest.TestCase):
    def test_parts_by_hand(self):
        some = inputs(prices__core_hour=1.0, prices__memory_gib_hour=0)
        plan = planning.made(some)
        parts = model.price_per_month(some, plan.one, plan.cells)
        self.assertAlmostEqual(parts["cores"], plan.cores(some) * 730)
        self.assertEqual(parts["memory"], 0)


if __name__ == "__main__":
    unittest.main()
