#!/usr/bin/env python3
"""Checks the files of deploy/observability without a running stack.

Rules parse (promtool); one alert per file, with severity, summary, description and an existing runbook of the
four parts that names it; each runbook has an alert or says why not; each alert has a test in both directions;
each panel has a title, a unit, a description; every metric and label that is named stands in docs/metrics.md.
What processes really expose is check_live.py's business.
"""

import json
import re
import subprocess
import sys

import names
import sources
import yaml
from promql import within_namespace

PARTS = ["Meaning", "Impact", "Diagnosis", "Mitigation"]
SEVERITIES = {"critical", "warning"}
SCHEMA_VERSION_MIN = 39  # of Grafana 11
# What shows no number of its own.
WITHOUT_UNIT = {"text", "row"}


def check_alert(path):
    where = sources.relative(path)
    rules = sources.read_rules(path)
    if [rule.get("alert") for rule in rules] != [path.stem]:
        yield f"{where}: holds one alert, of the file's name"
        return
    rule = rules[0]
    if rule["labels"].get("severity") not in SEVERITIES:
        yield f"{where}: its severity is one of {sorted(SEVERITIES)}"
    if not path.read_text().startswith("# "):
        yield f"{where}: begins with a comment that explains its threshold"
    annotations = rule["annotations"]
    if "$value" not in annotations.get("description", "") or not annotations.get("summary"):
        yield f"{where}: has a summary, and a description with the value"
    runbook = sources.ROOT / annotations.get("runbook_url", "none")
    if not runbook.is_file() or runbook.parent != sources.RUNBOOKS:
        yield f"{where}: its runbook_url is a page of docs/runbooks"
    elif f"[{path.stem}](" not in runbook.read_text():
        yield f"{sources.relative(runbook)}: does not name the alert {path.stem} that leads to it"


def check_runbook(path):
    where, text = sources.relative(path), path.read_text()
    if re.findall(r"^## (.*)$", text, re.MULTILINE) != PARTS:
        yield f"{where}: has the parts {', '.join(PARTS)}"
    line = re.search(r"^\*\*Alerts:\*\* (.+)$", text, re.MULTILINE)
    if line is None:
        yield f"{where}: names its alerts, or says why it has none, in a line **Alerts:**"
        return
    for alert in re.findall(r"\[(\w+)\]\(", line.group(1)):
        file = sources.OBSERVABILITY / "alerts" / f"{alert}.yaml"
        if not file.is_file() or path.name not in file.read_text():
            yield f"{where}: the alert {alert} does not lead to it"
    if "](" not in line.group(1) and not line.group(1).startswith("none"):
        yield f"{where}: names alerts as links, or begins with 'none' and says why"


def recording_groups():
    rules = yaml.safe_load((sources.OBSERVABILITY / "rules" / "recording.yaml").read_text())
    return [group["name"] for group in rules["groups"]]


def namespaces_of(case):
    return {name for series in case["input_series"] for name in re.findall(r'namespace="(\w+)"', series["series"])}


def check_alert_test(path):
    test = sources.OBSERVABILITY / "tests" / f"{path.stem}_test.yaml"
    if not test.is_file():
        yield f"{sources.relative(path)}: has no test {sources.relative(test)}"
        return
    content = yaml.safe_load(test.read_text())
    # Without an order promtool evaluates groups in any, and an alert may see what was recorded a minute ago.
    if content.get("group_eval_order") != [*recording_groups(), path.stem]:
        yield f"{sources.relative(test)}: evaluates the recording rules first (group_eval_order)"
    cases = [bool(expected["exp_alerts"]) for case in content["tests"]
             for expected in case["alert_rule_test"] if expected["alertname"] == path.stem]
    if True not in cases or False not in cases:
        yield f"{sources.relative(test)}: shows when the alert fires and when it does not"
    if not any(len(namespaces_of(case)) > 1 for case in content["tests"]):
        yield f"{sources.relative(test)}: shows that a namespace where all is well does not hide another one"


def check_dashboard(path):
    where, dashboard = sources.relative(path), json.loads(path.read_text())
    if dashboard["schemaVersion"] < SCHEMA_VERSION_MIN or not dashboard["uid"] or not dashboard["title"]:
        yield f"{where}: has a uid, a title, and a schemaVersion of at least {SCHEMA_VERSION_MIN}"
    if not any(variable["type"] == "datasource" for variable in dashboard["templating"]["list"]):
        yield f"{where}: its datasource is a variable"
    if not any(variable.get("allValue") == ".*" for variable in dashboard["templating"]["list"]):
        yield f"{where}: its namespace is a variable, which takes what has none, too"
    seen = set()
    for panel in sources.panels(dashboard):
        title = panel.get("title", "")
        if not title or panel["id"] in seen:
            yield f"{where}: each panel has a title, and an id of its own"
        seen.add(panel["id"])
        if panel["type"] in WITHOUT_UNIT:
            continue
        if not panel.get("description") or not panel["fieldConfig"]["defaults"].get("unit"):
            yield f"{where}: the panel {title!r} has a unit and a description"
        if any(target["datasource"]["uid"] != "${datasource}" for target in panel["targets"]) or not panel["targets"]:
            yield f"{where}: the panel {title!r} asks the datasource of the variable"
        for target in panel["targets"]:
            bare = target["expr"].replace('namespace=~"$namespace", ', "").replace('{namespace=~"$namespace"}', "")
            if within_namespace(bare) != target["expr"]:
                yield f"{where}: the panel {title!r} asks for the namespace of the variable, in every selector"
        for link in panel.get("links", []):
            if not (sources.ROOT / link["url"].removeprefix("${runbooks}")).is_file():
                yield f"{where}: the panel {title!r} links to {link['url']}, which does not exist"


def check_syntax():
    files = [*sorted((sources.OBSERVABILITY / "rules").glob("*.yaml")), *sources.alert_files()]
    result = subprocess.run(["promtool", "check", "rules", *map(str, files)], capture_output=True, text=True, check=False)
    if result.returncode != 0:
        yield result.stdout + result.stderr


def check_all():
    yield from check_syntax()
    for path in sources.alert_files():
        yield from check_alert(path)
        yield from check_alert_test(path)
    for path in sorted(sources.RUNBOOKS.glob("*.md")):
        if path.name != "README.md":
            yield from check_runbook(path)
    for path in sources.dashboard_files():
        yield from check_dashboard(path)
    yield from names.check(sources.expressions(), sources.documented_metrics(), sources.recording_rules())


def main():
    problems = list(check_all())
    for problem in problems:
        print(problem, file=sys.stderr)
    print(f"observability: alerts={len(sources.alert_files())} dashboards={len(sources.dashboard_files())} "
          f"expressions={len(list(sources.expressions()))} problems={len(problems)}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
