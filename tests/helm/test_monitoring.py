"""Proves that the chart ships every rule, alert and dashboard of deploy/observability, and that scrapes fit them."""

import json
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
                for group in yaml.safe_load(path.read_text())["groups"]:
                    self.assertEqual(shipped[group["name"]], group)

    def test_runbooks_have_the_address_that_the_values_say(self):
        urls = [rule["annotations"]["runbook_url"] for group in groups() for rule in group["rules"] if "alert" in rule]

        self.assertEqual(len(urls), 21)
        for url in urls:
            self.assertTrue((chart.ROOT / url.removeprefix("https://example.com/orderflow/")).is_file(), url)


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
