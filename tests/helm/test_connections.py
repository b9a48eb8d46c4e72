"""Proves that every connection is made of Secrets under whatever keys, encrypted as the values say."""

import unittest

import chart


def deployed(scenario, component, *changes):
    return chart.environment(chart.render(scenario, *changes).deployment(component))


class Postgres(unittest.TestCase):
    def test_every_part_may_come_from_the_secret(self):
        variables = deployed("thin", "order-service", "postgres.host=", "components.order-service.database.name=")

        self.assertEqual({name: value for name, value in variables.items() if name.startswith("PG")},
                         {"PGHOST": ("orders-login", "host"), "PGPORT": ("orders-login", "port"),
                          "PGDATABASE": ("orders-login", "dbname"), "PGUSER": ("orders-login", "username"),
                          "PGPASSWORD": ("orders-login", "password"), "PGSSLMODE": "disable"})

    def test_keys_have_the_names_that_the_values_say(self):
        variables = deployed("thin", "order-service", "postgres.secretKeys.username=user",
                             "components.order-service.database.secretKeys.password=pw")

        self.assertEqual(variables["PGUSER"], ("orders-login", "user"))
        self.assertEqual(variables["PGPASSWORD"], ("orders-login", "pw"))

    def test_one_key_may_hold_the_whole_address(self):
        variables = deployed("operators", "order-service")

        self.assertEqual(variables["ORDERFLOW_DATABASE_URL"], ("orders-db-app", "uri"))
        self.assertFalse({"PGHOST", "PGUSER", "PGPASSWORD"} & variables.keys())
        job = [j for j in chart.render("operators").of("Job") if "migrate-orders" in j["metadata"]["name"]][0]
        self.assertEqual(chart.environment(job)["ORDERFLOW_DATABASE_OWNER_URL"], ("orders-db-app", "uri"))

    def test_one_component_may_be_somewhere_else(self):
        self.assertEqual(deployed("secure", "payment-service")["PGHOST"], "payments.databases.svc")
        self.assertEqual(deployed("secure", "payment-service")["PGPORT"], "6432")
        self.assertEqual(deployed("secure", "order-service")["PGHOST"], "postgres.databases.svc")
        self.assertEqual(deployed("secure", "order-service")["PGPORT"], "5432")

    def test_the_orchestrator_works_on_the_order_database_with_a_login_of_its_own_if_it_has_one(self):
        self.assertEqual(deployed("thin", "saga-orchestrator")["PGUSER"], ("orders-login", "username"))
        own = deployed("secure", "saga-orchestrator")
        self.assertEqual((own["PGUSER"], own["PGDATABASE"]), (("orders-saga", "username"), "orders"))

    def test_the_server_is_compared_with_its_authority(self):
        for scenario, secret in (("secure", "postgres-ca"), ("operators", "orders-db-ca")):
            variables = deployed(scenario, "order-service")
            self.assertEqual((variables["PGSSLMODE"], variables["PGSSLROOTCERT"]),
                             ("verify-full", "/etc/orderflow/postgres/ca.crt"))
            pod = chart.render(scenario).deployment("order-service")["spec"]["template"]["spec"]
            volume = next(v for v in pod["volumes"] if v["name"] == "postgres")
            # CloudNativePG keeps the authority's private key in the same Secret.
            self.assertEqual(volume["secret"]["items"], [{"key": "ca.crt", "path": "ca.crt"}])
            self.assertEqual(volume["secret"]["secretName"], secret)

    def test_plaintext_has_to_be_asked_for(self):
        self.assertEqual(deployed("scaled", "order-service")["PGSSLMODE"], "require")


class Kafka(unittest.TestCase):
    def test_scram_takes_user_and_password_from_the_secret(self):
        variables = deployed("scaled", "payment-service")

        self.assertEqual(variables["ORDERFLOW_KAFKA_SECURITY_PROTOCOL"], "sasl_ssl")
        self.assertEqual(variables["ORDERFLOW_KAFKA_SASL_MECHANISM"], "SCRAM-SHA-256")
        self.assertEqual(variables["ORDERFLOW_KAFKA_SASL_USERNAME"], ("kafka-login", "username"))
        self.assertEqual(variables["ORDERFLOW_KAFKA_SASL_PASSWORD"], ("kafka-login", "password"))
        self.assertNotIn("ORDERFLOW_KAFKA_TLS_AUTHORITIES_FILE", variables)

    def test_strimzis_users_are_named_like_the_component_and_so_is_their_secret(self):
        objects = chart.render("operators")
        for user in objects.of("KafkaUser"):
            component = user["metadata"]["name"].removeprefix("shop-orderflow-")
            variables = chart.environment(objects.deployment(component))
            self.assertEqual(variables["ORDERFLOW_KAFKA_SASL_USERNAME"], user["metadata"]["name"])
            self.assertEqual(variables["ORDERFLOW_KAFKA_SASL_PASSWORD"], (user["metadata"]["name"], "password"))
            self.assertEqual(variables["ORDERFLOW_KAFKA_TLS_AUTHORITIES_FILE"], "/etc/orderflow/kafka-ca/ca.crt")

    def test_strimzis_users_may_do_what_their_component_does_and_no_more(self):
        for user in chart.render("operators").of("KafkaUser"):
            fact = chart.facts()[user["metadata"]["name"].removeprefix("shop-orderflow-")]["kafka"]
            allowed = {(acl["resource"]["type"], acl["resource"]["name"], operation)
                       for acl in user["spec"]["authorization"]["acls"] for operation in acl["operations"]}
            read = fact.get("reads", []) + ([fact["topic"]] if "topic" in fact else [])
            groups = [fact[key] for key in ("group", "readGroup") if key in fact]
            wanted = {("topic", name, "Read") for name in read} | {("topic", name, "Write") for name in fact["writes"]}
            wanted |= {("group", name, "Read") for name in groups}
            wanted |= {(kind, name, "Describe") for kind, name, _ in wanted}

            self.assertEqual(allowed, wanted)

    def test_client_certificates_are_mounted_under_the_names_of_the_settings(self):
        objects = chart.render("secure")

        variables = chart.environment(objects.deployment("payment-service"))
        self.assertEqual(variables["ORDERFLOW_KAFKA_SECURITY_PROTOCOL"], "ssl")
        self.assertEqual(variables["ORDERFLOW_KAFKA_TLS_CERTIFICATE_FILE"], "/etc/orderflow/kafka-user/user.crt")
        for component, secret in (("payment-service", "kafka-payment"), ("order-service", "kafka-client")):
            volumes = objects.deployment(component)["spec"]["template"]["spec"]["volumes"]
            user = next(v for v in volumes if v["name"] == "kafka-user")["secret"]
            self.assertEqual(user["secretName"], secret)
            self.assertEqual(sorted(item["key"] for item in user["items"]), ["tls.crt", "tls.key"])

    def test_the_simulator_knows_nothing_of_kafka(self):
        names = deployed("operators", "payment-provider-simulator")
        self.assertFalse([name for name in names if "KAFKA" in name])


class Tls(unittest.TestCase):
    def test_each_component_shows_its_own_certificate(self):
        objects = chart.render("secure")
        secrets = []
        for found in objects.of("Deployment"):
            self.assertEqual(chart.environment(found)["ORDERFLOW_TLS_CERTIFICATE_FILE"], "/etc/orderflow/tls/tls.crt")
            volume = next(v for v in found["spec"]["template"]["spec"]["volumes"] if v["name"] == "tls")["secret"]
            self.assertEqual([item["key"] for item in volume["items"]], ["ca.crt", "tls.crt", "tls.key"])
            secrets.append(volume["secretName"])
        self.assertEqual(len(set(secrets)), 5)

    # Files mounted one by one (subPath) stay as they were when their Secret changes.
    def test_certificates_are_renewed_in_running_pods(self):
        for scenario in chart.SCENARIOS:
            for _, pod in chart.render(scenario).pods():
                for mount in pod["containers"][0].get("volumeMounts", []):
                    self.assertNotIn("subPath", mount)

    def test_certificates_name_what_their_component_is_called_at(self):
        objects = chart.render("scaled")
        for name, fact in chart.facts().items():
            for call in fact.get("calls", []):
                host = chart.environment(objects.deployment(name))[call["setting"]].split(":")[0]
                certificate = objects.one("Certificate", f"shop-orderflow-{call['component']}")
                self.assertIn(host, certificate["spec"]["dnsNames"])
                self.assertIn("client auth", certificate["spec"]["usages"])
        self.assertEqual(objects.one("Certificate", "shop-orderflow-payment-service")["spec"]["uris"],
                         ["spiffe://orderflow.local/payment-service"])

    def test_pods_mount_the_certificates_that_are_made(self):
        objects = chart.render("scaled")
        made = {certificate["spec"]["secretName"] for certificate in objects.of("Certificate")}
        used = set().union(*(chart.secrets_of(pod) for _, pod in objects.pods()))

        self.assertEqual({name for name in used if name.endswith("-tls")}, made)

    def test_helm_test_shows_a_certificate_too(self):
        pod = chart.render("secure").one("Pod", "shop-orderflow-helm-test")["spec"]
        self.assertIn("operator-tls", chart.secrets_of(pod))


class PaymentProvider(unittest.TestCase):
    SETTING = "ORDERFLOW_PROVIDER_TLS_AUTHORITIES_FILE"

    # A stranger is shown no certificate that opens our own ports.
    def test_is_known_by_authorities_of_its_own(self):
        objects = chart.render("secure")
        pod = chart.pod_of(objects.deployment("payment-service"))
        volume, = [v["secret"] for v in pod["volumes"] if v["name"] == "provider-ca"]

        self.assertEqual(chart.environment(objects.deployment("payment-service"))[self.SETTING], "/etc/orderflow/provider-ca/ca.crt")
        self.assertEqual((volume["secretName"], volume["items"]), ("psp-ca", [{"key": "bundle.pem", "path": "ca.crt"}]))
        self.assertIn({"name": "provider-ca", "mountPath": "/etc/orderflow/provider-ca", "readOnly": True},
                      pod["containers"][0]["volumeMounts"])

    def test_is_nobody_elses_business(self):
        objects = chart.render("secure")
        for component in ("order-service", "saga-orchestrator", "inventory-service", "notification-service"):
            self.assertNotIn(self.SETTING, chart.environment(objects.deployment(component)))
            self.assertNotIn("psp-ca", chart.secrets_of(chart.pod_of(objects.deployment(component))))

    def test_is_called_like_a_component_where_it_is_one(self):
        self.assertNotIn(self.SETTING, deployed("scaled", "payment-service"))
        self.assertNotIn(self.SETTING, deployed("secure", "payment-service", "paymentProvider.tls.caSecret.name=",
                                                "paymentProvider.tls.asComponent=true"))


class Webhooks(unittest.TestCase):
    def test_simulator_and_payment_service_share_the_secret(self):
        objects = chart.render("scaled")

        receiver = chart.environment(objects.deployment("payment-service"))
        sender = chart.environment(objects.deployment("payment-provider-simulator"))
        self.assertEqual(receiver["ORDERFLOW_PAYMENT_WEBHOOK_SECRETS"], ("psp-webhooks", "webhook-secret"))
        self.assertEqual(sender["ORDERFLOW_PROVIDER_WEBHOOK_SECRET"], ("psp-webhooks", "webhook-secret"))
        self.assertEqual(sender["ORDERFLOW_PROVIDER_WEBHOOK_URL"],
                         "http://shop-orderflow-payment-service:15057/webhooks/provider")


if __name__ == "__main__":
    unittest.main()
