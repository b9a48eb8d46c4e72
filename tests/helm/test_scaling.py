"""Proves who owns the number of pods, that it stays within what can work, and that drains of nodes are never blocked."""

import unittest

import api_server
import chart

NAME = f"{chart.RELEASE}-orderflow-order-service"


class Autoscaling(unittest.TestCase):
    # One that names none goes to one pod until the autoscaler acts.
    def test_the_deployment_begins_with_the_fewest_pods_of_its_autoscaler(self):
        objects = chart.render("scaled")
        numbers = {component: objects.deployment(component)["spec"]["replicas"] for component in
                   ("order-service", "payment-service", "inventory-service", "saga-orchestrator")}

        self.assertEqual(numbers, {"order-service": 3, "payment-service": 2, "inventory-service": 2, "saga-orchestrator": 4})

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

    # A command, a reply and an event have a record each, so what may wait is the same for all; who packs sets it per component.
    def test_keda_counts_records(self):
        objects = chart.render("scaled", "components.notification-service.autoscaling.type=keda",
                               "components.payment-service.autoscaling.keda.lagThreshold=30",
                               "components.payment-service.autoscaling.keda.activationLagThreshold=3")

        def threshold(component):
            triggers = objects.one("ScaledObject", f"shop-orderflow-{component}")["spec"]["triggers"]
            kafka = next(t for t in triggers if t["type"] == "kafka")["metadata"]
            return kafka["lagThreshold"], kafka["activationLagThreshold"]

        self.assertEqual(threshold("payment-service"), ("30", "3"))
        self.assertEqual(threshold("notification-service"), ("1000", "100"))

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

    # TLS without a login, by an authority of the image: there is nothing to say, and an empty object would be refused.
    def test_keda_needs_no_authentication_where_there_is_none(self):
        objects = chart.render("scaled", "kafka.auth.type=none", "kafka.auth.existingSecret=")
        kafka = objects.one("ScaledObject", "shop-orderflow-payment-service")["spec"]["triggers"][0]

        self.assertFalse(objects.of("TriggerAuthentication"))
        self.assertNotIn("authenticationRef", kafka)
        self.assertEqual(kafka["metadata"]["tls"], "enable")

    def test_keda_is_given_the_authority_of_the_brokers(self):
        objects = chart.render("scaled", "kafka.auth.type=none", "kafka.auth.existingSecret=", "kafka.tls.caSecret.name=brokers")
        authentication = objects.one("TriggerAuthentication", "shop-orderflow-payment-service")["spec"]

        self.assertEqual(authentication, {"secretTargetRef": [{"parameter": "ca", "name": "brokers", "key": "ca.crt"}]})
        self.assertEqual(objects.one("ScaledObject", "shop-orderflow-payment-service")["spec"]["triggers"][0]["authenticationRef"],
                         {"name": "shop-orderflow-payment-service"})

    def test_the_metric_of_the_outbox_is_one_that_exists(self):
        query = [t for t in chart.render("scaled").one("ScaledObject", "shop-orderflow-payment-service")["spec"]["triggers"]
                 if t["type"] == "prometheus"][0]["metadata"]["query"]
        self.assertIn(f"`{query[len('max('):query.index('{')]}`", (chart.ROOT / "docs/metrics.md").read_text())

    def test_never_more_pods_than_partitions(self):
        for scenario in chart.SCENARIOS:
            objects = chart.render(scenario)
            partitions = partitions_of(objects)
            for component in [name for name, fact in chart.facts().items() if "topic" in fact.get("kafka", {})]:
                with self.subTest(scenario=scenario, component=component):
                    self.assertLessEqual(most_pods(objects, component), partitions)

    # One partition less, and one pod would stand idle.
    def test_the_bound_is_the_number_of_partitions(self):
        most = max(most_pods(chart.render("scaled"), component) for component in ("payment-service", "inventory-service"))

        self.assertEqual(partitions_of(chart.render("scaled", f"kafka.topics.partitions={most}")), most)
        with self.assertRaises(chart.Refused):
            chart.render("scaled", f"kafka.topics.partitions={most - 1}")


def partitions_of(objects):
    """As the Job or the KafkaTopics make them."""
    topics = {topic["spec"]["partitions"] for topic in objects.of("KafkaTopic")}
    topics |= {int(chart.environment(job)["ORDERFLOW_KAFKA_TOPIC_PARTITIONS"]) for job in objects.of("Job")
               if "create-topics" in job["metadata"]["name"]}
    number, = topics
    return number


def most_pods(objects, component):
    """Pods that a component may ever have."""
    name = objects.deployment(component)["metadata"]["name"]
    scaled = [found["spec"] for kind in ("ScaledObject", "HorizontalPodAutoscaler") for found in objects.of(kind)
              if found["spec"]["scaleTargetRef"]["name"] == name]
    if scaled:
        return scaled[0].get("maxReplicaCount") or scaled[0]["maxReplicas"]
    return objects.deployment(component)["spec"]["replicas"]


class LiveDeployments(unittest.TestCase):
    """Upgrades of a release whose Deployment is there already, and runs some number of pods."""

    def replicas(self, live, *managers):
        """What the Deployment of order-service (3 to 30 pods) asks for. `managers`: (name, operation, sets the number)."""
        deployment = {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {
            "name": NAME, "namespace": chart.NAMESPACE, "managedFields": [
                {"manager": manager, "operation": operation, "fieldsType": "FieldsV1",
                 "fieldsV1": {"f:spec": {"f:replicas": {}} if owns else {"f:template": {}}}}
                for manager, operation, owns in managers]}, "spec": {"replicas": live}}
        with api_server.serving([deployment], chart.render("scaled")) as kubeconfig:
            arguments = ["--dry-run=server", "--is-upgrade", "--disable-openapi-validation", "--kubeconfig", kubeconfig, "--values", str(chart.SCENARIOS["scaled"])]
            objects = chart.Objects(chart.load(chart.helm("template", chart.RELEASE, str(chart.CHART), "--namespace",
                                                          chart.NAMESPACE, *arguments)))
        return objects.deployment("order-service")["spec"].get("replicas")

    def test_an_upgrade_keeps_the_number_that_runs(self):
        self.assertEqual(self.replicas(7, ("helm", "Update", True), ("kube-controller-manager", "Update", True)), 7)
        self.assertEqual(self.replicas(7, ("helm", "Apply", True)), 7)

    def test_an_upgrade_stays_within_the_bounds_of_the_autoscaler(self):
        self.assertEqual(self.replicas(1), 3)
        self.assertEqual(self.replicas(99), 30)

    # Otherwise the server would see a conflict with the autoscaler in a rollback.
    def test_an_upgrade_leaves_a_number_alone_that_the_autoscaler_has_set(self):
        self.assertIsNone(self.replicas(7, ("helm", "Apply", False), ("kube-controller-manager", "Update", True)))


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
