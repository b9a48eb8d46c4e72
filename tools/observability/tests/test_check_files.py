"""Proves that each rule of check_files.py finds what breaks it, on a copy of the real files with one thing broken."""

import json
import pathlib
import shutil
import tempfile
import unittest
from unittest import mock

import check_files
import sources

ALERT, PAGE, DASHBOARD = "OrderflowOutboxOld", "outbox-old", "orderflow-money"


class CheckFiles(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        root = pathlib.Path(folder.name)
        shutil.copytree(sources.OBSERVABILITY, root / "deploy/observability")
        shutil.copytree(sources.ROOT / "docs", root / "docs")
        for name, value in {"ROOT": root, "OBSERVABILITY": root / "deploy/observability",
                            "RUNBOOKS": root / "docs/runbooks", "METRICS_PAGE": root / "docs/metrics.md"}.items():
            patch = mock.patch.object(sources, name, value)
            patch.start()
            self.addCleanup(patch.stop)
        self.alert = sources.OBSERVABILITY / "alerts" / f"{ALERT}.yaml"
        self.test = sources.OBSERVABILITY / "tests" / f"{ALERT}_test.yaml"
        self.page = sources.RUNBOOKS / f"{PAGE}.md"
        self.dashboard = sources.OBSERVABILITY / "dashboards" / f"{DASHBOARD}.json"

    def replace(self, path, old, new):
        text = path.read_text()
        self.assertIn(old, text)
        path.write_text(text.replace(old, new))

    def assert_found(self, part):
        self.assertTrue(any(part in problem for problem in check_files.check_all()), f"nobody says {part!r}")

    def change_panel(self, change):
        dashboard = json.loads(self.dashboard.read_text())
        change(next(sources.panels(dashboard)))
        self.dashboard.write_text(json.dumps(dashboard))

    def test_finds_nothing_in_the_real_files(self):
        self.assertEqual(list(check_files.check_all()), [])

    def test_alert_without_severity(self):
        self.replace(self.alert, "severity: critical", "severity: loud")
        self.assert_found("its severity is one of")

    def test_alert_in_a_file_of_another_name(self):
        self.replace(self.alert, f"alert: {ALERT}", "alert: Other")
        self.assert_found("of the file's name")

    def test_alert_without_its_value(self):
        self.replace(self.alert, "$value", "$labels.job")
        self.assert_found("a description with the value")

    def test_alert_without_an_explanation(self):
        self.alert.write_text(self.alert.read_text()[self.alert.read_text().index("groups:"):])
        self.assert_found("explains its threshold")

    def test_alert_whose_page_does_not_exist(self):
        self.replace(self.alert, PAGE, "no-such-page")
        self.assert_found("is a page of docs/runbooks")

    def test_page_that_does_not_name_its_alert(self):
        self.replace(self.page, ALERT, "OrderflowDeadLetters")
        self.assert_found(f"does not name the alert {ALERT}")
        self.assert_found("does not lead to it")

    def test_page_without_one_of_its_parts(self):
        self.replace(self.page, "## Impact", "## Effect")
        self.assert_found("has the parts")

    def test_page_without_alert_and_without_reason(self):
        self.replace(sources.RUNBOOKS / "disk-full.md", "none of ours", "nobody")
        self.assert_found("begins with 'none' and says why")

    def test_alert_without_test(self):
        self.test.unlink()
        self.assert_found("has no test")

    def test_alert_tested_in_one_direction(self):
        self.replace(self.test, "exp_alerts: []", "exp_alerts: [{}]")
        self.assert_found("fires and when it does not")

    def test_rule_that_does_not_parse(self):
        self.replace(self.alert, "> 60", "> > 60")
        self.assert_found("parse error")

    def test_metric_that_no_binary_prints(self):
        self.replace(sources.METRICS_PAGE, "orderflow_outbox_oldest_age_seconds", "orderflow_outbox_oldest_seconds")
        self.assert_found("no process exposes orderflow_outbox_oldest_age_seconds")

    def test_panel_without_unit_or_description(self):
        self.change_panel(lambda panel: panel["fieldConfig"]["defaults"].pop("unit"))
        self.assert_found("has a unit and a description")

    def test_panel_without_title(self):
        self.change_panel(lambda panel: panel.update(title=""))
        self.assert_found("each panel has a title")

    def test_panel_with_a_datasource_of_its_own(self):
        self.change_panel(lambda panel: panel["targets"][0]["datasource"].update(uid="prometheus"))
        self.assert_found("asks the datasource of the variable")

    def test_panel_with_a_link_to_nowhere(self):
        self.change_panel(lambda panel: panel["links"][0].update(url="${runbooks}docs/runbooks/none" + ".md"))
        self.assert_found("does not exist")

    def test_a_panel_that_asks_all_namespaces(self):
        self.replace(self.dashboard, r'{namespace=~\"$namespace\"}', "")
        self.assert_found("asks for the namespace of the variable")

    def test_a_namespace_that_is_no_variable(self):
        self.replace(self.dashboard, '"allValue": ".*",', "")
        self.assert_found("its namespace is a variable")

    def test_an_alert_that_was_not_tried_with_two_namespaces(self):
        self.replace(self.test, 'namespace="trade",', "")
        self.assert_found("does not hide another one")


if __name__ == "__main__":
    unittest.main()
