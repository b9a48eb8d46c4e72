"""Proves that a metric that only a document knows is found."""

import unittest

import doc_metrics
from tests.sample_tree import SampleTreeTest

CODE = {"libs/a.cc": 'family("orderflow_outbox_messages"); family("orderflow_rpc_duration_seconds");'}


class DocMetricsTest(SampleTreeTest):
    def findings(self, text, code=None):
        return doc_metrics.check(self.tree({"docs/a.md": text, **(code or CODE)}))

    def test_unknown_metric(self):
        self.assert_rules(self.findings("one\n`orderflow_outbox_rows` grows"), [("docs/a.md", 2, "unknown-metric")])
        self.assert_rules(self.findings('`orderflow_outbox_rows{topic="x"}`'), [("docs/a.md", 1, "unknown-metric")])

    def test_a_metric_of_a_test_does_not_count(self):
        self.assert_rules(self.findings("`orderflow_outbox_messages`", {"libs/a_test.cc": CODE["libs/a.cc"]}),
                          [("docs/a.md", 1, "unknown-metric")])

    def test_known_metrics(self):
        for text in ("`orderflow_outbox_messages`", '`orderflow_outbox_messages{topic="x"}`',
                     "`orderflow_rpc_duration_seconds_bucket`", "orderflow_in_prose", "`ORDERFLOW_SETTING`"):
            self.assertEqual(self.findings(text), [], text)


if __name__ == "__main__":
    unittest.main()
