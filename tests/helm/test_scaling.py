"""Proves who owns the number of pods, that it stays within what can work, and that drains of nodes are never blocked."""

import unittest

import chart


class Autoscaling(unittest.TestCase):
    def test_the_deployment_names_no_number_while_an_autoscaler_owns_it(self):
        objects = chart.render("scaled")
        for component in ("order-service", "payment-service", "inventory-service"):
            self.assertNotIn("replicas", objects.deployment(component)["spec"])
        self.assertEqual(objects.deployment("saga-orchestrator")["spec"]["replicas"], 4)

    def test_hpa_scales_by_cpu(self):
        spec = chart.render("scaled").of("HorizontalPodAutoscaler")[0]["spec"]

        self.assertEqual(spec["scaleTargetRef"]["name"], "shop-orderflow-order-service")
        self.assertEqual((spec["minReplicas"], spec["maxReplicas"]), (3, 30))
        metric, = spec["metrics"]
        self.assertEqual(metric["resource"]["target"], {"type": "Utilization", "averageUtilization": 70})
        self.assertEqual(spec["behavior"], {"scaleDown": {"stabilizationWindowSeconds": 300}})

    def test_keda_scales_by_lag_outbox_and_cpu(self):
        triggers = {t["type"]: t for t in chart.render("scaled").one("ScaledObject", "shop-orderflow-payment-service")["spec"]["triggers"]}

        self.assertEqual(set(triggers), {"kafka", "prometheus", "cpu"})
        kafka = triggers["kafka"]["metadata"]
        self.assertEqual((kafka["topic"], kafka["consumerGroup"]), ("payment.commands", "payment-service"))
        # Poison that nobody can handle must not scale to the most there is.
        self.assertEqual(kafka["excludePersistentLag"], "true")
        self.assertEqual((kafka["tls"], kafka["sasl"]), ("enable", "scram_sha256"))
        self.assertIn('job="payment-service", namespace="orders"', triggers["prometheus"]["metadata"]["query"])

    def test_keda_can_do_without_cpu(self):
        triggers = chart.render("scaled").one("ScaledObject", "shop-orderflow-inventory-service")["spec"]["triggers"]
        self.assertEqual([t["type"] for t in triggers], ["kafka"])

    def test_keda_reads_the_lag_with_the_components_login(self):
        objects = chart.render("scaled")
        authentication = objects.one("TriggerAuthentication", "shop-orderflow-payment-service")["spec"]
        variables = chart.environment(objects.deployment("payment-service"))

        self.assertEqual({entry["parameter"] for entry in authentication["env"]}, {"username", "password"})
        for entry in authentication["env"]:
            self.assertIn(entry["name"], variables)
            self.assertEqual(entry["containerName"], chart.container(objects.deployment("payment-service"))["name"])

    def test_the_metric_of_the_outbox_is_one_that_exists(self):
        query = [t for t in chart.render("scaled").one("ScaledObject", "shop-orderflow-payment-service")["spec"]["triggers"]
                 if t["type"] == "prometheus"][0]["metadata"]["query"]
        self.assertIn(f"`{query[len('max('):query.index('{')]}`", (chart.ROOT / "docs/metrics.md").read_text())

    def test_never_more_pods_than_partitions(self):
        for scenario in chart.SCENARIOS:
            objects = chart.render(scenario)
            for scaled in objects.of("ScaledObject"):
                self.assertLessEqual(scaled["spec"]["maxReplicaCount"], 24)


class Budgets(unittest.TestCase):
    def test_a_single_pod_has_none(self):
        names = {found["metadata"]["name"] for found in chart.render("scaled").of("PodDisruptionBudget")}

        self.assertNotIn("shop-orderflow-notification-service", names)
        self.assertNotIn("shop-orderflow-payment-provider-simulator", names)
        self.assertIn("shop-orderflow-order-service", names)

    def test_an_autoscaler_that_may_go_down_to_one_has_none(self):
        objects = chart.render("scaled", "components.payment-service.autoscaling.minReplicas=1")
        self.assertNotIn("shop-orderflow-payment-service",
                         {found["metadata"]["name"] for found in objects.of("PodDisruptionBudget")})

    def test_let_one_go_at_a_time_and_never_protect_what_is_not_ready(self):
        for found in chart.render("thin").of("PodDisruptionBudget"):
            self.assertEqual(found["spec"]["maxUnavailable"], 1)
            self.assertNotIn("minAvailable", found["spec"])
            self.assertEqual(found["spec"]["unhealthyPodEvictionPolicy"], "AlwaysAllow")

    def test_select_the_pods_of_their_component(self):
        objects = chart.render("thin")
        for found in objects.of("PodDisruptionBudget"):
            deployment = objects.one("Deployment", found["metadata"]["name"])
            self.assertEqual(found["spec"]["selector"], deployment["spec"]["selector"])


if __name__ == "__main__":
    unittest.main()
