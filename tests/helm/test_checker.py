"""Proves that the checker reads every database with a login of its own, as often as the values say, and shows what it finds."""

import re
import unittest

import chart

DATABASES = ["inventory", "notifications", "orders", "payments", "provider"]


def addresses(scenario, *changes):
    """Database: the parts of its address."""
    variables = chart.environment(chart.render(scenario, *changes).one("CronJob", "shop-orderflow-checker"))
    return {name.removeprefix("ORDERFLOW_VERIFY_").removesuffix("_URL").lower():
            {part: value.strip("'") for part, value in re.findall(r"(\w+)=('[^']*'|\S+)", text)}
            for name, text in variables.items() if name.startswith("ORDERFLOW_VERIFY_")}


class Checker(unittest.TestCase):
    def test_there_is_none_unless_asked_for(self):
        self.assertFalse(chart.render("thin").of("CronJob"))

    def test_knows_every_database_that_orderctl_wants(self):
        source = (chart.ROOT / "tools/orderctl/verify_command.cc").read_text()
        wanted = {name.lower() for name in re.findall(r'check\(arguments\.\w+_url, "(\w+)"\)', source)}

        self.assertEqual(sorted(wanted), DATABASES)
        self.assertEqual(sorted(addresses("secure")), DATABASES)

    def test_reads_where_the_components_write(self):
        objects = chart.render("secure")
        for component, database in (("order-service", "orders"), ("payment-service", "payments"),
                                    ("inventory-service", "inventory"), ("notification-service", "notifications")):
            variables = chart.environment(objects.deployment(component))
            address = addresses("secure")[database]
            self.assertEqual((address["host"], address["port"], address["dbname"], address["sslmode"]),
                             tuple(variables[name] for name in ("PGHOST", "PGPORT", "PGDATABASE", "PGSSLMODE")))

    def test_does_without_the_providers_books_where_there_are_none(self):
        objects = chart.render("secure", "checker.providerBooks=false", "checker.databases.provider.existingSecret=")
        cron = objects.one("CronJob", "shop-orderflow-checker")
        arguments = cron["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"]
        variables = chart.environment(cron)

        self.assertIn("--no-provider-books", arguments)
        self.assertNotIn("ORDERFLOW_VERIFY_PROVIDER_URL", variables)
        self.assertIn("ORDERFLOW_VERIFY_PAYMENTS_URL", variables)
        with_books = chart.render("secure").one("CronJob", "shop-orderflow-checker")
        self.assertNotIn("--no-provider-books",
                         with_books["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["args"])

    def test_the_providers_books_may_be_anywhere(self):
        address = addresses("secure")["provider"]
        self.assertEqual((address["host"], address["port"], address["dbname"]), ("books.databases.svc", "5432", "books"))

    def test_logs_in_with_its_own_secret_to_each(self):
        cron = chart.render("secure").one("CronJob", "shop-orderflow-checker")
        variables = chart.environment(cron)
        for database, secret in zip(DATABASES, ("inventory-verify", "notifications-verify", "orders-verify", "payments-verify",
                                                "books-verify")):
            user, password = f"{database.upper()}_USER", f"{database.upper()}_PASSWORD"
            address = addresses("secure")[database]
            self.assertEqual((address["user"], address["password"]), (f"$({user})", f"$({password})"))
            self.assertEqual((variables[user], variables[password]), ((secret, "username"), (secret, "password")))
            # A variable may only use those before it.
            names = list(variables)
            self.assertGreater(names.index(f"ORDERFLOW_VERIFY_{database.upper()}_URL"), max(names.index(user), names.index(password)))

    def test_reads_no_secret_of_those_who_write(self):
        objects = chart.render("secure")
        logins = set().union(*({reference[0] for name, reference in chart.environment(found).items() if name == "PGPASSWORD"}
                               for found in objects.of("Deployment") + objects.of("Job")))
        for cron in objects.of("CronJob"):
            self.assertFalse(logins & chart.secrets_of(chart.pod_of(cron)))

    def test_takes_the_rest_from_its_secret(self):
        variables = chart.environment(chart.render("secure", "postgres.host=", "components.order-service.database.name=").one(
            "CronJob", "shop-orderflow-checker"))
        self.assertEqual([variables[f"ORDERS_{part}"] for part in ("HOST", "PORT", "DBNAME")],
                         [("orders-verify", key) for key in ("host", "port", "dbname")])
        self.assertIn("host='$(ORDERS_HOST)' port='$(ORDERS_PORT)' dbname='$(ORDERS_DBNAME)'", variables["ORDERFLOW_VERIFY_ORDERS_URL"])

    def test_compares_each_server_with_its_own_authority(self):
        pod = chart.pod_of(chart.render("secure").one("CronJob", "shop-orderflow-checker"))
        files = {mount["mountPath"]: next(v["secret"]["secretName"] for v in pod["volumes"] if v["name"] == mount["name"])
                 for mount in pod["containers"][0]["volumeMounts"] if mount["name"] != "state"}
        found = {database: files[address["sslrootcert"].removesuffix("/ca.crt")] for database, address in addresses("secure").items()}

        self.assertEqual(found, {**dict.fromkeys(DATABASES, "postgres-ca"), "provider": "books-ca"})

    def test_keeps_what_it_has_read_only_where_there_is_a_claim(self):
        whole, incremental = (chart.render("secure").one("CronJob", f"shop-orderflow-{name}")
                              for name in ("checker", "checker-incremental"))
        state = chart.container(whole)["args"][-1]

        self.assertEqual(chart.container(whole)["args"], ["verify", "--state", state])
        self.assertEqual(chart.container(incremental)["args"], ["verify", "--incremental", "--state", state])
        for cron in (whole, incremental):
            mount, = [m for m in chart.container(cron)["volumeMounts"] if m["name"] == "state"]
            self.assertTrue(state.startswith(mount["mountPath"] + "/"))
        alone, = chart.render("secure", "checker.incremental.existingClaim=").of("CronJob")
        self.assertEqual(chart.container(alone)["args"], ["verify"])

    # They share the state.
    def test_the_two_do_not_begin_at_the_same_time(self):
        whole, incremental = (chart.render("secure").one("CronJob", f"shop-orderflow-{name}")["spec"]["schedule"]
                              for name in ("checker", "checker-incremental"))
        self.assertEqual(incremental, "*/5 * * * *")
        self.assertNotEqual(int(whole.split()[0]) % 5, 0)

    def test_a_violation_fails_its_job_at_once(self):
        for cron in chart.render("secure").of("CronJob"):
            job = cron["spec"]["jobTemplate"]["spec"]
            rule, = job["podFailurePolicy"]["rules"]
            self.assertEqual((rule["action"], rule["onExitCodes"]["values"]), ("FailJob", [1, 2]))
            self.assertEqual(rule["onExitCodes"]["containerName"], chart.container(cron)["name"])
            self.assertEqual(cron["spec"]["concurrencyPolicy"], "Forbid")
            # The first one's log is what a person needs.
            self.assertGreaterEqual(cron["spec"]["failedJobsHistoryLimit"], 10)

    def test_may_run_as_an_account_that_exists(self):
        for cron in chart.render("secure", "checker.serviceAccount.name=readers").of("CronJob"):
            self.assertEqual(chart.pod_of(cron)["serviceAccountName"], "readers")

    def test_can_have_what_reaches_the_databases(self):
        changes = ('checker.extraInitContainers=[{"name": "proxy", "image": "proxy", "restartPolicy": "Always"}]',
                   'checker.extraEnv=[{"name": "TZ", "value": "UTC"}]', 'checker.extraVolumes=[{"name": "run", "emptyDir": {}}]',
                   'checker.extraVolumeMounts=[{"name": "run", "mountPath": "/run/proxy"}]')
        pod = chart.pod_of(chart.render("secure", *changes).one("CronJob", "shop-orderflow-checker"))

        self.assertEqual([found["name"] for found in pod["initContainers"]], ["proxy"])
        self.assertIn({"name": "run", "emptyDir": {}}, pod["volumes"])
        self.assertIn({"name": "run", "mountPath": "/run/proxy"}, pod["containers"][0]["volumeMounts"])
        self.assertIn({"name": "TZ", "value": "UTC"}, pod["containers"][0]["env"])


if __name__ == "__main__":
    unittest.main()
