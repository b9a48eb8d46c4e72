"""Proves that Jobs migrate each database as its owner, create topics, and can wait for nobody that waits for them."""

import re
import unittest

import chart
import yaml

DATABASES = ["inventory", "notifications", "orders", "payments", "provider"]


class MigrationJobs(unittest.TestCase):
    def test_there_is_one_for_each_database(self):
        jobs = chart.render("thin").of("Job")
        names = {f"shop-orderflow-migrate-{database}" for database in DATABASES} | {"shop-orderflow-create-topics"}

        self.assertEqual({job["metadata"]["name"] for job in jobs}, names)

    def test_runs_the_image_that_waits_for_the_schema(self):
        objects = chart.render("thin")
        for fact in chart.facts().items():
            component, migrates, database = fact[0], fact[1]["migrates"], fact[1]["database"]
            if migrates:
                job = objects.one("Job", f"shop-orderflow-migrate-{database}")
                self.assertEqual(chart.container(job)["image"], chart.container(objects.deployment(component))["image"])
                self.assertEqual(chart.container(job)["args"], ["--migrate"])

    def test_logs_in_as_the_owner_and_grants_to_the_role_of_the_pods(self):
        job = chart.environment(chart.render("thin").one("Job", "shop-orderflow-migrate-orders"))

        self.assertEqual(job["PGUSER"], ("orders-owner", "username"))
        self.assertEqual(job["PGPASSWORD"], ("orders-owner", "password"))
        self.assertEqual(job["ORDERFLOW_DATABASE_OWNER_URL"], "postgresql://")
        self.assertEqual(job["RUNTIME_ROLE"], ("orders-login", "username"))
        self.assertEqual(job["ORDERFLOW_DATABASE_URL"], "postgresql://$(RUNTIME_ROLE)@")

    def test_reads_nothing_of_the_runtime_roles_secret_but_its_name(self):
        pod = chart.render("thin").one("Job", "shop-orderflow-migrate-orders")["spec"]["template"]["spec"]
        keys = {v["valueFrom"]["secretKeyRef"]["key"] for v in pod["containers"][0]["env"]
                if v.get("valueFrom", {}).get("secretKeyRef", {}).get("name") == "orders-login"}

        self.assertEqual(keys, {"username"})

    # A variable may only use those before it.
    def test_declares_the_role_before_the_url_that_uses_it(self):
        names = list(chart.environment(chart.render("thin").one("Job", "shop-orderflow-migrate-orders")))

        self.assertLess(names.index("RUNTIME_ROLE"), names.index("ORDERFLOW_DATABASE_URL"))

    def test_owners_secrets_are_seen_by_no_pod_that_serves(self):
        for scenario in ("thin", "secure", "example"):
            objects = chart.render(scenario)
            owners = {reference[0] for job in objects.of("Job") if "migrate" in job["metadata"]["name"]
                      for name, reference in chart.environment(job).items() if name == "PGPASSWORD"}
            self.assertTrue(owners)
            for found in objects.of("Deployment"):
                self.assertFalse(owners & chart.secrets_of(found["spec"]["template"]["spec"]), found["metadata"]["name"])

    def test_connects_like_the_pods(self):
        for scenario in chart.SCENARIOS:
            objects = chart.render(scenario)
            for component, fact in chart.facts().items():
                jobs = [job for job in objects.of("Job") if f"migrate-{fact['database']}" in job["metadata"]["name"]]
                if jobs and fact["migrates"]:
                    job, pod = chart.environment(jobs[0]), chart.environment(objects.deployment(component))
                    for variable in ("PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE", "PGSSLROOTCERT"):
                        if isinstance(pod.get(variable), str) or variable.startswith("PGSSL"):
                            self.assertEqual(job.get(variable), pod.get(variable), f"{scenario} {component} {variable}")

    # What reaches the database from the component's pods must reach it from its Job.
    def test_has_what_the_components_pods_have_besides(self):
        objects = chart.render("scaled")
        job = chart.pod_of(objects.one("Job", "shop-orderflow-migrate-inventory"))
        pod = chart.pod_of(objects.deployment("inventory-service"))

        self.assertEqual(job["initContainers"], pod["initContainers"])
        self.assertIn({"name": "scratch", "emptyDir": {}}, job["volumes"])
        self.assertIn({"name": "scratch", "mountPath": "/scratch"}, job["containers"][0]["volumeMounts"])
        self.assertIn({"name": "TZ", "value": "UTC"}, job["containers"][0]["env"])

    # A container that never ends would keep the Job from ending.
    def test_has_no_container_that_runs_on(self):
        job = chart.render("scaled", 'components.inventory-service.extraContainers=[{"name": "proxy", "image": "proxy"}]').one(
            "Job", "shop-orderflow-migrate-inventory")
        self.assertEqual([found["name"] for found in chart.pod_of(job)["containers"]], ["migrate-inventory"])

    def test_can_be_left_out(self):
        jobs = chart.render("thin", "postgres.migrations.enabled=false").of("Job")
        self.assertEqual([job["metadata"]["name"] for job in jobs], ["shop-orderflow-create-topics"])


class JobsAsHooks(unittest.TestCase):
    def test_run_before_the_release_and_go_when_they_succeeded(self):
        for job in chart.render("thin").of("Job"):
            annotations = job["metadata"]["annotations"]
            self.assertEqual(annotations["helm.sh/hook"], "pre-install,pre-upgrade")
            self.assertEqual(annotations["helm.sh/hook-delete-policy"], "before-hook-creation,hook-succeeded")

    # Hooks run before any object of the release is there: not an account, not a Secret.
    def test_need_nothing_that_the_release_makes(self):
        for scenario in chart.SCENARIOS:
            objects = chart.render(scenario)
            made = {found["metadata"]["name"] for kind in ("KafkaUser", "Secret") for found in objects.of(kind)}
            made |= {found["spec"]["secretName"] for found in objects.of("Certificate")}
            for job in objects.of("Job"):
                if "annotations" in job["metadata"]:
                    pod = job["spec"]["template"]["spec"]
                    made |= {found["metadata"]["name"] for found in objects.of("ServiceAccount")}
                    self.assertNotIn(pod.get("serviceAccountName"), made)
                    self.assertFalse(chart.secrets_of(pod) & made, f"{scenario} {job['metadata']['name']}")

    # Post-install hooks wait for pods that wait for their schema.
    def test_no_hook_comes_after_the_pods(self):
        for scenario in chart.SCENARIOS:
            for found in chart.render(scenario):
                self.assertNotRegex(found["metadata"].get("annotations", {}).get("helm.sh/hook", ""), "post-")


    # Only then may a component's login to its database be the account's.
    def test_run_as_an_account_that_exists_already(self):
        def accounts(*changes):
            jobs = chart.render("thin", "components.payment-service.serviceAccount.name=payments", *changes).of("Job")
            return {job["metadata"]["labels"]["app.kubernetes.io/component"]: job["spec"]["template"]["spec"]["serviceAccountName"]
                    for job in jobs if "serviceAccountName" in job["spec"]["template"]["spec"]}

        self.assertEqual(accounts(), {})
        self.assertEqual(accounts("components.payment-service.serviceAccount.create=false"), {"migrate-payments": "payments"})
        self.assertEqual(accounts("postgres.migrations.useHelmHooks=false"), {"migrate-payments": "payments"})

    # Other pods of the release may be denied already; the policies of an older release may let through something else.
    def test_run_under_policies_of_this_release(self):
        objects = chart.render("secure")
        for job in objects.of("Job"):
            policy = objects.one("NetworkPolicy", job["metadata"]["name"])
            before, after = policy["metadata"]["annotations"], job["metadata"]["annotations"]
            self.assertEqual(before["helm.sh/hook"], after["helm.sh/hook"])
            self.assertLess(int(before["helm.sh/hook-weight"]), int(after["helm.sh/hook-weight"]))
            self.assertEqual(before["helm.sh/hook-delete-policy"], after["helm.sh/hook-delete-policy"])
            self.assertEqual(policy["spec"]["podSelector"]["matchLabels"].items() - job["spec"]["template"]["metadata"]["labels"].items(), set())
        beside = chart.render("secure", "postgres.migrations.useHelmHooks=false").of("NetworkPolicy")
        self.assertFalse([policy for policy in beside if "annotations" in policy["metadata"]])
        self.assertEqual(len(beside), len(objects.of("NetworkPolicy")))


class JobsBesideThePods(unittest.TestCase):
    def names(self, *changes):
        jobs = chart.render("thin", "postgres.migrations.useHelmHooks=false", *changes).of("Job")
        return {job["metadata"]["name"] for job in jobs}

    def test_are_no_hooks(self):
        for job in chart.render("operators").of("Job"):
            self.assertNotIn("annotations", job["metadata"])

    # A Job cannot be changed, so a changed one is another one.
    def test_have_another_name_when_their_image_or_settings_change(self):
        before = self.names()

        self.assertEqual(before, self.names("components.order-service.replicas=7"))
        self.assertFalse(before & self.names("defaults.image.tag=9.9.9"))
        self.assertFalse(before & self.names("postgres.host=other.example") - {n for n in before if "topics" in n})

    def test_end_whatever_happens(self):
        for job in chart.render("operators").of("Job"):
            spec = job["spec"]
            self.assertEqual((spec["backoffLimit"], spec["activeDeadlineSeconds"], spec["ttlSecondsAfterFinished"]),
                             (10, 900, 86400))
            self.assertEqual(spec["template"]["spec"]["restartPolicy"], "Never")

    # Helm that gives up before the Job does leaves a failed release behind while the Job still works.
    def test_end_before_helm_gives_up_as_it_is_told_to_wait(self):
        values = yaml.safe_load((chart.CHART / "values.yaml").read_text())
        deadline = values["postgres"]["migrations"]["activeDeadlineSeconds"]
        waits = [60 * int(minutes) for page in ("docs/deploying.md", "docs/upgrading.md", "helm/orderflow/README.md")
                 for minutes in re.findall(r"--wait --timeout (\d+)m", (chart.ROOT / page).read_text())]

        self.assertEqual(len(waits), 3)
        self.assertGreater(min(waits), deadline)
        test = yaml.safe_load((chart.ROOT / "tests/kubernetes/values.yaml").read_text())["postgres"]["migrations"]
        wait, = re.findall(r"^ROLLOUT_TIMEOUT=(\d+)s$", (chart.ROOT / "tests/kubernetes/lib.sh").read_text(), re.M)
        self.assertGreater(int(wait), test["activeDeadlineSeconds"])

    # Exit code 2 of our processes: wrong settings.
    def test_do_not_repeat_what_cannot_succeed(self):
        for job in chart.render("thin").of("Job"):
            rule, = job["spec"]["podFailurePolicy"]["rules"]
            self.assertEqual((rule["action"], rule["onExitCodes"]["values"]), ("FailJob", [2]))
            self.assertEqual(rule["onExitCodes"]["containerName"], chart.container(job)["name"])


class Topics(unittest.TestCase):
    def test_the_job_creates_them_as_the_values_say(self):
        job = chart.render("thin").one("Job", "shop-orderflow-create-topics")

        self.assertEqual(chart.container(job)["args"], ["--create-topics"])
        variables = chart.environment(job)
        self.assertEqual(variables["ORDERFLOW_KAFKA_TOPIC_PARTITIONS"], "6")
        self.assertEqual(variables["ORDERFLOW_KAFKA_TOPIC_REPLICATION"], "1")
        self.assertEqual(variables["ORDERFLOW_KAFKA_BOOTSTRAP_SERVERS"], "kafka.example:9092")

    def test_the_job_needs_nothing_that_leads_to_a_database(self):
        sidecar = '[{"name": "proxy", "image": "proxy", "restartPolicy": "Always"}]'
        objects = chart.render("thin", f"components.order-service.extraInitContainers={sidecar}")
        self.assertIn("initContainers", chart.pod_of(objects.one("Job", "shop-orderflow-migrate-orders")))
        self.assertNotIn("initContainers", chart.pod_of(objects.one("Job", "shop-orderflow-create-topics")))

    # docs/topic-rights.md: no component may create topics.
    def test_the_job_logs_in_as_somebody_who_may_create_them(self):
        def user_of(found):
            return next(volume["secret"]["secretName"] for volume in chart.pod_of(found)["volumes"] if volume["name"] == "kafka-user")

        objects = chart.render("secure")
        self.assertEqual(user_of(objects.one("Job", "shop-orderflow-create-topics")), "kafka-admin")
        self.assertEqual(user_of(objects.deployment("order-service")), "kafka-client")

        scram = chart.render("scaled", "kafka.topics.existingSecret=kafka-admin", "kafka.topics.username=admin")
        variables = chart.environment(scram.one("Job", "shop-orderflow-create-topics"))
        self.assertEqual(variables["ORDERFLOW_KAFKA_SASL_USERNAME"], "admin")
        self.assertEqual(variables["ORDERFLOW_KAFKA_SASL_PASSWORD"], ("kafka-admin", "password"))
        self.assertEqual(chart.environment(scram.deployment("order-service"))["ORDERFLOW_KAFKA_SASL_PASSWORD"], ("kafka-login", "password"))

    def test_strimzi_makes_the_same_ones(self):
        topics = {topic["metadata"]["name"]: topic["spec"] for topic in chart.render("operators").of("KafkaTopic")}
        source = (chart.ROOT / "libs/messaging/kafka_topics.cc").read_text()

        self.assertEqual(len(topics), 8)
        for name, spec in topics.items():
            self.assertEqual((spec["partitions"], spec["replicas"]), (12, 3))
            for setting, value in spec["config"].items():
                self.assertIn(f'"{setting}"', source, "the Job sets it as well")
            self.assertEqual(spec["config"]["min.insync.replicas"], 2)
            self.assertEqual("retention.ms" in spec["config"], name.endswith(".dlq"))

    def test_stay_when_the_release_goes(self):
        for topic in chart.render("operators").of("KafkaTopic"):
            self.assertEqual(topic["metadata"]["annotations"]["helm.sh/resource-policy"], "keep")

    def test_none_are_made_when_somebody_else_does(self):
        objects = chart.render("thin", "kafka.topics.manage=none")
        self.assertFalse([job for job in objects.of("Job") if "topics" in job["metadata"]["name"]])


if __name__ == "__main__":
    unittest.main()
