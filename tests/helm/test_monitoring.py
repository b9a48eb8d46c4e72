"""Proves that the chart ships every rule, alert and dashboard of deploy/observability, and that scrapes fit them."""

import json
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import chart
import yaml

SOURCE = chart.ROOT / "deploy" / "observability"


def groups(*changes):
    return chart.render("scaled", *changes).of("PrometheusRule")[0]["spec"]["groups"]


class Rules(unittest.TestCase):
    def test_are_all_there_but_those_left_out(self):
        files = sorted(SOURCE.glob("rules/*.yaml")) + sorted(SOURCE.glob("alerts/*.yaml"))
        wanted = [group["name"] for path in files for group in yaml.safe_load(path.read_text())["groups"]]

        self.assertEqual([group["name"] for group in groups("observability.rules.exclude=[]")], wanted)
        self.assertEqual([name for name in wanted if name != "OrderflowCheckerStale"],
                         [group["name"] for group in groups()])

    def test_are_not_changed_but_for_the_address_of_runbooks(self):
        shipped = {group["name"]: group for group in groups("observability.rules.runbookUrlPrefix=")}
        for path in sorted(SOURCE.glob("*s/*.yaml")):
            if path.parent.name in ("rules", "alerts") and path.stem != "OrderflowCheckerStale":
                text = path.read_text().replace('".+-checker', '"shop-orderflow-checker')
                for group in yaml.safe_load(text)["groups"]:
                    self.assertEqual(shipped[group["name"]], group)

    def test_runbooks_have_the_address_that_the_values_say(self):
        urls = [rule["annotations"]["runbook_url"] for group in groups() for rule in group["rules"] if "alert" in rule]

        self.assertEqual(len(urls), 21)
        for url in urls:
            self.assertTrue((chart.ROOT / url.removeprefix("https://example.com/orderflow/")).is_file(), url)


RULES = "observability.rules.enabled=true"
SUCCEEDED, CREATED = "kube_cronjob_status_last_successful_time", "kube_cronjob_created"
LAST, NEXT, SUSPENDED = "kube_cronjob_status_last_schedule_time", "kube_cronjob_next_schedule_time", "kube_cronjob_spec_suspend"
FAILED = "kube_job_failed"


@unittest.skipUnless(shutil.which("promtool"), "promtool (package prometheus) is not there")
class RulesAtWork(unittest.TestCase):
    """What the chart changes in the rules, evaluated."""

    def firing(self, objects, alert, series, minutes=120):
        """Labels, but for the severity, with which an alert fires over series (text: values each minute)."""
        groups = objects.of("PrometheusRule")[0]["spec"]["groups"]
        with tempfile.TemporaryDirectory() as folder:
            rules, case = pathlib.Path(folder) / "rules.yaml", pathlib.Path(folder) / "case.yaml"
            rules.write_text(yaml.safe_dump({"groups": groups}))
            # An alert that nobody expects is what promtool names with its labels.
            expected = [{"exp_labels": {"nobody": "expects"}}]
            case.write_text(yaml.safe_dump({
                "rule_files": [str(rules)], "evaluation_interval": "1m", "group_eval_order": [group["name"] for group in groups],
                "tests": [{"interval": "1m", "input_series": [{"series": name, "values": values} for name, values in series.items()],
                           "alert_rule_test": [{"eval_time": f"{minutes}m", "alertname": alert, "exp_alerts": expected}]}]}))
            done = subprocess.run(["promtool", "test", "rules", str(case)], capture_output=True, text=True, check=False)
        said = done.stdout + done.stderr
        self.assertIn("got:", said)
        got = said[said.index("got:"):]
        return [dict(re.findall(r'(\w+)="([^"]*)"', labels)) for labels in re.findall(r"Labels:\{(.*?)\}", got)]

    def test_all_of_them_are_valid(self):
        for scenario, changes in (("scaled", ["observability.rules.exclude=[]"]), ("secure", [RULES]),
                                  ("thin", [RULES, "components.order-service.enabled=false"])):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as rules:
                yaml.safe_dump(chart.render(scenario, *changes).of("PrometheusRule")[0]["spec"], rules)
                rules.flush()
                done = subprocess.run(["promtool", "check", "rules", rules.name], capture_output=True, text=True, check=False)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_nobody_misses_a_component_that_is_disabled(self):
        def missed(*disabled):
            objects = chart.render("thin", RULES, *(f"components.{name}.enabled=false" for name in disabled))
            found = self.firing(objects, "OrderflowProcessDown", {'up{job="saga-orchestrator",instance="s:1"}': "1x60"}, minutes=30)
            return {labels["job"] for labels in found}

        others = {"inventory-service", "payment-service", "notification-service"}
        self.assertEqual(missed(), others | {"order-service"})
        # The first line has no `or` in front.
        self.assertEqual(missed("order-service"), others)
        self.assertEqual(missed("order-service", "inventory-service"), others - {"inventory-service"})
        self.assertEqual(missed("notification-service"), others - {"notification-service"} | {"order-service"})

    def test_failed_jobs_of_the_checker_are_found_by_their_name(self):
        for changes, release in (([], "shop"), (["fullnameOverride=trade"], "shop"), ([], "production-shop-eu-west-1")):
            objects = chart.render("secure", RULES, *changes, release=release)
            for cron in objects.of("CronJob"):
                series = {f'{FAILED}{{condition="true",namespace="orders",job_name="{cron["metadata"]["name"]}-29000"}}': "1x60",
                          f'{FAILED}{{condition="true",namespace="other",job_name="spell-checker-29000"}}': "1x60"}
                found = self.firing(objects, "OrderflowCheckerFailed", series, minutes=5)
                self.assertEqual([labels["namespace"] for labels in found], ["orders"])

    def stale(self, succeeded, *, created=0, last="0x120", next_one="300x120", suspended="0x120", more=None, cron="checker"):
        """CronJobs that the alert names after two hours; times in seconds since the beginning."""
        is_it = f'{{namespace="orders",cronjob="shop-orderflow-{cron}",job="kube-state-metrics"}}'
        series = {CREATED: f"{created}x120", LAST: last, NEXT: next_one, SUSPENDED: suspended, SUCCEEDED: succeeded}
        series = {f"{name}{is_it}": values for name, values in series.items() if values}
        found = self.firing(chart.render("secure", RULES), "OrderflowCheckerStale", {**series, **(more or {})})
        return [labels["cronjob"] for labels in found]

    def test_a_cron_job_of_the_checker_that_stops_is_noticed(self):
        name = "shop-orderflow-checker"
        # Each five minutes, and now no more.
        self.assertEqual(self.stale("0+60x120", last="0+60x120", next_one="300+60x120"), [])
        self.assertEqual(self.stale("3600x120", last="3600x120", next_one="3900x120"), [name])
        self.assertEqual(self.stale("3600x120", last="0+60x120", next_one="300+60x120", cron="checker-incremental"), [f"{name}-incremental"])
        # Each night: two hours are nothing.
        self.assertEqual(self.stale("0x120", next_one="86400x120"), [])
        # Never since it was made.
        self.assertEqual(self.stale("", last="0+60x120", next_one="300+60x120"), [name])
        self.assertEqual(self.stale("7000x120", last="7000x120", next_one="", suspended="1x120"), [name])
        # Of somebody else.
        self.assertEqual(self.stale("0x120", cron="other"), [])

    def test_a_failed_run_is_not_a_stale_one_as_well(self):
        failed = {f'{FAILED}{{condition="true",namespace="orders",job_name="shop-orderflow-checker-29000"}}': "1x120"}
        self.assertEqual(self.stale("0x120", more=failed), [])


class Monitors(unittest.TestCase):
    # The rules say `job` and mean the component.
    def test_the_job_is_the_component(self):
        monitor = chart.render("scaled").of("ServiceMonitor")[0]["spec"]
        pod_monitor = chart.render("thin", "observability.podMonitor.enabled=true").of("PodMonitor")[0]["spec"]

        self.assertEqual((monitor["jobLabel"], pod_monitor["jobLabel"]), ("app.kubernetes.io/component",) * 2)

    def test_each_pod_is_scraped_by_one_service(self):
        objects = chart.render("scaled")
        monitor = objects.of("ServiceMonitor")[0]["spec"]
        wanted = monitor["selector"]["matchLabels"].items()
        scraped = [service for service in objects.of("Service") if wanted <= service["metadata"]["labels"].items()]

        self.assertEqual(len(scraped), len(objects.of("Deployment")))
        for service in scraped:
            self.assertIn(monitor["endpoints"][0]["port"], [port["name"] for port in service["spec"]["ports"]])

    def test_pods_have_the_port_that_is_scraped(self):
        objects = chart.render("thin", "observability.podMonitor.enabled=true")
        monitor = objects.of("PodMonitor")[0]["spec"]
        for found in objects.of("Deployment"):
            labels = found["spec"]["template"]["metadata"]["labels"]
            self.assertLessEqual(monitor["selector"]["matchLabels"].items(), labels.items())
            self.assertIn(monitor["podMetricsEndpoints"][0]["port"], [p["name"] for p in chart.container(found)["ports"]])

    def test_labels_of_the_values_are_there_to_be_selected_by(self):
        for kind in ("ServiceMonitor", "PrometheusRule"):
            self.assertEqual(chart.render("scaled").of(kind)[0]["metadata"]["labels"]["release"], "prometheus")


class Dashboards(unittest.TestCase):
    def test_are_the_files_word_for_word(self):
        found = {}
        for shipped in chart.render("scaled").of("ConfigMap"):
            if shipped["metadata"]["labels"].get("grafana_dashboard") == "1":
                found.update(shipped["data"])

        self.assertEqual({name: json.loads(text) for name, text in found.items()},
                         {path.name: json.loads(path.read_text()) for path in SOURCE.glob("dashboards/*.json")})


class ExtraObjects(unittest.TestCase):
    def test_are_templates(self):
        found = chart.render("scaled").one("ConfigMap", "shop-notes")
        self.assertEqual(found["metadata"]["labels"]["chart"], "orderflow")


class Labels(unittest.TestCase):
    def test_every_object_says_what_it_belongs_to(self):
        for scenario in ("secure", "operators"):
            for found in chart.render(scenario):
                labels = found["metadata"]["labels"]
                self.assertEqual(labels["app.kubernetes.io/instance"], "shop")
                self.assertIn("app.kubernetes.io/component", labels)
                self.assertEqual(found["metadata"]["namespace"], "orders")
        for found in chart.render("secure"):
            self.assertEqual(found["metadata"]["labels"]["team"], "orders")


if __name__ == "__main__":
    unittest.main()
