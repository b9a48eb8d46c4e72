"""Proves that everything the chart renders is of the types that Kubernetes 1.34 and the operators define."""

import copy
import json
import os
import subprocess
import unittest

import chart


def check(objects):
    """Violations, and how many objects were looked at."""
    program = chart.ROOT / "tests" / "helm" / "types.mjs"
    done = subprocess.run(["node", program, os.environ["ORDERFLOW_CHART_TOOLS"]], input=json.dumps(objects),
                          capture_output=True, text=True, check=True)
    *violations, last = done.stdout.splitlines()
    return violations, int(last.split()[1])


class Types(unittest.TestCase):
    def test_every_object_of_every_scenario_is_right(self):
        objects = [found for scenario in chart.SCENARIOS for found in chart.render(scenario)]

        violations, checked = check(objects)

        self.assertEqual(violations, [])
        self.assertEqual(checked, len([found for found in objects if not found["kind"].startswith("Kafka")]))

    def test_the_scenarios_render_every_kind_that_the_templates_have(self):
        kinds = set()
        for path in (chart.CHART / "templates").rglob("*"):
            if path.suffix in (".yaml", ".tpl"):
                kinds |= {line.split()[1] for line in path.read_text().splitlines() if line.startswith("kind: ")}
        rendered = {found["kind"] for scenario in chart.SCENARIOS for found in chart.render(scenario)}

        # It contradicts the ServiceMonitor of the scenario, and test_monitoring looks at it.
        self.assertEqual(kinds - rendered, {"PodMonitor"})
        self.assertEqual(check(chart.render("thin", "observability.podMonitor.enabled=true").of("PodMonitor")), ([], 1))


class WhatTheTypesSee(unittest.TestCase):
    """The check itself: one thing broken at a time."""

    def broken(self, kind, change):
        found = copy.deepcopy(next(o for scenario in chart.SCENARIOS for o in chart.render(scenario).of(kind)))
        change(found)
        return check([found])[0]

    def test_a_field_that_does_not_exist(self):
        def change(deployment):
            deployment["spec"]["template"]["spec"]["containers"][0]["imgae"] = "x"
        self.assertIn("imgae", " ".join(self.broken("Deployment", change)))

    def test_a_text_where_a_number_belongs(self):
        def change(service):
            service["spec"]["ports"][0]["port"] = "http"
        self.assertIn("/spec/ports/0/port", " ".join(self.broken("Service", change)))

    def test_an_operators_object_without_what_it_needs(self):
        def change(scaled):
            del scaled["spec"]["triggers"]
        self.assertIn("triggers", " ".join(self.broken("ScaledObject", change)))


if __name__ == "__main__":
    unittest.main()
