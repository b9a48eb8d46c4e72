"""Proves that figures without origin, and shares that do not add up, are refused."""

import unittest

from inputs import load, read_costs, read_plan

GROUP = '[a]\nstatus = "{}"\nwhere = "{}"\n[a.values]\nx = {}\n'


class Costs(unittest.TestCase):
    def test_each_says_where_it_is_from(self):
        self.assertEqual(read_costs(GROUP.format("measured", "there", 1))["a"].where, "there")
        for status, where, value in (("measured", "", 1), ("guessed", "there", 1), ("measured", "there", -1)):
            with self.assertRaises(ValueError):
                read_costs(GROUP.format(status, where, value))

    def test_a_name_stands_for_what_is_below_it(self):
        cost = read_costs(GROUP.format("measured", "there", 1) + '"p.q" = 2\n"p.r" = 3\n"pq" = 4\n')["a"]
        self.assertEqual((cost.of("p"), cost.of("p.q"), cost.total), (5, 2, 10))
        with self.assertRaises(KeyError):
            cost.of("z")


class Plan(unittest.TestCase):
    def test_the_mix_is_of_all_requests(self):
        entry = '{{ value = {}, unit = "", why = "" }}'
        text = f"[mix]\na = {entry}\nb = {entry}\n"
        self.assertEqual(read_plan(text.format(0.25, 0.75))["mix.b"].value, 0.75)
        with self.assertRaises(ValueError):
            read_plan(text.format(0.25, 0.70))

    def test_the_repository_has_both(self):
        inputs = load()
        self.assertEqual(inputs.plan("workload.requests_peak"), 36_000)
        self.assertGreater(inputs.cost("cpu_us_per_order").total, 0)


if __name__ == "__main__":
    unittest.main()
