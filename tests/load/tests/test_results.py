"""Proves that the results of several invocations in one file are read as the last one of each figure says."""

import unittest

import results

TEXT = """machine: memory | 24 GiB
run: figure=saga run=1 confirmed_per_second=100
run: figure=saga run=2 confirmed_per_second=200
process: figure=saga run=1 name=kafka cpu_us_per_order=10
process: figure=saga run=2 name=kafka cpu_us_per_order=30
process: figure=saga run=1 name=postgres cpu_us_per_order=40
bench-full: saga confirmed_per_second=150 runs=2
bench-full: reads failed
"""


class Results(unittest.TestCase):
    def test_finds_what_was_measured(self):
        found = results.read(TEXT)

        self.assertEqual(found.machine, {"memory": "24 GiB"})
        self.assertEqual(found.figures["saga"], {"confirmed_per_second": "150", "runs": "2"})
        self.assertEqual([line["run"] for line in found.of("run", "saga")], ["1", "2"])
        self.assertEqual(found.failed, {"reads"})
        self.assertEqual(found.of("run", "nothing"), [])

    def test_the_last_attempt_at_a_figure_counts(self):
        found = results.read(TEXT + "bench-full: cpu cpu_us_per_order=9\n"
                                    "measuring: saga\n"
                                    "run: figure=saga run=1 confirmed_per_second=300\n"
                                    "bench-full: saga confirmed_per_second=300 runs=1\n"
                                    "measuring: reads\n"
                                    "bench-full: reads reads_per_second=7\n")

        self.assertEqual(found.figures, {"saga": {"confirmed_per_second": "300", "runs": "1"},
                                         "reads": {"reads_per_second": "7"}})
        self.assertEqual([line["confirmed_per_second"] for line in found.of("run", "saga")], ["300"])
        self.assertEqual(found.of("process", "saga"), [])
        self.assertEqual(found.failed, set())

    def test_an_attempt_that_says_nothing_leaves_nothing_of_the_one_before(self):
        found = results.read(TEXT + "measuring: saga\nbench-full: saga failed\n")

        self.assertEqual(found.figures, {})
        self.assertEqual(found.failed, {"reads", "saga"})

    def test_a_figure_that_fails_after_its_result_has_failed(self):
        found = results.read(TEXT + "bench-full: saga failed\n")

        self.assertIn("saga", found.figures)
        self.assertIn("saga", found.failed)

    def test_medians_over_runs_by_group(self):
        lines = results.read(TEXT).of("process", "saga")

        self.assertEqual(results.medians(lines, "name", "cpu_us_per_order"), {"kafka": 20, "postgres": 40})

    def test_what_is_no_number_counts_as_zero(self):
        self.assertEqual(results.number({"a": "x"}, "a"), 0)
        self.assertEqual(results.number({}, "a"), 0)


if __name__ == "__main__":
    unittest.main()
