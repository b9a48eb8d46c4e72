"""Proves which words of an expression count as metrics and which as labels."""

import unittest

from promql import names_of, within_namespace


def metrics(expression):
    return [selector.metric for selector in names_of(expression).selectors]


class WithinNamespace(unittest.TestCase):
    def test_asks_every_metric_for_the_namespace(self):
        self.assertEqual(within_namespace('sum by (job) (rate(orderflow_a_total{job="$job"}[5m])) / job:a:rate5m + up'),
                         'sum by (job) (rate(orderflow_a_total{namespace=~"$namespace", job="$job"}[5m])) '
                         '/ job:a:rate5m{namespace=~"$namespace"} + up{namespace=~"$namespace"}')

    def test_leaves_the_checkers_metrics_alone(self):
        self.assertEqual(within_namespace("max(orderflow_verify_violations)"), "max(orderflow_verify_violations)")


class NamesOf(unittest.TestCase):
    def test_finds_metrics_within_functions_and_aggregations(self):
        self.assertEqual(metrics("sum by (job) (rate(a_total[5m])) / sum(b) without (le)"), ["a_total", "b"])
        self.assertEqual(metrics("histogram_quantile(0.99, sum by (le) (rate(c_bucket[5m])))"), ["c_bucket"])
        self.assertEqual(metrics("job:a:rate5m > 14.4 * 0.001 and on (job) up offset 5m"), ["job:a:rate5m", "up"])

    def test_finds_the_matchers_of_each_selector(self):
        selector, = names_of('a_total{code!="OK", method=~"Create.*"}').selectors
        self.assertEqual([(m.label, m.operator, m.value) for m in selector.matchers],
                         [("code", "!=", "OK"), ("method", "=~", "Create.*")])

    def test_keeps_grouping_labels_apart_from_metrics(self):
        names = names_of('a * on (job, instance) group_left (version) b{x="by (y)"}')
        self.assertEqual(names.grouping, {"job", "instance", "version"})
        self.assertEqual([s.metric for s in names.selectors], ["a", "b"])

    def test_knows_what_label_replace_makes(self):
        names = names_of('label_replace(vector(0), "job", "order-service", "", "")')
        self.assertEqual(names.made, {"job"})
        self.assertEqual(names.selectors, [])

    def test_understands_variables_of_dashboards(self):
        selector, = names_of('rate(a_total{job=~"$job"}[$__rate_interval])').selectors
        self.assertEqual((selector.metric, selector.matchers[0].value), ("a_total", ".+"))

    def test_refuses_what_it_does_not_know(self):
        with self.assertRaises(ValueError):
            names_of("a ; b")
        with self.assertRaises(ValueError):
            names_of('{job="x"}')


if __name__ == "__main__":
    unittest.main()
