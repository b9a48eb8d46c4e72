"""Proves of every pod of every scenario what each must be, and of single ones what their values ask for."""

import re
import unittest

import chart


def settings_of(process):
    page = (chart.ROOT / "docs/settings.md").read_text()
    section = re.search(rf"^## {process}$(.*?)(?=^## |\Z)", page, re.M | re.S).group(1)
    return set(re.findall(r"^\| `(ORDERFLOW_\w+)`", section, re.M))


class EveryPod(unittest.TestCase):
    def each(self, check):
        for scenario in chart.SCENARIOS:
            for name, pod in chart.render(scenario).pods():
                with self.subTest(scenario=scenario, pod=name):
                    check(pod)

    # https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted, point by point.
    def test_passes_pod_security_restricted(self):
        def check(pod):
            context = pod["securityContext"]
            self.assertTrue(context["runAsNonRoot"])
            self.assertEqual(context["runAsUser"], 10001)
            self.assertEqual(context["seccompProfile"], {"type": "RuntimeDefault"})
            self.assertFalse({"hostNetwork", "hostPID", "hostIPC", "ephemeralContainers"} & pod.keys())
            for volume in pod.get("volumes", []):
                self.assertTrue(volume.keys() & {"secret", "configMap", "emptyDir", "persistentVolumeClaim"}, volume)
            for found in pod["containers"] + pod.get("initContainers", []):
                self.assertIs(found["securityContext"]["allowPrivilegeEscalation"], False)
                self.assertEqual(found["securityContext"]["capabilities"], {"drop": ["ALL"]})
                self.assertIs(found["securityContext"]["readOnlyRootFilesystem"], True)
                self.assertNotIn("privileged", found["securityContext"])
                self.assertFalse(any("hostPort" in port for port in found.get("ports", [])))

        self.each(check)

    def test_has_no_token_and_no_variables_of_services(self):
        def check(pod):
            self.assertIs(pod["automountServiceAccountToken"], False)
            self.assertIs(pod["enableServiceLinks"], False)

        self.each(check)

    def test_asks_for_memory_and_is_limited_but_not_in_cpu(self):
        def check(pod):
            resources = pod["containers"][0]["resources"]
            self.assertIn("memory", resources["requests"])
            self.assertIn("cpu", resources["requests"])
            self.assertEqual(set(resources["limits"]), {"memory"})

        self.each(check)

    def test_sets_no_variable_twice(self):
        def check(pod):
            names = [variable["name"] for variable in pod["containers"][0]["env"]]
            self.assertEqual(len(names), len(set(names)), names)

        self.each(check)

    def test_mounts_each_of_its_volumes_and_no_other(self):
        def check(pod):
            self.assertEqual({volume["name"] for volume in pod.get("volumes", [])},
                             {mount["name"] for mount in pod["containers"][0].get("volumeMounts", [])})

        self.each(check)

    def test_refers_to_files_that_are_mounted(self):
        def check(pod):
            files = set()
            for mount in pod["containers"][0].get("volumeMounts", []):
                volume = next(v for v in pod["volumes"] if v["name"] == mount["name"])
                source = volume.get("secret") or volume.get("configMap") or {}
                files |= {f"{mount['mountPath']}/{item['path']}" for item in source.get("items", [])}
            for variable in pod["containers"][0]["env"]:
                if str(variable.get("value", "")).startswith("/etc/orderflow/"):
                    self.assertIn(variable["value"], files)

        self.each(check)

    def test_owns_its_secrets_files_by_group_and_lets_no_other_read_them(self):
        def check(pod):
            self.assertEqual(pod["securityContext"]["fsGroup"], 10001)
            for volume in pod.get("volumes", []):
                if "secret" in volume:
                    self.assertEqual(volume["secret"]["defaultMode"], 0o440)

        self.each(check)

    # A process refuses settings that it does not know.
    def test_knows_every_setting_that_it_is_given(self):
        known = {process: settings_of(process) for process in chart.facts()}
        for scenario in chart.SCENARIOS:
            for found in chart.render(scenario).of("Deployment") + chart.render(scenario).of("Job"):
                process = chart.container(found)["image"].split("/")[-1].split(":")[0].split("@")[0]
                with self.subTest(scenario=scenario, pod=found["metadata"]["name"]):
                    given = {name for name in chart.environment(found) if name.startswith("ORDERFLOW_")}
                    self.assertEqual(given - known[process], set())


class Deployment(unittest.TestCase):
    def test_probes_ask_the_admin_port_and_life_depends_on_nothing(self):
        for name, fact in chart.facts().items():
            found = chart.container(chart.render("thin").deployment(name))

            self.assertEqual(found["startupProbe"]["httpGet"], {"path": "/livez", "port": "admin"})
            self.assertEqual(found["readinessProbe"]["httpGet"], {"path": "/readyz", "port": "admin"})
            self.assertEqual(found["livenessProbe"]["httpGet"], {"path": "/livez", "port": "admin"})
            self.assertIn({"name": "admin", "containerPort": fact["adminPort"]}, found["ports"])

    def test_has_the_time_to_stop_that_its_parts_take(self):
        changes = ("components.order-service.lifecycle.preStopSeconds=7",
                   "components.order-service.lifecycle.drainSeconds=40")
        found = chart.render("thin", *changes).deployment("order-service")

        self.assertEqual(found["spec"]["template"]["spec"]["terminationGracePeriodSeconds"], 7 + 40 + 30 + 5)
        self.assertEqual(chart.environment(found)["ORDERFLOW_SHUTDOWN_GRACE_MS"], "40000")
        self.assertEqual(chart.container(found)["lifecycle"], {"preStop": {"sleep": {"seconds": 7}}})

    # The 30 s are the process's own: it ends by itself after its grace and so many seconds more.
    def test_the_time_of_the_parts_is_that_of_the_process(self):
        source = (chart.ROOT / "libs/service/process.cc").read_text()
        self.assertIn("kPartsStopTimeMax{30}", source)

    def test_takes_no_pod_away_before_its_successor_is_ready(self):
        for found in chart.render("thin").of("Deployment"):
            self.assertEqual(found["spec"]["strategy"]["rollingUpdate"], {"maxSurge": 1, "maxUnavailable": 0})

    def test_overrides_what_one_component_asks_for_and_nothing_else(self):
        objects = chart.render("thin", "components.order-service.topologySpread.enabled=false",
                               "components.order-service.replicas=5")

        self.assertNotIn("topologySpreadConstraints", objects.deployment("order-service")["spec"]["template"]["spec"])
        self.assertEqual(objects.deployment("order-service")["spec"]["replicas"], 5)
        self.assertIn("topologySpreadConstraints", objects.deployment("payment-service")["spec"]["template"]["spec"])
        self.assertEqual(objects.deployment("payment-service")["spec"]["replicas"], 2)

    def test_spreads_over_nodes_and_zones_by_its_own_labels(self):
        spec = chart.render("thin").deployment("payment-service")["spec"]
        constraints = spec["template"]["spec"]["topologySpreadConstraints"]

        self.assertEqual([c["topologyKey"] for c in constraints],
                         ["kubernetes.io/hostname", "topology.kubernetes.io/zone"])
        for constraint in constraints:
            self.assertEqual(constraint["labelSelector"]["matchLabels"], spec["selector"]["matchLabels"])

    def test_takes_other_constraints_and_containers_if_it_is_given_some(self):
        objects = chart.render("scaled")

        mails = objects.deployment("notification-service")["spec"]["template"]["spec"]
        self.assertEqual([c["topologyKey"] for c in mails["topologySpreadConstraints"]], ["example.com/rack"])
        sagas = objects.deployment("saga-orchestrator")["spec"]["template"]["spec"]
        self.assertEqual([c["name"] for c in sagas["containers"]], ["saga-orchestrator", "database-proxy"])

    def test_has_sidecars_that_start_before_it_and_end_after_it(self):
        pod = chart.render("scaled").deployment("inventory-service")["spec"]["template"]["spec"]
        sidecar, = pod["initContainers"]
        self.assertEqual((sidecar["name"], sidecar["restartPolicy"]), ("database-proxy", "Always"))

    # A new version of the chart that changes nothing about a pod must not replace it.
    def test_says_nothing_of_the_charts_version_in_its_pods(self):
        for found in chart.render("thin").of("Deployment"):
            labels = found["spec"]["template"]["metadata"]["labels"]
            self.assertFalse({"helm.sh/chart", "app.kubernetes.io/version"} & labels.keys())
            self.assertLessEqual(found["spec"]["selector"]["matchLabels"].items(), labels.items())

    def test_hands_settings_through_without_changing_them(self):
        objects = chart.render("scaled")

        order = chart.environment(objects.deployment("order-service"))
        self.assertEqual((order["ORDERFLOW_ACCEPT_WORKERS"], order["ORDERFLOW_LOG_LEVEL"]), ("4", "warning"))
        payment = chart.environment(objects.deployment("payment-service"))
        self.assertEqual(payment["ORDERFLOW_PAYMENT_RECONCILE_INTERVAL_MS"], "86400000")
        self.assertEqual(payment["TZ"], "UTC")

    def test_hands_scheduling_labels_and_accounts_through(self):
        objects = chart.render("scaled")

        template = objects.deployment("order-service")["spec"]["template"]
        self.assertEqual(template["metadata"]["labels"]["tier"], "edge")
        self.assertEqual(template["metadata"]["annotations"]["example.com/note"], "edge")
        self.assertEqual(template["spec"]["nodeSelector"], {"kubernetes.io/os": "linux"})
        self.assertEqual(template["spec"]["priorityClassName"], "important")
        self.assertEqual(objects.deployment("notification-service")["spec"]["template"]["spec"]["serviceAccountName"], "mailer")
        self.assertEqual(len(objects.of("ServiceAccount")), 5)

    def test_names_images_by_registry_and_digest(self):
        secure = chart.container(chart.render("secure").deployment("order-service"))
        self.assertEqual(secure["image"], "registry.example.com/orderflow/order-service:0.1.0")
        self.assertEqual(chart.render("secure").deployment("order-service")["spec"]["template"]["spec"]["imagePullSecrets"],
                         [{"name": "registry-login"}])
        scaled = chart.container(chart.render("scaled").deployment("order-service"))
        self.assertEqual(scaled["image"], "registry.example.com/orderflow/order-service@sha256:" + "0" * 64)

    def test_disabled_components_leave_nothing_behind(self):
        objects = chart.render("secure")
        self.assertFalse([found for found in objects if "payment-provider-simulator" in found["metadata"]["name"]])


class Services(unittest.TestCase):
    def test_components_call_each_other_at_headless_services_that_are_there(self):
        objects = chart.render("thin")
        for name, fact in chart.facts().items():
            for call in fact.get("calls", []):
                host, port = chart.environment(objects.deployment(name))[call["setting"]].split(":")
                service = objects.one("Service", host)

                self.assertEqual(service["spec"]["clusterIP"], "None")
                self.assertIn(int(port), [p["port"] for p in service["spec"]["ports"]])
                self.assertEqual(service["spec"]["selector"],
                                 objects.deployment(call["component"])["spec"]["selector"]["matchLabels"])

    def test_gateways_see_which_protocol_they_speak_to(self):
        for scenario, protocol in (("thin", "kubernetes.io/h2c"), ("secure", "https")):
            for service in chart.render(scenario).of("Service"):
                grpc = next(port for port in service["spec"]["ports"] if port["name"] == "grpc")
                self.assertEqual(grpc["appProtocol"], protocol)

    def test_the_admin_port_is_on_no_service_with_an_address(self):
        for service in chart.render("scaled").of("Service"):
            if service["spec"].get("clusterIP") != "None":
                self.assertNotIn("admin", [port["name"] for port in service["spec"]["ports"]])

    # A gateway speaks plaintext to a backend unless a policy says otherwise.
    def test_the_gateway_speaks_tls_to_services_that_do(self):
        policy, = chart.render("secure").of("BackendTLSPolicy")
        target, = policy["spec"]["targetRefs"]
        service = chart.render("secure").one("Service", target["name"])
        routed = chart.render("secure").of("GRPCRoute")[0]["spec"]["rules"][0]["backendRefs"][0]

        self.assertEqual((target["kind"], target["name"]), ("Service", routed["name"]))
        self.assertIn((target["sectionName"], routed["port"]), [(p["name"], p["port"]) for p in service["spec"]["ports"]])
        self.assertEqual(policy["spec"]["validation"]["caCertificateRefs"],
                         [{"group": "", "kind": "ConfigMap", "name": "components-ca"}])

    def test_the_gateway_expects_a_name_that_the_certificate_has(self):
        objects = chart.render("scaled", "gateway.enabled=true", 'gateway.parentRefs=[{"name": "public"}]',
                               "gateway.backendTls.caCertificate.name=ca")
        names = objects.one("Certificate", "shop-orderflow-order-service")["spec"]["dnsNames"]

        self.assertIn(objects.of("BackendTLSPolicy")[0]["spec"]["validation"]["hostname"], names)

    def test_there_is_no_policy_where_services_speak_plaintext_or_somebody_else_says_it(self):
        plain = chart.render("thin", "gateway.enabled=true", 'gateway.parentRefs=[{"name": "public"}]')
        self.assertFalse(plain.of("BackendTLSPolicy"))
        self.assertTrue(plain.of("GRPCRoute"))
        self.assertFalse(chart.render("secure", "gateway.backendTls.enabled=false").of("BackendTLSPolicy"))

    def test_routes_lead_to_the_public_api_alone(self):
        secure = chart.render("secure")
        rule, = secure.of("GRPCRoute")[0]["spec"]["rules"]
        self.assertEqual(rule["matches"], [{"method": {"service": "orderflow.order.v1.OrderService"}}])
        self.assertEqual(rule["backendRefs"], [{"name": "shop-orderflow-order-service", "port": 15051}])
        hook, = secure.of("HTTPRoute")[0]["spec"]["rules"]
        self.assertEqual(hook["matches"], [{"path": {"type": "Exact", "value": "/webhooks/provider"}, "method": "POST"}])
        self.assertEqual(hook["backendRefs"], [{"name": "shop-orderflow-payment-service", "port": 15057}])
        path, = chart.render("scaled").of("Ingress")[0]["spec"]["rules"][0]["http"]["paths"]
        self.assertEqual(path["path"], "/orderflow.order.v1.OrderService/")


class HelmTest(unittest.TestCase):
    def arguments(self, *values):
        return chart.render(*values).one("Pod", "shop-orderflow-helm-test")["spec"]["containers"][0]["args"]

    def test_places_orders_with_the_simulator_and_only_reads_with_a_real_provider(self):
        self.assertEqual(self.arguments("thin"), ["smoke", "--within", "120"])
        self.assertEqual(self.arguments("secure"), ["order", "list"])
        self.assertEqual(self.arguments("secure", "helmTest.mode=orders"), ["smoke", "--within", "120"])

    def test_finds_every_component(self):
        objects = chart.render("thin")
        variables = chart.environment(objects.one("Pod", "shop-orderflow-helm-test"))
        for variable, address in variables.items():
            objects.one("Service", address.split(":")[0])
            self.assertRegex(variable, r"^ORDERFLOW_[A-Z]+_ADDRESS$")
        self.assertEqual(len(variables), 5)

    def test_is_a_hook_that_goes_when_it_passed(self):
        annotations = chart.render("thin").one("Pod", "shop-orderflow-helm-test")["metadata"]["annotations"]
        self.assertEqual(annotations["helm.sh/hook"], "test")
        self.assertIn("hook-succeeded", annotations["helm.sh/hook-delete-policy"])


if __name__ == "__main__":
    unittest.main()
