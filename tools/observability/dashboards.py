#!/usr/bin/env python3
"""Writes the dashboards of deploy/observability/dashboards from dashboard_contents.py.

A Grafana panel is fifty lines of JSON of which three say something; here stand those three. --check compares.
"""

import json
import sys

import sources
from dashboard_contents import DASHBOARDS
from promql import within_namespace

SCHEMA_VERSION = 39
COLUMNS = 24
DATASOURCE = {"type": "prometheus", "uid": "${datasource}"}
STAT_SIZE, GRAPH_SIZE = (4, 4), (8, 8)  # width, height


def _target(index, expression, legend):
    return {"refId": chr(ord("A") + index), "datasource": DATASOURCE, "expr": within_namespace(expression),
            "legendFormat": legend, "range": True, "editorMode": "code"}


def _thresholds(bad_from):
    steps = [{"color": "green", "value": None}]
    if bad_from is not None:
        steps.append({"color": "red", "value": bad_from})
    return {"mode": "absolute", "steps": steps}


def _links(runbook):
    if runbook is None:
        return []
    return [{"title": "Runbook", "url": f"${{runbooks}}docs/runbooks/{runbook}.md", "targetBlank": True}]


def _panel(number, panel, position):
    is_stat = panel.kind == "stat"
    custom = {} if is_stat else {"lineWidth": 1, "fillOpacity": 10, "showPoints": "never", "spanNulls": False,
                                 "stacking": {"mode": "normal" if panel.stacked else "none"}}
    options = ({"reduceOptions": {"calcs": ["lastNotNull"]}, "colorMode": "value", "graphMode": "area"} if is_stat
               else {"legend": {"displayMode": "list", "placement": "bottom"}, "tooltip": {"mode": "multi", "sort": "desc"}})
    return {
        "id": number, "type": panel.kind, "title": panel.title, "description": panel.description,
        "datasource": DATASOURCE, "gridPos": position, "links": _links(panel.runbook),
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0, "color": {"mode": "palette-classic" if not is_stat
                                                                             else "thresholds"},
                                     "thresholds": _thresholds(panel.bad_from), "custom": custom}, "overrides": []},
        "options": options,
        "targets": [_target(i, expression, legend) for i, (expression, legend) in enumerate(panel.queries)],
    }


def _row(number, title, y):
    return {"id": number, "type": "row", "title": title, "collapsed": False, "panels": [],
            "gridPos": {"h": 1, "w": COLUMNS, "x": 0, "y": y}}


def _place(rows):
    """Panels from left to right and from top to bottom, each row of them under its title."""
    placed, y = [], 0
    for row in rows:
        placed.append(_row(len(placed) + 1, row.title, y))
        y, x, height = y + 1, 0, 0
        for panel in row.panels:
            w, h = STAT_SIZE if panel.kind == "stat" else GRAPH_SIZE
            if x + w > COLUMNS:
                x, y, height = 0, y + height, 0
            placed.append(_panel(len(placed) + 1, panel, {"h": h, "w": w, "x": x, "y": y}))
            x, height = x + w, max(height, h)
        y += height
    return placed


def _query_variable(name, query, choice):
    return {"name": name, "label": name, "type": "query", "datasource": DATASOURCE, "query": query, "definition": query,
            "refresh": 2, "sort": 1, "hide": 0, "regex": "", "options": [], **choice}


def _variables(dashboard):
    variables = [
        {"name": "datasource", "label": "Prometheus", "type": "datasource", "query": "prometheus", "current": {},
         "hide": 0, "refresh": 1, "regex": "", "multi": False, "includeAll": False, "options": []},
        {"name": "runbooks", "label": "Where the repository is served", "type": "textbox", "hide": 2,
         "query": "https://orderflow.example/", "current": {"text": "https://orderflow.example/",
                                                           "value": "https://orderflow.example/"}, "options": []},
    ]
    # Everything, also what has no namespace, until somebody chooses.
    variables.append(_query_variable("namespace", "label_values(orderflow_build_info, namespace)", {
        "multi": True, "includeAll": True, "allValue": ".*", "current": {"text": ["All"], "value": ["$__all"]}}))
    if dashboard.variable is not None:
        name, query = dashboard.variable
        variables.append(_query_variable(name, within_namespace(query), {"multi": False, "includeAll": False, "current": {}}))
    return variables


def build(dashboard):
    return {
        "uid": dashboard.uid, "title": dashboard.title, "description": dashboard.description,
        "tags": ["orderflow"], "schemaVersion": SCHEMA_VERSION, "version": 1, "editable": True, "graphTooltip": 1,
        "time": {"from": "now-1h", "to": "now"}, "refresh": "30s", "timezone": "",
        "links": [{"title": "Orderflow", "type": "dashboards", "tags": ["orderflow"], "asDropdown": True,
                   "keepTime": True, "includeVars": False, "targetBlank": False, "icon": "external link"}],
        "templating": {"list": _variables(dashboard)}, "annotations": {"list": []}, "panels": _place(dashboard.rows),
    }


def main():
    stale = []
    for dashboard in DASHBOARDS:
        path = sources.OBSERVABILITY / "dashboards" / f"{dashboard.uid}.json"
        text = json.dumps(build(dashboard), indent=2) + "\n"
        if "--check" not in sys.argv[1:]:
            path.write_text(text)
        elif not path.is_file() or path.read_text() != text:
            stale.append(sources.relative(path))
    for path in stale:
        print(f"{path} is not what tools/observability/dashboards.py writes; run: make docs", file=sys.stderr)
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main())
