"""Proves that what the chart takes for given (files/components.yaml) is what images, processes and code have."""

import re
import unittest

import chart


def _rows(path):
    for line in (chart.ROOT / path).read_text().splitlines():
        if line and not line.startswith("#"):
            yield line.split()


class Facts(unittest.TestCase):
    def setUp(self):
        self.facts = chart.facts()

    def test_components_are_the_processes_with_their_databases(self):
        processes = {name: (database, owner != "-") for name, _, database, _, owner in
                     _rows("deploy/local/processes.txt")}

        self.assertEqual({name: (fact["database"], fact["migrates"]) for name, fact in self.facts.items()}, processes)

    def test_ports_are_those_of_the_images(self):
        dockerfile = (chart.ROOT / "deploy/docker/Dockerfile").read_text()
        for name, fact in self.facts.items():
            stage = re.search(rf"^FROM service AS {name}$(.*?)^ENTRYPOINT", dockerfile, re.M | re.S).group(1)
            exposed = {int(port) for port in re.search(r"^EXPOSE (.*)$", stage, re.M).group(1).split()}

            ports = {fact[key] for key in ("grpcPort", "adminPort", "webhookPort") if key in fact}
            self.assertEqual(ports, exposed, name)

    def test_topics_are_those_of_the_code(self):
        header = (chart.ROOT / "libs/messaging/topics.h").read_text()
        topics = set(re.findall(r'constexpr char k\w+\[\] = "([a-z.]+)"', header))

        kafka = [fact["kafka"] for fact in self.facts.values() if "kafka" in fact]
        used = {topic for fact in kafka for topic in [*fact.get("reads", []), *fact["writes"], *([fact["topic"]] if "topic" in fact else [])]}

        self.assertEqual(used, topics | {f"{topic}.dlq" for topic in topics})

    def test_who_consumes_a_topic_may_put_its_records_aside(self):
        for name, fact in self.facts.items():
            topic = fact.get("kafka", {}).get("topic")
            if topic:
                self.assertIn(f"{topic}.dlq", fact["kafka"]["writes"], name)
                self.assertEqual(fact["kafka"]["group"], name, "groups are named like their process")

    def test_rights_to_topics_are_those_that_the_code_grants(self):
        granted = {}
        for line in (chart.ROOT / "docs/topic-rights.md").read_text().splitlines():
            if line.startswith("| `"):
                principal, *cells = [set(re.findall(r"`([^`]+)`", cell)) for cell in line.strip("|").split("|")]
                granted[principal.pop()] = cells

        self.assertEqual(
            {name: [{kafka[key] for key in ("group", "readGroup") if key in kafka},
                    {*kafka.get("reads", []), *([kafka["topic"]] if "topic" in kafka else [])},
                    {*kafka["writes"]}]
             for name, fact in self.facts.items() if (kafka := fact.get("kafka"))},
            granted)

    def test_every_setting_that_names_an_address_is_there(self):
        page = (chart.ROOT / "docs/settings.md").read_text()
        for name, fact in self.facts.items():
            section = re.search(rf"^## {name}$(.*?)(?=^## |\Z)", page, re.M | re.S).group(1)
            addresses = set(re.findall(r"`(ORDERFLOW_\w+_ADDRESS)`", section))

            self.assertEqual({call["setting"] for call in fact.get("calls", [])}, addresses, name)


if __name__ == "__main__":
    unittest.main()
