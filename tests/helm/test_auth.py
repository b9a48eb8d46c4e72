"""Proves that components know whose tokens count, and that nobody is let in unasked unless the values say so by name."""

import unittest

import chart


def settings(scenario, component):
    variables = chart.environment(chart.render(scenario).deployment(component))
    return {name: value for name, value in variables.items() if "_AUTH_" in name or "INSECURE" in name}


class Authentication(unittest.TestCase):
    def test_every_component_verifies_tokens_with_the_same_keys(self):
        for found in chart.render("scaled").of("Deployment"):
            variables = chart.environment(found)
            self.assertEqual(variables["ORDERFLOW_AUTH_ISSUER"], "https://id.example.com")
            self.assertEqual(variables["ORDERFLOW_AUTH_AUDIENCE"], "orderflow")
            self.assertEqual(variables["ORDERFLOW_AUTH_KEYS_URL"], "https://id.example.com/keys")
            self.assertEqual(variables["ORDERFLOW_AUTH_KEYS_AUTHORITIES_FILE"], "/etc/orderflow/auth-ca/ca.crt")
            self.assertEqual(variables["ORDERFLOW_AUTH_KEYS_REFRESH_MS"], "300000")
            self.assertNotIn("ORDERFLOW_AUTH_KEYS_FILE", variables)
            self.assertNotIn("ORDERFLOW_INSECURE_NO_AUTHENTICATION", variables)

    def test_keys_may_be_a_config_map(self):
        self.assertEqual(settings("secure", "payment-service")["ORDERFLOW_AUTH_KEYS_FILE"],
                         "/etc/orderflow/auth-keys/keys.json")
        self.assertNotIn("ORDERFLOW_AUTH_KEYS_URL", settings("secure", "payment-service"))
        volumes = chart.render("secure").deployment("payment-service")["spec"]["template"]["spec"]["volumes"]
        self.assertIn({"name": "auth-keys", "configMap": {"name": "id-keys", "items": [{"key": "keys.json", "path": "keys.json"}]}},
                      volumes)

    def test_only_the_order_api_counts_the_calls_of_customers(self):
        setting = "ORDERFLOW_AUTH_CUSTOMER_CALLS_PER_SECOND"
        self.assertEqual(settings("scaled", "order-service")[setting], "1000000")
        for component in chart.facts().keys() - {"order-service"}:
            self.assertNotIn(setting, settings("scaled", component))

    # The last part of the SPIFFE id says which component calls.
    def test_components_trust_the_domain_of_their_certificates(self):
        domain = settings("scaled", "payment-service")["ORDERFLOW_AUTH_TRUST_DOMAIN"]
        for certificate in chart.render("scaled").of("Certificate"):
            component = certificate["metadata"]["labels"]["app.kubernetes.io/component"]
            self.assertEqual(certificate["spec"]["uris"], [f"spiffe://{domain}/{component}"])

    def test_without_authentication_there_is_nothing_but_the_setting_that_says_so(self):
        self.assertEqual(settings("thin", "order-service"), {"ORDERFLOW_INSECURE_NO_AUTHENTICATION": "true"})

    def test_jobs_need_none(self):
        for scenario in chart.SCENARIOS:
            for job in chart.render(scenario).of("Job"):
                self.assertFalse([name for name in chart.environment(job) if "_AUTH_" in name])

    def test_helm_test_shows_its_token(self):
        pod = chart.render("secure").one("Pod", "shop-orderflow-helm-test")
        self.assertEqual(chart.environment(pod)["ORDERFLOW_TOKEN_FILE"], "/etc/orderflow/token/token")
        self.assertIn("helm-test-token", chart.secrets_of(pod["spec"]))
        self.assertNotIn("ORDERFLOW_TOKEN_FILE", chart.environment(chart.render("thin").one("Pod", "shop-orderflow-helm-test")))


if __name__ == "__main__":
    unittest.main()
