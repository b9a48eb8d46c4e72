"""Proves that values which cannot be as they are fail the render, and that the message names the key to set."""

import pathlib
import re
import shutil
import tempfile
import unittest

import chart
import yaml

# (scenario, changes, what the message says)
CONTRADICTIONS = [
    ("thin", ["global.imageRegistry="], "global.imageRegistry: "),
    ("thin", ["components.order-service.database.existingSecret="], "components.order-service.database.existingSecret: "),
    ("thin", ["components.order-service.database.existingSecret="], "components.saga-orchestrator.database.existingSecret: "),
    ("thin", ["kafka.bootstrapServers="], "kafka.bootstrapServers: "),
    ("thin", ["smtp.url="], "smtp.url: say where"),
    ("thin", ["smtp.existingSecret=mail"], "smtp.url: contradicts"),
    ("thin", ["components.payment-provider-simulator.enabled=false"], "paymentProvider.address: say where"),
    ("thin", ["paymentProvider.address=psp:443"], "components.payment-provider-simulator.enabled: contradicts"),
    ("secure", ["paymentProvider.tls.caSecret.name="], "paymentProvider.tls.caSecret.name: name the Secret"),
    ("secure", ["paymentProvider.tls.asComponent=true"], "paymentProvider.tls.asComponent: contradicts"),
    ("thin", ["paymentProvider.tls.caSecret.name=ca"], "paymentProvider.tls.caSecret.name: the simulator"),
    ("thin", ["components.payment-service.replicas=7"], "components.payment-service.replicas: 7 pods are more than the 6"),
    ("scaled", ["components.payment-service.autoscaling.maxReplicas=25"],
     "components.payment-service.autoscaling.maxReplicas: 25 pods are more than the 24 partitions"),
    ("scaled", ["components.order-service.autoscaling.minReplicas=31"], "components.order-service.autoscaling.minReplicas: "),
    ("scaled", ["components.order-service.autoscaling.cpuUtilization=0"], 
     "components.order-service.autoscaling.cpuUtilization: an HPA"),
    ("scaled", ["components.order-service.resources.requests.cpu=null"], "components.order-service.resources.requests.cpu: "),
    ("scaled", ["components.payment-service.autoscaling.keda.prometheusAddress="],
     "components.payment-service.autoscaling.keda.prometheusAddress: "),
    ("scaled", ["components.inventory-service.autoscaling.keda.lagThreshold=0"],
     "components.inventory-service.autoscaling: no trigger is left"),
    ("secure", ["components.payment-service.tls.existingSecret="], "components.payment-service.tls.existingSecret: "),
    ("secure", ["tls.clientSecret="], "tls.clientSecret: "),
    ("scaled", ["tls.enabled=false"], "tls.enabled: tls.certManager"),
    ("scaled", ["tls.certManager.issuerRef.name="], "tls.certManager.issuerRef.name: "),
    ("secure", ["postgres.tls.caSecret.name="], "components.order-service.database.caSecret: "),
    ("secure", ["postgres.tls.mode=disable"], "postgres.tls.mode: disable contradicts"),
    ("secure", ["postgres.secretKeys.uri=uri"], "postgres.host: contradicts"),
    ("secure", ["kafka.tls.enabled=false"], "kafka.tls.enabled: auth.type tls"),
    ("thin", ["kafka.tls.caSecret.name=ca"], "kafka.tls.enabled: kafka.tls.caSecret"),
    ("secure", ["kafka.auth.existingSecret="], "components.order-service.kafka.existingSecret: "),
    ("thin", ["kafka.topics.existingSecret=kafka-admin"], "kafka.topics.existingSecret: nobody logs in"),
    ("secure", ["kafka.topics.manage=none"], "kafka.topics.existingSecret: nobody logs in"),
    ("scaled", ["kafka.topics.username=admin"], "kafka.topics.existingSecret: kafka.topics.username"),
    ("operators", ["kafka.strimzi.cluster="], "kafka.strimzi.cluster: "),
    ("operators", ["kafka.auth.type=plain"], "kafka.auth.type: Strimzi"),
    ("operators", ["kafka.topics.manage=job"], "kafka.topics.manage: users made by Strimzi"),
    ("operators", ["kafka.strimzi.namespace=kafka"], "kafka.strimzi.createUsers: the Secrets"),
    ("thin", ["auth.insecureNoAuthentication=false"], "auth.issuer: the API would let everybody in"),
    ("thin", ["auth.issuer=https://id.example"], "auth.insecureNoAuthentication: contradicts"),
    ("secure", ["auth.audience="], "auth.audience: "),
    ("secure", ["auth.keys.url=https://id.example/keys"], "auth.keys.url: tokens are verified with one key set"),
    ("secure", ["auth.keys.configMap="], "auth.keys.url: tokens are verified with one key set"),
    ("secure", ["tls.enabled=false"], "tls.enabled: tokens could be read along"),
    ("secure", ["auth.testToken.existingSecret="], "auth.testToken.existingSecret: "),
    ("secure", ["auth.keys.configMap=", "auth.keys.url=https://id.example/keys"], "networkPolicy.identityProvider.to: "),
    ("secure", ["networkPolicy.postgres.to=[]"], "components.payment-service.database.networkPolicy.to: "),
    ("secure", ["networkPolicy.dns.to=[]"], "networkPolicy.dns.to: "),
    ("secure", ["networkPolicy.clients.from=[]"], "networkPolicy.clients.from: "),
    ("secure", ["networkPolicy.webhooks.from=[]"], "networkPolicy.webhooks.from: "),
    ("secure", ["networkPolicy.monitoring.from=[]", "observability.podMonitor.enabled=true"], "networkPolicy.monitoring.from: "),
    ("secure", ["tracing.endpoint=http://collector:4318"], "networkPolicy.collector.to: "),
    ("thin", ["tracing.endpoint=collector:4318"], "tracing.endpoint: collector:4318 is no"),
    ("thin", ["tracing.endpoint=http://collector:4318", "tracing.headersSecret=x"], "tracing.headersSecret: "),
    ("thin", ["tracing.headersSecret=x"], "tracing.endpoint: tracing.headersSecret and caSecret"),
    ("thin", ["tracing.endpoint=http://collector:4318", "tracing.caSecret=x"], "tracing.caSecret: "),
    ("secure", ["networkPolicy.kafka.to=[]"], "networkPolicy.kafka.to: "),
    ("secure", ["networkPolicy.smtp.to=[]"], "networkPolicy.smtp.to: "),
    ("secure", ["networkPolicy.paymentProvider.to=[]"], "networkPolicy.paymentProvider.to: "),
    ("secure", ["checker.databases.orders.existingSecret="], "checker.databases.orders.existingSecret: "),
    ("secure", ["checker.databases.provider.caSecret=", "postgres.tls.caSecret.name="], "checker.databases.provider.caSecret: "),
    ("secure", ["networkPolicy.postgres.to=[]"], "checker.databases.orders.networkPolicy.to: list"),
    ("secure", ["checker.databases.provider.networkPolicy.to=[]"], "checker.databases.provider.networkPolicy.to: the books"),
    ("secure", ["components.order-service.database.secretKeys.uri=uri"], "checker.databases.orders.host: its component takes"),
    ("scaled", ["observability.podMonitor.enabled=true"], "observability.serviceMonitor.enabled: "),
    ("secure", ["gateway.parentRefs=[]"], "gateway.parentRefs: "),
    ("secure", ["gateway.backendTls.caCertificate.name="], "gateway.backendTls.caCertificate.name: "),
    ("secure", ["paymentProvider.webhooks.existingSecret="], "paymentProvider.webhooks.existingSecret: gateway.webhooks"),
    ("scaled", ["ingress.host="], "ingress.host: "),
    ("scaled", ["ingress.tlsSecret="], "ingress.tlsSecret: "),
    ("thin", ["components.order-service.settings.ORDERFLOW_GRPC_LISTEN=x"],
     "components.order-service.settings.ORDERFLOW_GRPC_LISTEN: the chart sets it already"),
]
# What the schema says, with the path.
TYPOS = [
    ("components.order-service.replica=3", "at '/components/order-service': additional properties 'replica' not allowed"),
    ("components.orders.replicas=3", "at '/components': additional properties 'orders' not allowed"),
    ("postgres.tls.mod=require", "at '/postgres/tls': additional properties 'mod' not allowed"),
    ("defaults.lifecycle.drainSeconds=soon", "at '/defaults/lifecycle/drainSeconds': got string, want integer"),
    ("kafka.auth.type=gssapi", "at '/kafka/auth/type': value must be one of"),
    ("components.payment-service.settings.LOG_LEVEL=debug", "'LOG_LEVEL' does not match pattern '^ORDERFLOW_"),
    ("networkPolicy.kafka.ports=[0]", "at '/networkPolicy/kafka/ports/0': minimum: got 0, want 1"),
    ("kafka.topics.partitions=0", "at '/kafka/topics/partitions': minimum: got 0, want 1"),
    ("auth.keys.refreshSeconds=301", "at '/auth/keys/refreshSeconds': maximum: got 301, want 300"),
    ("fullnameOverride=a-name-that-is-much-too-long-for-it", "at '/fullnameOverride': maxLength: got 35, want 28"),
]


def refusal(scenario, changes):
    try:
        chart.render(scenario, *changes)
    except chart.Refused as refused:
        return str(refused)
    return "(rendered)"


class Values(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.refusals = [(changes, message, refusal(scenario, changes)) for scenario, changes, message in CONTRADICTIONS]

    def test_contradictions_name_the_key_to_set(self):
        for changes, message, said in self.refusals:
            with self.subTest(changes=changes):
                self.assertIn(f"- {message}", said)

    def test_every_check_of_the_chart_is_met_by_one_of_them(self):
        everything = "".join(said for _, _, said in self.refusals)
        source = "".join((chart.CHART / "templates" / name).read_text() for name in ("_validations.tpl", "_auth.tpl"))
        checker = (chart.CHART / "templates" / "_checker.tpl").read_text()
        source += checker[checker.index('define "orderflow.problemsOfTheChecker"'):]
        source = re.sub(r'(?s)define "orderflow.auth.*?end -}}', "", source)
        body = re.sub(r"\{\{/\*.*?\*/\}\}", "", source, flags=re.S)
        lines = [line for line in body.splitlines() if ": " in line and not line.startswith("{{-")]

        self.assertGreater(len(lines), 35)
        for line in lines:
            # What stands between what is filled in.
            parts = [part for part in re.split(r"\{\{.*?\}\}", line) if len(part) > 12]
            for part in parts:
                self.assertIn(part.strip(), everything)

    def test_typos_are_refused_with_their_path(self):
        for change, message in TYPOS:
            with self.subTest(change=change):
                self.assertIn(message, refusal("thin", [change]))

    def test_everything_that_is_wrong_is_said_at_once(self):
        said = refusal("thin", ["kafka.bootstrapServers=", "smtp.url=", "components.payment-service.replicas=9"])
        self.assertEqual(said.count("\n  - "), 3)


class Package(unittest.TestCase):
    def test_every_scenario_passes_strict_lint(self):
        for scenario, path in chart.SCENARIOS.items():
            with self.subTest(scenario=scenario):
                self.assertIn("0 chart(s) failed", chart.helm("lint", "--strict", str(chart.CHART), "--values", str(path)))

    # Helm hands a parent's whole `global` down, with keys that are for its other charts.
    def test_is_a_subchart_of_another_one(self):
        values = yaml.safe_load(chart.SCENARIOS["thin"].read_text())
        with tempfile.TemporaryDirectory() as folder:
            parent = pathlib.Path(folder)
            shutil.copytree(chart.CHART, parent / "charts" / "orderflow")
            (parent / "Chart.yaml").write_text("apiVersion: v2\nname: shop\nversion: 1.0.0\n")
            (parent / "values.yaml").write_text(yaml.safe_dump(
                {"orderflow": values, "global": {"storageClass": "fast", "imageRegistry": "registry.example.com"}}))
            objects = chart.Objects(chart.load(chart.helm("template", chart.RELEASE, str(parent))))

        image = chart.container(objects.deployment("order-service"))["image"]
        self.assertEqual(image, "registry.example.com/orderflow/order-service:0.1.0")

    # Files that templates read could be links, or left out by .helmignore.
    def test_renders_the_same_as_the_folder(self):
        with tempfile.TemporaryDirectory() as folder:
            chart.helm("package", str(chart.CHART), "--destination", folder)
            archive, = pathlib.Path(folder).iterdir()
            values = str(chart.SCENARIOS["scaled"])

            self.assertEqual(chart.helm("template", "shop", str(archive), "--values", values),
                             chart.helm("template", "shop", str(chart.CHART), "--values", values))


if __name__ == "__main__":
    unittest.main()
