"""Renders the chart with the real helm; what the tests look at."""

import functools
import os
import pathlib
import subprocess

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
CHART = ROOT / "helm" / "orderflow"
RELEASE, NAMESPACE = "shop", "orders"
# Every file of values that the chart ships; each must render, lint and be made of real types.
SCENARIOS = {path.name.removesuffix("-values.yaml"): path for path in sorted(CHART.glob("ci/*-values.yaml"))}
SCENARIOS["example"] = CHART / "examples" / "operators-values.yaml"
SCENARIOS["first-look"] = CHART / "examples" / "first-look-values.yaml"
JOB_ROLES = ("migrate-", "create-topics")


class Refused(Exception):
    """What helm said instead of rendering."""


def helm(*arguments):
    program = pathlib.Path(os.environ["ORDERFLOW_CHART_TOOLS"]) / "bin" / "helm"
    done = subprocess.run([program, *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(done.stderr + done.stdout)
    return done.stdout


def load(text):
    return [document for document in yaml.load_all(text, Loader=yaml.CSafeLoader) if document]


@functools.lru_cache(maxsize=None)
def _rendered(release, arguments):
    return load(helm("template", release, str(CHART), "--namespace", NAMESPACE, *arguments))


def render(scenario, *changes, release=RELEASE):
    """All objects of a scenario, with `--set` changes such as "tls.enabled=true"."""
    arguments = ["--values", str(SCENARIOS[scenario])]
    for change in changes:
        key, _, value = change.partition("=")
        # An empty text, lists, mappings, and texts with commas; `--set` would make null of the first, and split the last.
        arguments += ["--set-json", f'{key}=""'] if not value else ["--set-json" if value[0] in '[{"' else "--set", change]
    return Objects(_rendered(release, tuple(arguments)))


class Objects(list):
    """Rendered objects, found by kind and name."""

    def of(self, kind):
        return [found for found in self if found["kind"] == kind]

    def one(self, kind, name):
        found = [candidate for candidate in self.of(kind) if candidate["metadata"]["name"] == name]
        assert len(found) == 1, f"{len(found)} of {kind} {name}; there are {[o['metadata']['name'] for o in self.of(kind)]}"
        return found[0]

    def deployment(self, component):
        return self.one("Deployment", f"{RELEASE}-orderflow-{component}")

    def pods(self):
        """(name, pod spec) of everything that runs."""
        for found in self:
            if found["kind"] in ("Deployment", "Job", "CronJob", "Pod"):
                yield found["metadata"]["name"], pod_of(found)


def facts():
    return yaml.safe_load((CHART / "files" / "components.yaml").read_text())


def pod_of(found):
    """The pod's spec of whatever runs pods."""
    if found["kind"] == "CronJob":
        return pod_of({"kind": "Job", **found["spec"]["jobTemplate"]})
    return found["spec"].get("template", found)["spec"]


def container(found):
    return pod_of(found)["containers"][0]


def environment(found):
    """name -> value, or (secret, key) for what comes from a Secret."""
    result = {}
    for variable in container(found)["env"]:
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        result[variable["name"]] = (reference["name"], reference["key"]) if reference else variable.get("value")
    return result


def secrets_of(pod):
    """Names of the Secrets that a pod reads."""
    names = {volume["secret"]["secretName"] for volume in pod.get("volumes", []) if "secret" in volume}
    for variable in pod["containers"][0].get("env", []):
        reference = variable.get("valueFrom", {}).get("secretKeyRef")
        if reference:
            names.add(reference["name"])
    return names
