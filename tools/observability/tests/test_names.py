"""Proves that names, labels and values that nobody exposes are found, and lawful ones are not."""

import unittest

from names import check
from sources import Expression, exposed_metrics

TEXT = """\
# HELP orderflow_a_calls_total Calls.
# TYPE orderflow_a_calls_total counter
orderflow_a_calls_total{reason="limit",method="Get"} 3
orderflow_b_seconds_bucket{le="0.1"} 3
orderflow_b_seconds_count 4
"""


def problems(text, recordings=None):
    labels, values = exposed_metrics({"order-service": TEXT})
    return list(check([Expression("here", text)], labels, recordings or {}, values))


class Check(unittest.TestCase):
    def test_takes_what_is_exposed(self):
        self.assertEqual(problems('sum by (job, method) (rate(orderflow_a_calls_total{reason="limit"}[5m]))'), [])
        self.assertEqual(problems("histogram_quantile(0.9, sum by (le) (orderflow_b_seconds_bucket))"), [])
        self.assertEqual(problems('orderflow_a_calls_total{method="Put"}'), [], "methods come with their first call")

    def test_finds_a_metric_that_nobody_exposes(self):
        self.assertEqual(problems("rate(orderflow_c_total[5m])"), ["here: no process exposes orderflow_c_total"])

    def test_finds_a_label_that_the_metric_does_not_have(self):
        self.assertEqual(problems('orderflow_a_calls_total{kind="x"}'),
                         ["here: orderflow_a_calls_total has no label kind"])
        self.assertEqual(problems("sum by (group) (orderflow_a_calls_total)"),
                         ["here: no metric named there has the label group"])

    def test_finds_a_value_that_nobody_exposes(self):
        self.assertEqual(problems('orderflow_a_calls_total{reason="limits"}'),
                         ['here: nobody exposes orderflow_a_calls_total{reason="limits"}'])

    def test_knows_recording_rules_and_the_labels_that_they_leave(self):
        recordings = {"job:a:rate5m": "sum by (job) (rate(orderflow_a_calls_total[5m]))"}
        self.assertEqual(problems("job:a:rate5m > 1", recordings), [])
        self.assertEqual(problems('job:a:rate5m{method="Get"}', recordings), ["here: job:a:rate5m has no label method"])
        self.assertEqual(problems("job:b:rate5m > 1", recordings), ["here: no process exposes job:b:rate5m"])

    def test_says_what_it_cannot_read(self):
        self.assertEqual(len(problems("a ; b")), 1)


if __name__ == "__main__":
    unittest.main()
