"""Proves that what is printed after an install can be done: commands with options, Secrets and addresses that there are."""

import re
import unittest

import chart


def notes(scenario):
    said = chart.helm("install", chart.RELEASE, str(chart.CHART), "--namespace", chart.NAMESPACE, "--dry-run=client",
                      "--values", str(chart.SCENARIOS[scenario]))
    return said[said.index("NOTES:"):]


def calls(scenario):
    return re.findall(r"^ +(orderctl .*)$", notes(scenario), re.M)


class Notes(unittest.TestCase):
    def test_orderctl_has_every_option(self):
        sources = "".join(path.read_text() for folder in ("orderctl", "client")
                          for path in (chart.ROOT / "tools" / folder).glob("*.cc"))
        known = set(re.findall(r'"(--[a-z-]+)"', sources))
        known |= {f"--{service}-address" for service in re.findall(r'AddAddress\(app, "(\w+)"', sources)}
        for scenario in chart.SCENARIOS:
            for call in calls(scenario):
                self.assertEqual(set(re.findall(r"--[a-z-]+", call)) - known, set(), call)

    def test_calls_are_encrypted_and_say_who_calls_where_that_is_asked(self):
        self.assertFalse([call for call in calls("thin") if "--t" in call])
        for call in calls("scaled"):
            self.assertIn("--tls-authorities ca.crt --token-file token", call)

    # Everything but the order API wants a certificate of its callers.
    def test_calls_inside_show_a_certificate(self):
        for call in calls("scaled"):
            self.assertEqual("--tls-certificate tls.crt --tls-key tls.key" in call, "--order-address" not in call)

    def test_certificates_have_the_name_that_is_called(self):
        objects = chart.render("scaled")
        for call in calls("scaled"):
            component, host = re.search(r"--(order|saga)-address ([a-z0-9.]+):", call).groups()
            name = {"order": "order-service", "saga": "saga-orchestrator"}[component]
            self.assertIn(host, objects.one("Certificate", f"shop-orderflow-{name}")["spec"]["dnsNames"])

    def test_files_come_from_secrets_that_there_are(self):
        for scenario in ("scaled", "secure"):
            objects = chart.render(scenario)
            read = set().union(*(chart.secrets_of(pod) for _, pod in objects.pods()))
            named = re.findall(r"get secret (\S+) -o jsonpath='\{\.data\.(\S+?)\}'", notes(scenario))
            self.assertEqual([key.replace("\\.", ".") for _, key in named], ["ca.crt", "tls.crt", "tls.key"])
            self.assertLessEqual({secret for secret, _ in named}, read)

    def test_ports_lead_to_services_that_are_there(self):
        objects = chart.render("scaled")
        forwarded = re.findall(r"port-forward service/(\S+) (?:\d+:)?(\d+)", notes("scaled"))
        self.assertEqual(len(forwarded), 2)
        for name, port in forwarded:
            self.assertIn(int(port), [p["port"] for p in objects.one("Service", name)["spec"]["ports"]])


if __name__ == "__main__":
    unittest.main()
