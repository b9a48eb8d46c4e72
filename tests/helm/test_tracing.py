"""Proves that every component knows where its spans go when a collector is named, and nothing of it otherwise."""

import unittest

import chart

COLLECTOR = ["tracing.endpoint=https://collector.example:4318", "tracing.sampleRatio=0.25", "tracing.headersSecret=collector-login",
             "tracing.caSecret=collector-ca"]


def traces(found):
    return {name: value for name, value in chart.environment(found).items() if "_TRACES_" in name}


class Tracing(unittest.TestCase):
    def test_is_off_unless_a_collector_is_named(self):
        for scenario in chart.SCENARIOS:
            for found in chart.render(scenario).of("Deployment"):
                self.assertEqual(traces(found), {})
                self.assertNotIn("traces-", str(found))

    def test_every_component_sends_its_spans_there(self):
        deployments = chart.render("thin", *COLLECTOR).of("Deployment")

        self.assertEqual(len(deployments), len(chart.render("thin").of("Deployment")))
        for found in deployments:
            self.assertEqual(traces(found), {"ORDERFLOW_TRACES_ENDPOINT": "https://collector.example:4318",
                                             "ORDERFLOW_TRACES_SAMPLE_RATIO": "0.25",
                                             "ORDERFLOW_TRACES_HEADERS_FILE": "/etc/orderflow/traces-headers/headers",
                                             "ORDERFLOW_TRACES_AUTHORITIES_FILE": "/etc/orderflow/traces-ca/ca.crt"})
            pod = found["spec"]["template"]["spec"]
            self.assertLessEqual({"collector-login", "collector-ca"}, set(chart.secrets_of(pod)))
            mounts = {mount["name"]: mount["mountPath"] for mount in pod["containers"][0]["volumeMounts"]}
            self.assertEqual(mounts["traces-headers"], "/etc/orderflow/traces-headers")
            self.assertEqual(mounts["traces-ca"], "/etc/orderflow/traces-ca")

    def test_only_the_order_api_has_callers_to_trust(self):
        release = chart.render("thin", *COLLECTOR, "tracing.trustCallers=true")
        trusting = [found["metadata"]["labels"]["app.kubernetes.io/component"] for found in release.of("Deployment")
                    if "ORDERFLOW_TRACES_TRUST_CALLERS" in traces(found)]

        self.assertEqual(trusting, ["order-service"])


if __name__ == "__main__":
    unittest.main()
