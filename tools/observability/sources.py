"""Reads what the rules, alerts, dashboards and the page of metrics hold."""

import json
import pathlib
import re
import sys
from dataclasses import dataclass

try:
    import yaml
except ImportError:
    sys.exit("python3-yaml is missing; the rules are YAML. Run: make install")

ROOT = pathlib.Path(__file__).resolve().parents[2]
OBSERVABILITY = ROOT / "deploy" / "observability"
RUNBOOKS = ROOT / "docs" / "runbooks"
METRICS_PAGE = ROOT / "docs" / "metrics.md"

# What Prometheus adds to everything that it scrapes; the namespace on Kubernetes only.
TARGET_LABELS = {"job", "instance", "namespace"}
# Series that no process of ours exposes: the scrape's own, and kube-state-metrics' where Kubernetes runs the checker.
OF_OTHERS = {"up": set(TARGET_LABELS), "kube_job_failed": TARGET_LABELS | {"job_name", "condition"}}
_ROW = re.compile(r"^\| `(\w+)` \| (counter|gauge|histogram) \| \w+ \| ([^|]*) \|", re.MULTILINE)
_SAMPLE = re.compile(r"^([a-zA-Z_:][\w:]*)(?:\{(.*)\})? \S+(?: \d+)?$")
_LABEL = re.compile(r'(\w+)="((?:\\.|[^"\\])*)"')


@dataclass
class Expression:
    where: str  # the file, and what in it
    text: str


def relative(path):
    return str(path.relative_to(ROOT))


def read_rules(path):
    """The rules of one file."""
    document = yaml.safe_load(path.read_text())
    return [rule for group in document["groups"] for rule in group["rules"]]


def recording_rules():
    """name: expression"""
    return {rule["record"]: rule["expr"]
            for path in sorted((OBSERVABILITY / "rules").glob("*.yaml")) for rule in read_rules(path)}


def alert_files():
    return sorted((OBSERVABILITY / "alerts").glob("*.yaml"))


def dashboard_files():
    return sorted((OBSERVABILITY / "dashboards").glob("*.json"))


def panels(dashboard):
    """All panels that show something; rows only hold others."""
    for panel in dashboard["panels"]:
        if panel["type"] == "row":
            yield from panel.get("panels", [])
        else:
            yield panel


def expressions():
    """Every PromQL expression of the project."""
    for name, text in recording_rules().items():
        yield Expression(f"recording rule {name}", text)
    for path in alert_files():
        for rule in read_rules(path):
            yield Expression(relative(path), rule["expr"])
    for path in dashboard_files():
        dashboard = json.loads(path.read_text())
        for panel in panels(dashboard):
            for target in panel.get("targets", []):
                yield Expression(f"{relative(path)}, panel {panel['title']!r}", target["expr"])


def _with_histogram_series(name, labels):
    yield f"{name}_bucket", labels | {"le"}
    yield f"{name}_sum", labels
    yield f"{name}_count", labels


def documented_metrics():
    """name of a series: its labels, from the page that the binaries print."""
    found = dict(OF_OTHERS)
    for name, kind, cell in _ROW.findall(METRICS_PAGE.read_text()):
        labels = set(re.findall(r"`(\w+)`", cell)) | TARGET_LABELS
        if kind == "histogram":
            found.update(_with_histogram_series(name, labels))
        else:
            found[name] = labels
    return found


def exposed_metrics(texts):
    """The same from what processes expose, and label: values of each series. `texts`: /metrics by process."""
    labels, values = dict(OF_OTHERS), {}
    for process, text in texts.items():
        for line in text.splitlines():
            sample = None if line.startswith("#") else _SAMPLE.match(line)
            if sample is None:
                continue
            name = sample.group(1)
            labels.setdefault(name, set(TARGET_LABELS))
            values.setdefault(name, {}).setdefault("job", set()).add(process)
            for label, value in _LABEL.findall(sample.group(2) or ""):
                labels[name].add(label)
                values[name].setdefault(label, set()).add(value)
    return labels, values
