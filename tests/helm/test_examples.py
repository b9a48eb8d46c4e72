"""Proves that the examples fit together: what the operators' resources make is what the values take."""

import pathlib
import unittest

import chart
import test_types
import yaml

EXAMPLES = chart.CHART / "examples"


def resources(name, kind=None):
    found = chart.load((EXAMPLES / name).read_text())
    return [resource for resource in found if kind in (None, resource["kind"])]


def secrets_in_use(objects):
    return set().union(*(chart.secrets_of(pod) for _, pod in objects.pods()))


class Operators(unittest.TestCase):
    def test_every_secret_is_made_by_an_operator_or_is_an_example(self):
        clusters = resources("cloudnative-pg.yaml")
        kafka, = resources("strimzi.yaml", "Kafka")
        objects = chart.render("example")
        made = {f"{cluster['metadata']['name']}{suffix}" for cluster in clusters for suffix in ("-app", "-ca")}
        made |= {role["passwordSecret"]["name"] for cluster in clusters for role in cluster["spec"]["managed"]["roles"]
                 if "passwordSecret" in role}
        made |= {f"{kafka['metadata']['name']}-cluster-ca-cert"}
        made |= {found["metadata"]["name"] for found in objects.of("KafkaUser")}
        made |= {found["spec"]["secretName"] for found in objects.of("Certificate")}

        self.assertEqual(secrets_in_use(objects) - made, {secret["metadata"]["name"] for secret in resources("secrets.yaml")})

    def test_example_secrets_have_the_keys_that_are_read(self):
        keys = {secret["metadata"]["name"]: set(secret["stringData"]) for secret in resources("secrets.yaml")}
        read = {name: set() for name in keys}
        for _, pod in chart.render("example").pods():
            for variable in pod["containers"][0].get("env", []):
                reference = variable.get("valueFrom", {}).get("secretKeyRef", {})
                read.get(reference.get("name"), set()).add(reference.get("key"))
            for volume in pod.get("volumes", []):
                secret = volume.get("secret", {"secretName": None, "items": []})
                read.get(secret["secretName"], set()).update(item["key"] for item in secret["items"])

        self.assertEqual(read, keys)

    def test_databases_and_hosts_are_the_clusters(self):
        clusters = {c["metadata"]["name"]: c["spec"]["bootstrap"]["initdb"]["database"] for c in resources("cloudnative-pg.yaml")}
        hosts = {chart.environment(found)["PGHOST"]: chart.environment(found)["PGDATABASE"]
                 for found in chart.render("example").of("Deployment")}

        self.assertEqual(hosts, {f"{name}-rw": database for name, database in clusters.items()})

    def test_every_cluster_has_the_group_of_the_checker_and_its_login(self):
        pod = chart.pod_of(chart.render("example").one("CronJob", "shop-orderflow-checker"))
        for cluster in resources("cloudnative-pg.yaml"):
            roles = cluster["spec"]["managed"]["roles"]
            self.assertIn({"name": "orderflow_verify", "login": False}, roles)
            login, = [role for role in roles if role["name"] == f"{cluster['spec']['bootstrap']['initdb']['database']}_verify"]
            self.assertEqual((login["login"], login["inRoles"]), (True, ["orderflow_verify"]))
            self.assertIn(login["passwordSecret"]["name"], chart.secrets_of(pod))

    def test_brokers_are_where_the_kafka_listens(self):
        kafka, = resources("strimzi.yaml", "Kafka")
        listener, = kafka["spec"]["kafka"]["listeners"]
        brokers = chart.environment(chart.render("example").deployment("order-service"))["ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS"]

        self.assertEqual(brokers, f"{kafka['metadata']['name']}-kafka-bootstrap:{listener['port']}")
        self.assertEqual(listener["authentication"]["type"], "scram-sha-512")
        for user in chart.render("example").of("KafkaUser"):
            self.assertEqual(user["metadata"]["labels"]["strimzi.io/cluster"], kafka["metadata"]["name"])


class FirstLook(unittest.TestCase):
    def setUp(self):
        self.objects = chart.render("first-look")
        self.cluster, = resources("first-look.yaml", "Cluster")

    def test_needs_no_secret_but_that_of_the_operator(self):
        self.assertEqual(secrets_in_use(self.objects), {f"{self.cluster['metadata']['name']}-app"})

    def test_every_database_is_in_the_cluster_and_belongs_to_the_login(self):
        initdb = self.cluster["spec"]["bootstrap"]["initdb"]
        databases = {initdb["database"]}
        for database in resources("first-look.yaml", "Database"):
            self.assertEqual(database["spec"]["cluster"]["name"], self.cluster["metadata"]["name"])
            self.assertEqual(database["spec"]["owner"], initdb["owner"])
            databases.add(database["spec"]["name"])

        self.assertEqual({chart.environment(found)["PGDATABASE"] for found in self.objects.of("Deployment")}, databases)
        self.assertIn({"name": "orderflow_verify", "login": False}, self.cluster["spec"]["managed"]["roles"])

    def test_brokers_are_where_the_kafka_listens(self):
        kafka, = resources("first-look.yaml", "Kafka")
        listener, = kafka["spec"]["kafka"]["listeners"]
        variables = chart.environment(self.objects.deployment("order-service"))

        self.assertEqual(variables["ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS"],
                         f"{kafka['metadata']['name']}-kafka-bootstrap:{listener['port']}")
        self.assertFalse(listener["tls"])
        pool, = resources("first-look.yaml", "KafkaNodePool")
        topics = chart.environment([job for job in self.objects.of("Job") if "topics" in job["metadata"]["name"]][0])
        self.assertLessEqual(int(topics["ORDERFLOW_KAFKA_TOPIC_REPLICATION"]), pool["spec"]["replicas"])

    def test_mails_go_to_the_catcher(self):
        service, = resources("first-look.yaml", "Service")
        url = chart.environment(self.objects.deployment("notification-service"))["ORDERFLOW_SMTP_URL"]
        self.assertEqual(url, f"smtp://{service['metadata']['name']}:{service['spec']['ports'][0]['port']}")

    # Nothing can be confirmed without a provider, and `helm test` proves that something is.
    def test_helm_test_places_orders_with_the_simulator(self):
        self.objects.deployment("payment-provider-simulator")
        pod = self.objects.one("Pod", "shop-orderflow-helm-test")
        self.assertEqual(chart.container(pod)["args"][0], "smoke")


class Types(unittest.TestCase):
    # Of the operators' own objects nobody has types here.
    def test_objects_of_kubernetes_are_right(self):
        builtin = [found for path in EXAMPLES.glob("*.yaml") if not path.name.endswith("-values.yaml")
                   for found in resources(path.name) if "." not in found["apiVersion"]]

        self.assertEqual({found["kind"] for found in builtin}, {"Secret", "Deployment", "Service"})
        self.assertEqual(test_types.check(builtin), ([], len(builtin)))

    def test_every_example_is_explained(self):
        page = (EXAMPLES / "README.md").read_text()
        for path in pathlib.Path(EXAMPLES).glob("*.yaml"):
            self.assertIn(f"[{path.name}]({path.name})", page)


if __name__ == "__main__":
    unittest.main()
