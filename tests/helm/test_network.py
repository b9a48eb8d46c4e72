"""Proves that the rendered network policies let through what the table in docs/deploying.md lists, and nothing else.

No plugin enforces policies where the project is tested, so each flow is read from the rules themselves: a flow inside the
release must be allowed at both ends.
"""

import json
import re
import unittest

import chart

# A peer of its own for everything that the values name, so that rules can be read back.
PEERS = {"clients": "192.0.2.1/32", "operators": "192.0.2.2/32", "webhooks": "192.0.2.3/32", "monitoring": "192.0.2.4/32",
         "postgres": "192.0.2.5/32", "kafka": "192.0.2.6/32", "smtp": "192.0.2.7/32", "payment provider": "192.0.2.8/32",
         "identity provider": "192.0.2.9/32", "collector": "192.0.2.10/32"}
DNS = "dns"
# As the values have it by default.
DNS_PEER = {"namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}}}
RELEASE_LABELS = {"app.kubernetes.io/name": "orderflow", "app.kubernetes.io/instance": "shop"}
COMPONENT = "app.kubernetes.io/component"


def _changes(simulated):
    changes = ["components.payment-provider-simulator.enabled=true", "paymentProvider.address=", "paymentProvider.tls.caSecret.name=",
               "components.payment-provider-simulator.tls.existingSecret=psp-tls",
               "components.payment-provider-simulator.database={\"existingSecret\": \"provider-login\", \"name\": \"provider\"}"]
    keys = ["auth.keys.configMap=", "auth.keys.url=https://id.example/keys", "tracing.endpoint=http://collector:4318"]
    paths = {"payment provider": "paymentProvider.to", "identity provider": "identityProvider.to", "collector": "collector.to"}
    for name, block in PEERS.items():
        path = paths.get(name, f"{name}.to" if name in ("postgres", "kafka", "smtp") else f"{name}.from")
        changes.append(f'networkPolicy.{path}=[{{"ipBlock": {{"cidr": "{block}"}}}}]')
    books = [{"ipBlock": {"cidr": PEERS["postgres"]}}]
    keys.append(f"checker.databases.provider.networkPolicy.to={json.dumps(books)}")
    return keys + (changes if simulated else changes[5:])


def _roles(selector):
    labels = {key: value for key, value in selector.get("matchLabels", {}).items() if key != COMPONENT}
    assert labels == RELEASE_LABELS, f"selects pods of others: {selector}"
    roles = [selector["matchLabels"][COMPONENT]] if COMPONENT in selector["matchLabels"] else []
    for expression in selector.get("matchExpressions", []):
        assert (expression["key"], expression["operator"]) == (COMPONENT, "In")
        roles += expression["values"]
    return roles


def _peers(peers):
    """Names of a rule's peers; an empty rule would be everybody, and a peer that is not known anybody."""
    assert peers, "a rule without peers lets everybody through"
    known = {block: name for name, block in PEERS.items()}
    names = []
    for peer in peers:
        if peer == DNS_PEER:
            names.append(DNS)
        elif peer.keys() == {"ipBlock"}:
            block, = peer["ipBlock"].values()
            assert block in known, f"lets through to whom nobody has listed: {peer}"
            names.append(known[block])
        else:
            assert peer.keys() == {"podSelector"}, f"lets through to whom nobody has listed: {peer}"
            roles = _roles(peer["podSelector"])
            assert roles, "lets every pod of the release through"
            names += roles
    return names


def _flows(policies, direction):
    """(from, to, port) of all rules of a direction."""
    side = {"ingress": "from", "egress": "to"}[direction]
    for policy in policies:
        for rule in policy["spec"].get(direction, []):
            assert rule["ports"], "a rule without ports lets every port through"
            for own in _roles(policy["spec"]["podSelector"]):
                for peer in _peers(rule[side]):
                    for port in rule["ports"]:
                        yield (peer, own, port["port"]) if direction == "ingress" else (own, peer, port["port"])


def documented():
    page = (chart.ROOT / "docs/deploying.md").read_text()
    section = re.search(r"^## Network flows$(.*?)^## ", page, re.M | re.S).group(1)
    return {(source, target, int(port)) for source, target, port in
            re.findall(r"^\| \*?([a-z -]+?)\*? \| \*?([a-z -]+?)\*? \| (\d+) \|", section, re.M)}


class Flows(unittest.TestCase):
    def setUp(self):
        self.policies = [chart.render("secure", *_changes(simulated)).of("NetworkPolicy") for simulated in (True, False)]

    def allowed(self, direction):
        return {flow for policies in self.policies for flow in _flows(policies, direction)}

    def test_are_those_of_the_table(self):
        allowed = {flow for flow in self.allowed("ingress") | self.allowed("egress") if flow[1] != DNS}
        table = documented()

        self.assertEqual(allowed - table, set(), "allowed and not documented")
        self.assertEqual(table - allowed, set(), "documented and not allowed")

    def test_are_allowed_at_both_ends(self):
        def inside(flows):
            return {flow for flow in flows if flow[0] not in PEERS and flow[1] not in PEERS and flow[1] != DNS}

        self.assertEqual(inside(self.allowed("ingress")), inside(self.allowed("egress")))

    def test_every_pod_is_denied_what_is_not_listed(self):
        for policies in self.policies:
            deny, = [policy for policy in policies if policy["metadata"]["name"].endswith("default-deny")]
            self.assertEqual(deny["spec"], {"podSelector": {"matchLabels": RELEASE_LABELS},
                                            "policyTypes": ["Ingress", "Egress"]})
            for policy in policies:
                self.assertEqual(policy["spec"]["policyTypes"], ["Ingress", "Egress"])

    def test_every_pod_resolves_names(self):
        asking = {flow[0] for flow in self.allowed("egress") if flow[1:] == (DNS, 53)}
        running = set()
        for found in chart.render("secure", *_changes(True)):
            if found["kind"] in ("Deployment", "Job", "CronJob", "Pod"):
                running.add(found["metadata"]["labels"][COMPONENT])

        self.assertEqual(asking, running)

    def test_lead_to_the_port_that_each_component_connects_to(self):
        objects = chart.render("secure", *_changes(True))
        flows = [flow for flow in _flows(objects.of("NetworkPolicy"), "egress") if flow[1] == "postgres"]
        ports = {own: port for own, _, port in flows if own != "checker"}
        connecting = {found["metadata"]["labels"][COMPONENT]: int(chart.environment(found)["PGPORT"])
                      for found in objects.of("Deployment") + objects.of("Job") if "PGPORT" in chart.environment(found)}

        self.assertEqual(ports, connecting)
        self.assertEqual(set(ports.values()), {5432, 6432})
        self.assertEqual({port for own, _, port in flows if own == "checker"}, set(ports.values()))

    def test_lead_to_the_ports_of_the_addresses(self):
        def ports(peer, *changes):
            objects = chart.render("secure", *_changes(False), *changes)
            return {port for _, found, port in _flows(objects.of("NetworkPolicy"), "egress") if found == peer}

        self.assertEqual(ports("kafka", 'kafka.bootstrapServers="a:9094, b:9095,c"'), {9094, 9095, 9092})
        self.assertEqual(ports("smtp", "networkPolicy.smtp.port="), {25})
        for url, port in (("smtp://mail.example:1025", 1025), ("smtps://mail.example", 465), ("smtp://mail.example/x:7", 25)):
            self.assertEqual(ports("smtp", "networkPolicy.smtp.port=", "smtp.existingSecret=", f"smtp.url={url}"), {port})
        self.assertEqual(ports("payment provider", "paymentProvider.address=psp.example:8443"), {8443})
        self.assertEqual(ports("identity provider", "auth.keys.url=https://id.example:8443/keys"), {8443})
        self.assertEqual(ports("identity provider", "auth.keys.url=https://id.example/keys"), {443})
        self.assertEqual(ports("collector", "tracing.endpoint=http://collector:14318"), {14318})
        self.assertEqual(ports("collector", "tracing.endpoint=https://collector/otlp"), {443})
        self.assertEqual(ports("collector", "tracing.endpoint=https://collector/otlp", "networkPolicy.collector.port=4318"), {4318})

    def test_lead_to_the_port_that_the_values_say_where_a_service_hides_it(self):
        def port_of(component, *changes):
            objects = chart.render("secure", *_changes(False), "networkPolicy.postgres.port=7432", *changes)
            return {port for own, peer, port in _flows(objects.of("NetworkPolicy"), "egress")
                    if peer == "postgres" and own == component}

        self.assertEqual(port_of("payment-service"), {7432})
        self.assertEqual(port_of("payment-service", "components.payment-service.database.networkPolicy.port=8432"), {8432})

    def test_one_database_may_have_peers_of_its_own(self):
        own = [{"ipBlock": {"cidr": PEERS["smtp"]}}]
        objects = chart.render("secure", *_changes(False),
                               f"components.order-service.database.networkPolicy.to={json.dumps(own)}")
        peers = {(role, peer) for role, peer, port in _flows(objects.of("NetworkPolicy"), "egress") if port == 5432}

        # The orchestrator works on the same database.
        self.assertEqual({role for role, peer in peers if peer == "smtp"},
                         {"order-service", "saga-orchestrator", "migrate-orders", "checker"})
        self.assertIn(("inventory-service", "postgres"), peers)

    def test_there_is_none_unless_asked_for(self):
        self.assertFalse(chart.render("thin").of("NetworkPolicy"))


class WhatTheTestSees(unittest.TestCase):
    """The reading of rules itself: peers that nobody has listed."""

    def test_peers_that_are_not_known(self):
        kube_system = {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}}
        for peer in ({"ipBlock": {"cidr": "0.0.0.0/0"}}, {"namespaceSelector": {}}, {"namespaceSelector": kube_system},
                     {"podSelector": {}}, {"podSelector": {"matchLabels": {"app": "other"}}}, {"podSelector": {"matchLabels": RELEASE_LABELS}},
                     {**DNS_PEER, "podSelector": {}}, {"namespaceSelector": {}, "podSelector": {"matchLabels": RELEASE_LABELS}}):
            with self.subTest(peer=peer), self.assertRaises(AssertionError):
                _peers([peer])

    def test_no_peers_at_all(self):
        with self.assertRaises(AssertionError):
            _peers([])


if __name__ == "__main__":
    unittest.main()
